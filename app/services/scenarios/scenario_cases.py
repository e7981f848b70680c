"""Whose lost hours scenarios plan, and what is made up for them, held against the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Contractor, Pause, PauseProject, Project, Skill
from app.services.keys import is_among
from app.services.pauses.pause_scope import (
    EVERYBODY,
    PeopleScope,
    check_people,
    find_people,
    refuse_unknown_people,
)
from app.services.plans.horizon import MAX_DAYS_AHEAD
from app.services.scenarios.scenario_requests import Case, MadeUp


@dataclass(frozen=True)
class FoundCase:
    """What a case comes to on the present state; fields as in `Scenario`."""

    pause_id: int | None
    project_ids: list[str]
    effective_at: datetime
    people: PeopleScope
    people_ids: list[str] | None
    left_out_ids: list[str]


def find_case(session: Session, case: Case, now: datetime) -> FoundCase:
    """Return what stops, since when, for whom, and who is left out.

    Raises NotFound, InvalidValue, or Refused (`resumed`, `nothing_to_pause`, `nobody`).
    """
    refuse_unknown_people(session, case.left_out)
    left_out = sorted(set(case.left_out))
    if case.pause_id is not None:
        pause = session.get(Pause, case.pause_id)
        if pause is None:
            raise NotFound("pause", case.pause_id)
        if pause.status == "resumed":
            raise Refused("resumed", f"Pause {pause.id} has been resumed.")
        held = select(PauseProject.project_id).where(PauseProject.pause_id == pause.id)
        project_ids = list(session.scalars(held.order_by(PauseProject.project_id)))
        return FoundCase(pause.id, project_ids, pause.effective_at, EVERYBODY, None, left_out)
    if not case.project_ids or case.pause_date is None:
        raise InvalidValue("case", "", "a pause, or projects and a day")
    day = case.pause_date
    if day > now.date() + timedelta(days=MAX_DAYS_AHEAD):
        raise InvalidValue("pause_date", day, f"at most {MAX_DAYS_AHEAD} days ahead")
    check_people(case.people)
    project_ids = _find_stopping(session, case)
    effective_at = max(now, datetime(day.year, day.month, day.day, tzinfo=UTC))
    people_ids = find_people(session, case.people, project_ids, effective_at.date())
    return FoundCase(None, project_ids, effective_at, case.people, people_ids, left_out)


def _find_stopping(session: Session, case: Case) -> list[str]:
    """Return the open projects that a pause which never happened would stop."""
    _refuse_unknown(session, case.project_ids)
    stopped = select(Project.project_id).where(Project.status == "open")
    inside = is_among(Project.project_id, case.project_ids)
    if case.whole_client:
        owners = select(Project.client_id).where(inside)
        inside = Project.client_id.in_(owners)
    found = list(session.scalars(stopped.where(inside).order_by(Project.project_id)))
    if not found:
        raise Refused("nothing_to_pause", "None of these projects is open: nothing would stop.")
    return found


def check_made_up(session: Session, made_up: MadeUp) -> None:
    """Raise NotFound for a project or a skill, Refused for a new project with a name in use.

    Raises InvalidValue for a currency that nobody is paid in.
    """
    _refuse_unknown(session, [line.project_id for line in made_up.extra])
    wanted = {skill for one in made_up.new for skill, _ in one.skills}
    known = set(session.scalars(select(Skill.name).where(is_among(Skill.name, wanted))))
    if wanted - known:
        raise NotFound("skill", ", ".join(sorted(wanted - known)))
    currencies = {one.currency for one in made_up.new}
    used = session.scalars(
        select(Contractor.currency).where(is_among(Contractor.currency, currencies)).distinct()
    )
    unused = currencies - set(used)
    if unused:
        expected = "a currency that contractors are paid in"
        raise InvalidValue("new project, currency", min(unused), expected)
    for one in made_up.new:
        names = (one.name.casefold(), one.project_id.casefold())
        taken = select(Project.codename).where(
            func.lower(Project.codename).in_(names) | func.lower(Project.project_id).in_(names)
        )
        if session.scalars(taken).first() is not None:
            sentence = f"There is a project called {one.name} already: name the new one otherwise."
            raise Refused("name_taken", sentence)


def _refuse_unknown(session: Session, project_ids: Sequence[str]) -> None:
    known = select(Project.project_id).where(is_among(Project.project_id, project_ids))
    missing = sorted(set(project_ids) - set(session.scalars(known)))
    if missing:
        raise NotFound("project", ", ".join(missing))
