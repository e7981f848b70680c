"""Pauses as the ops desk lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Row, cast, exists, func, or_, select, true, union
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.errors import NotFound
from app.models import (
    Assignment,
    HoursEntry,
    Pause,
    PauseProject,
    PlanRun,
    Project,
    Proposal,
    Recall,
    User,
)
from app.services.access.client_scopes import ClientIds, build_is_visible_pause
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page


@dataclass(frozen=True)
class PauseRow:
    """A pause with its latest plan run.

    codenames      its projects, in order of name
    people_kind, people_values  whose work it stops (`app.models.Pause`)
    num_people     contractors whose assignments it suspends now, or ended when it was terminated
    num_proposed   proposals that wait for a decision
    review_run_id  the run that holds them, not always the latest; None when there are none
    was_recalled   whether a recall plan said who returned
    """

    pause_id: int
    scope_kind: str
    codenames: tuple[str, ...]
    reason_class: str
    comment: str
    effective_at: datetime
    zone: str
    people_kind: str
    people_values: tuple[str, ...]
    late_hours_until: datetime | None
    review_by: date | None
    status: str
    paused_by: str
    paused_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    num_people: int
    run_id: int | None
    run_status: str | None
    num_proposed: int
    review_run_id: int | None
    was_recalled: bool

    @property
    def title(self) -> str:
        """The codenames, the rest counted after three, and whether it is for part of the people."""
        names = title_codenames(self.codenames)
        return names if self.people_kind == "everyone" else f"{names} (part)"

    @property
    def is_open(self) -> bool:
        """Whether it still stops work."""
        return self.status == "open"


def title_codenames(codenames: Sequence[str]) -> str:
    """Return the first three codenames, the rest counted."""
    shown, rest = codenames[:3], len(codenames) - 3
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def list_pauses(
    session: Session, *, status: str = "", client_ids: ClientIds = None
) -> list[PauseRow]:
    """Return pauses, the open ones and the latest first; a blank status takes all.

    client_ids  only pauses of these clients, None = all
    """
    visible = build_is_visible_pause(client_ids, Pause.id)
    statement = _select_rows().where(visible).order_by(Pause.status, Pause.id.desc())
    if status:
        statement = statement.where(Pause.status == status)
    return [_build_row(row) for row in session.execute(statement)]


def find_pauses(
    session: Session, *, text: str, status: str, page: PageRequest, client_ids: ClientIds = None
) -> Page[PauseRow]:
    """Return pauses with a project whose codename holds `text`; a blank filter takes all.

    Sorted by status the latest come first within each, and the open ones before all others.

    client_ids  only pauses of these clients, None = all
    """
    statement = _select_rows().where(build_is_visible_pause(client_ids, Pause.id))
    if text:
        named = (
            select(PauseProject.pause_id)
            .join(Project, Project.project_id == PauseProject.project_id)
            .where(contains_text(text, Project.codename))
        )
        statement = statement.where(Pause.id.in_(named))
    if status:
        statement = statement.where(Pause.status == status)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Pause.id.desc())
    return Page([_build_row(row) for row in found.rows], found.total)


def get_pause(session: Session, pause_id: int) -> PauseRow:
    """Return one pause.

    Raises NotFound.
    """
    row = session.execute(_select_rows().where(Pause.id == pause_id)).first()
    if row is None:
        raise NotFound("pause", pause_id)
    return _build_row(row)


def list_scope(session: Session, pause_id: int) -> list[tuple[str, str]]:
    """Return (project_id, codename) of the projects in a pause's scope, in order of name."""
    rows = session.execute(
        select(Project.project_id, Project.codename)
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == pause_id)
        .order_by(func.lower(Project.codename), Project.project_id)
    )
    return [(row.project_id, row.codename) for row in rows]


def count_late_hours(session: Session, pause_id: int) -> int:
    """Return how many entries of earlier days came after the pause took effect."""
    return (
        session.scalar(
            select(func.count())
            .select_from(HoursEntry)
            .join(Assignment, Assignment.assignment_id == HoursEntry.assignment_id)
            .join(Pause, Pause.id == pause_id)
            .where(
                or_(
                    Assignment.suspended_by_pause_id == pause_id,
                    Assignment.ended_by_pause_id == pause_id,
                ),
                HoursEntry.entered_at > Pause.effective_at,
                HoursEntry.work_date <= cast(func.timezone(Pause.zone, Pause.effective_at), Date),
            )
        )
        or 0
    )


def _build_row(row: Row[*tuple[Any, ...]]) -> PauseRow:
    values = row._asdict()
    lists = {name: tuple(values[name] or ()) for name in ("codenames", "people_values")}
    return PauseRow(**values | lists)


def _select_rows() -> Rows:
    codenames = (
        select(func.array_agg(func.distinct(Project.codename)))
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == Pause.id)
        .scalar_subquery()
    )
    stopped = (
        select(Assignment.contractor_id).where(by == Pause.id).correlate(Pause)
        for by in (Assignment.suspended_by_pause_id, Assignment.ended_by_pause_id)
    )
    num_people = select(func.count()).select_from(union(*stopped).subquery()).scalar_subquery()
    latest = (
        select(PlanRun.id, PlanRun.pause_id, PlanRun.status)
        .ext(distinct_on(PlanRun.pause_id))
        .order_by(PlanRun.pause_id, PlanRun.id.desc())
        .subquery()
    )
    # Counted for each pause alone: the page of one need not count the proposals of all.
    waiting = (
        select(func.count().label("num_proposed"), func.max(PlanRun.id).label("run_id"))
        .join(Proposal, Proposal.plan_run_id == PlanRun.id)
        .where(PlanRun.pause_id == Pause.id, Proposal.status == "proposed")
        .lateral()
    )
    pauser, ender = aliased(User), aliased(User)
    return (
        select(
            Pause.id.label("pause_id"),
            Pause.scope_kind,
            codenames.label("codenames"),
            Pause.reason_class,
            Pause.comment,
            Pause.effective_at,
            Pause.zone,
            Pause.people_kind,
            Pause.people_values,
            Pause.late_hours_until,
            Pause.review_by,
            Pause.status,
            func.coalesce(pauser.name, "the command line").label("paused_by"),
            Pause.paused_at,
            ender.name.label("ended_by"),
            func.coalesce(Pause.resumed_at, Pause.terminated_at).label("ended_at"),
            num_people.label("num_people"),
            latest.c.id.label("run_id"),
            latest.c.status.label("run_status"),
            waiting.c.num_proposed,
            waiting.c.run_id.label("review_run_id"),
            exists()
            .where(Recall.pause_id == Pause.id, Recall.applied_at.is_not(None))
            .label("was_recalled"),
        )
        .outerjoin(pauser, pauser.id == Pause.paused_by)
        .outerjoin(ender, ender.id == func.coalesce(Pause.resumed_by, Pause.terminated_by))
        .outerjoin(latest, latest.c.pause_id == Pause.id)
        .join(waiting, true())
    )
