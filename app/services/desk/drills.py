"""Pause drills as the ops desk reads them: the latest of every client, and one with its past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Float, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Drill, DrillResult, Project, User
from app.services.access.client_scopes import ClientIds, build_is_of
from app.services.desk.drill_points import MOST_POINTS, DrillPoint, list_points
from app.services.desk.pauses import title_codenames
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, read_page
from app.services.plans.policy_settings import PolicySettings, read_settings
from app.services.plans.side_jobs import UNFINISHED


@dataclass(frozen=True)
class DrillRow:
    """The latest finished drill of a client, known by the codenames of its projects.

    share        coverable of those who can be, 0..1; None where nobody is affected
    top_unlock   what would help most, "" for nothing
    is_waiting   whether a newer drill of the client is under way
    """

    result_id: int
    codenames: tuple[str, ...]
    num_affected: int
    num_away: int
    num_coverable: int
    lost_hours: int
    restorable_hours: int
    share: float | None
    top_unlock: str
    finished_at: datetime
    is_waiting: bool
    trend: tuple[DrillPoint, ...]

    @property
    def title(self) -> str:
        """The first codenames, the rest counted."""
        return title_codenames(self.codenames)


@dataclass(frozen=True)
class DrillPage:
    """One drill of one client with its past, the earliest first."""

    result_id: int
    drill_id: int
    codenames: tuple[str, ...]
    status: str
    error: str | None
    drilled_on: date
    policy: str
    settings: PolicySettings
    requested_by: str | None
    finished_at: datetime | None
    num_projects: int
    num_affected: int
    num_away: int
    num_coverable: int
    num_bound: int
    lost_hours: int
    restorable_hours: int
    lost_pay_cents: Mapping[str, int]
    unlocks: Sequence[Mapping[str, Any]]
    past: tuple[DrillPoint, ...]

    @property
    def title(self) -> str:
        """The first codenames, the rest counted."""
        return title_codenames(self.codenames)

    @property
    def num_planned(self) -> int:
        """Affected people who are not on leave throughout: those who can be covered."""
        return self.num_affected - self.num_away


@dataclass(frozen=True)
class FailedDrill:
    """A client's last drill, which brought nothing; `title` names its projects."""

    result_id: int
    title: str


@dataclass(frozen=True)
class DrillState:
    """How the drills stand: clients whose drill is under way, and whose last one failed."""

    num_waiting: int
    failed: tuple[FailedDrill, ...]
    last_finished_at: datetime | None


def list_drills(
    session: Session, page: PageRequest, *, client_ids: ClientIds = None
) -> Page[DrillRow]:
    """Return the latest finished drill of each client, or of each of these."""
    statement = _select_rows().where(build_is_of(client_ids, DrillResult.client_id))
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, DrillResult.id)
    shown_ids = [row.client_id for row in found.rows]
    trends = list_points(session, shown_ids, most=12)
    waiting = set(
        session.scalars(
            select(DrillResult.client_id).where(
                is_among(DrillResult.client_id, shown_ids), DrillResult.status.in_(UNFINISHED)
            )
        )
    )
    rows = [
        DrillRow(
            row.result_id,
            tuple(row.codenames or ()),
            row.num_affected,
            row.num_away,
            row.num_coverable,
            row.lost_hours,
            row.restorable_hours,
            row.share,
            row.unlocks[0]["sentence"] if row.unlocks else "",
            row.finished_at,
            row.client_id in waiting,
            tuple(trends.get(row.client_id, ())),
        )
        for row in found.rows
    ]
    return Page(rows, found.total)


