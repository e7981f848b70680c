"""Scenarios as the ops desk lists, watches and compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Project, Scenario, ScenarioPerson, ScenarioProgress, User
from app.services.desk.plans import ProgressPoint
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page
from app.services.pauses.pause_scope import PeopleScope
from app.services.plans.policy_settings import PolicySettings, read_settings
from app.services.scenarios.scenario_requests import NewProject, read_new_project

_SHOWN_NAMES = 3


@dataclass(frozen=True)
class ExtraLine:
    """Hypothetical hours a week and seats on a project."""

    codename: str
    hours: int
    seats: int


@dataclass(frozen=True)
class ScenarioRow:
    """One scenario; certificate and summary are None until it has been solved.

    pause_id   the pause that it starts from; None = a hypothetical one
    codenames  of the projects that stop; people  whose work there stops
    new        projects that do not exist; num_left_out  people who are not planned
    settings   what its policy held when it was asked for
    batch      the scenarios of one request share it
    """

    scenario_id: int
    batch: int
    pause_id: int | None
    codenames: tuple[str, ...]
    people: PeopleScope
    extra: tuple[ExtraLine, ...]
    new: tuple[NewProject, ...]
    num_left_out: int
    policy: str
    settings: PolicySettings
    weeks: int
    time_limit_s: float
    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date
    status: str
    stop_requested: str
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    certificate: Mapping[str, Any] | None
    summary: Mapping[str, Any] | None
    error: str | None

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in {"queued", "running"}

    @property
    def title(self) -> str:
        """The codenames, the rest counted after three."""
        shown, rest = self.codenames[:_SHOWN_NAMES], len(self.codenames) - _SHOWN_NAMES
        return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class PeopleFigures:
    """What a scenario does to people, in numbers.

    num_full     get back every lost hour
    num_without  get back nothing
    num_split    work on several projects
    num_cut      are paid less a week for the same hours
    """

    num_people: int = 0
    num_full: int = 0
    num_without: int = 0
    num_split: int = 0
    num_cut: int = 0
    num_places: int = 0


BlockerCount = tuple[str, int]
"""A blocker's code, and how many people it keeps below their lost hours."""


def list_scenarios(session: Session, *, text: str, page: PageRequest) -> Page[ScenarioRow]:
    """Return scenarios whose policy or requester matches."""
    statement = _select_rows()
    if text:
        statement = statement.where(contains_text(text, Scenario.policy, User.name))
    columns = {
        "scenario_id": Scenario.id,
        "requested_at": Scenario.id,
        "policy": Scenario.policy,
        "status": Scenario.status,
        "pause_date": Scenario.pause_date,
    }
    found = read_page(session, statement, page, columns, Scenario.id.desc())
    return Page(_build_rows(session, found.rows), found.total)


def get_scenarios(session: Session, scenario_ids: Sequence[int]) -> list[ScenarioRow]:
    """Return these scenarios, in this order.

    Raises NotFound.
    """
    statement = _select_rows().where(is_among(Scenario.id, scenario_ids))
    by_id = {row.scenario_id: row for row in _build_rows(session, session.execute(statement).all())}
    missing = [one for one in scenario_ids if one not in by_id]
    if missing:
        raise NotFound("scenario", missing[0])
    return [by_id[one] for one in scenario_ids]


def list_batch(session: Session, batch: int) -> list[int]:
    """Return the ids of the scenarios that were asked for together."""
    own = select(Scenario.id).where(Scenario.batch == batch).order_by(Scenario.id)
    return list(session.scalars(own))


def list_scenario_progress(session: Session, scenario_id: int) -> list[ProgressPoint]:
    """Return the progress of a scenario in order of time."""
    rows = session.execute(
        select(
            ScenarioProgress.tier,
            ScenarioProgress.value,
            ScenarioProgress.bound,
            ScenarioProgress.elapsed_s,
        )
        .where(ScenarioProgress.scenario_id == scenario_id)
        .order_by(ScenarioProgress.seq)
    )
    return [ProgressPoint(*row) for row in rows]


def count_people(session: Session, scenario_ids: Sequence[int]) -> dict[int, PeopleFigures]:
    """Return the numbers of people of each solved scenario."""
    person = ScenarioPerson
    num_places = func.jsonb_array_length(person.places)
    rows = session.execute(
        select(
            person.scenario_id,
            func.count(),
            func.count().filter(person.restored_hours >= person.lost_hours),
            func.count().filter(person.restored_hours == 0, person.lost_hours > 0),
            func.count().filter(num_places > 1),
            func.count().filter(person.pay_change_cents < 0),
            func.sum(num_places),
        )
        .where(is_among(person.scenario_id, scenario_ids))
        .group_by(person.scenario_id)
    )
    return {row[0]: PeopleFigures(*row[1:]) for row in rows}


def count_blockers(session: Session, scenario_ids: Sequence[int]) -> dict[int, list[BlockerCount]]:
    """Return what keeps people of each scenario below their lost hours, the commonest first."""
    person = ScenarioPerson
    rows = session.execute(
        select(person.scenario_id, person.blocker, func.count())
        .where(is_among(person.scenario_id, scenario_ids), person.blocker != "")
        .group_by(person.scenario_id, person.blocker)
        .order_by(func.count().desc(), person.blocker)
    )
    found: dict[int, list[BlockerCount]] = {}
    for scenario_id, blocker, number in rows:
        found.setdefault(scenario_id, []).append((blocker, number))
    return found


def find_project_names(session: Session, project_ids: Sequence[str]) -> dict[str, str]:
    """Return the codename of each project."""
    rows = session.execute(
        select(Project.project_id, Project.codename).where(
            is_among(Project.project_id, project_ids)
        )
    )
    return {row.project_id: row.codename for row in rows}


def _select_rows() -> Rows:
    return select(Scenario, func.coalesce(User.name, "the command line")).outerjoin(
        User, User.id == Scenario.requested_by
    )


def _build_rows(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ScenarioRow]:
    scenarios = [row[0] for row in rows]
    wanted = {one for row in scenarios for one in row.paused_project_ids}
    wanted |= {line["project_id"] for row in scenarios for line in row.extra_demand}
    names = find_project_names(session, sorted(wanted))
    return [_build_row(row, requester, names) for row, requester in rows]


def _build_row(row: Scenario, requester: str, names: Mapping[str, str]) -> ScenarioRow:
    return ScenarioRow(
        scenario_id=row.id,
        batch=row.batch,
        pause_id=row.pause_id,
        codenames=tuple(sorted({names.get(one, one) for one in row.paused_project_ids})),
        people=PeopleScope(row.people_kind, tuple(row.people_values)),
        extra=tuple(
            ExtraLine(
                names.get(line["project_id"], line["project_id"]), line["hours"], line["seats"]
            )
            for line in row.extra_demand
        ),
        new=tuple(read_new_project(kept) for kept in row.new_projects),
        num_left_out=len(row.left_out_ids),
        policy=row.policy,
        settings=read_settings(row.policy, row.policy_settings),
        weeks=row.weeks,
        time_limit_s=row.time_limit_s,
        pause_date=row.pause_date,
        horizon_starts_on=row.horizon_starts_on,
        horizon_ends_on=row.horizon_ends_on,
        status=row.status,
        stop_requested=row.stop_requested,
        requested_by=requester,
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        certificate=row.certificate,
        summary=row.summary,
        error=row.error,
    )