def get_drill(session: Session, result_id: int) -> DrillPage:
    """Return one drill of one client.

    Raises NotFound.
    """
    result = session.get(DrillResult, result_id, populate_existing=True)
    if result is None:
        raise NotFound("drill", result_id)
    drill = session.get_one(Drill, result.drill_id)
    requester = None if drill.requested_by is None else session.get(User, drill.requested_by)
    past = list_points(session, [result.client_id], most=MOST_POINTS, upto=result_id)
    return DrillPage(
        result_id=result.id,
        drill_id=result.drill_id,
        codenames=tuple(session.scalar(select(_codenames(result.client_id))) or ()),
        status=result.status,
        error=result.error,
        drilled_on=drill.drilled_on,
        policy=drill.policy,
        settings=read_settings(drill.policy, drill.policy_settings),
        requested_by=None if requester is None else requester.name,
        finished_at=result.finished_at,
        num_projects=result.num_projects or 0,
        num_affected=result.num_affected or 0,
        num_away=result.num_away or 0,
        num_coverable=result.num_coverable or 0,
        num_bound=result.num_bound or 0,
        lost_hours=result.lost_hours or 0,
        restorable_hours=result.restorable_hours or 0,
        lost_pay_cents=result.lost_pay_cents or {},
        unlocks=result.unlocks or (),
        past=tuple(past.get(result.client_id, ())),
    )


def get_drilled_client(session: Session, result_id: int) -> str:
    """Return the id of the client that a result is about.

    Raises NotFound.
    """
    result = session.get(DrillResult, result_id)
    if result is None:
        raise NotFound("drill", result_id)
    return result.client_id


def find_latest_result(session: Session, client_id: str) -> int | None:
    """Return the newest drill of a client, whatever became of it."""
    return session.scalar(
        select(func.max(DrillResult.id)).where(DrillResult.client_id == client_id)
    )


def build_drill_state(session: Session, *, client_ids: ClientIds = None) -> DrillState:
    """Return how many drills are under way, and the results that failed last."""
    is_seen = build_is_of(client_ids, DrillResult.client_id)
    latest = (
        select(DrillResult.id, DrillResult.status, DrillResult.client_id)
        .ext(distinct_on(DrillResult.client_id))
        .where(is_seen)
        .order_by(DrillResult.client_id, DrillResult.id.desc())
        .subquery()
    )
    failed = session.execute(
        select(latest.c.id, _codenames(latest.c.client_id))
        .where(latest.c.status == "failed")
        .order_by(latest.c.id)
    )
    num_waiting = session.scalar(
        select(func.count())
        .select_from(DrillResult)
        .where(DrillResult.status.in_(UNFINISHED), is_seen)
    )
    last = session.scalar(
        select(func.max(DrillResult.finished_at)).where(DrillResult.status == "done", is_seen)
    )
    return DrillState(
        num_waiting or 0,
        tuple(FailedDrill(result_id, title_codenames(names or ())) for result_id, names in failed),
        last,
    )


def _codenames(client_id: Any) -> Any:
    """Return the subquery of the codenames of a client's open projects, paused ones included."""
    return (
        select(func.array_agg(func.distinct(Project.codename)))
        .where(Project.client_id == client_id, Project.status != "closed")
        .scalar_subquery()
    )


def _select_rows() -> Rows:
    latest = (
        select(DrillResult.id)
        .ext(distinct_on(DrillResult.client_id))
        .where(DrillResult.status == "done")
        .order_by(DrillResult.client_id, DrillResult.id.desc())
        .subquery()
    )
    planned = func.nullif(DrillResult.num_affected - DrillResult.num_away, 0)
    return select(
        DrillResult.id.label("result_id"),
        DrillResult.client_id,
        _codenames(DrillResult.client_id).label("codenames"),
        DrillResult.num_affected,
        DrillResult.num_away,
        DrillResult.num_coverable,
        DrillResult.lost_hours,
        DrillResult.restorable_hours,
        (cast(DrillResult.num_coverable, Float) / planned).label("share"),
        (planned - DrillResult.num_coverable).label("num_uncovered"),
        DrillResult.unlocks,
        DrillResult.finished_at,
    ).join(latest, latest.c.id == DrillResult.id)
