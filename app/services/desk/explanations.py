"""Why a contractor's proposals, and what else it could have been, as the plan was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Explanation, Project
from app.services.keys import is_among


@dataclass(frozen=True)
class Part:
    """What one proposal adds to the goals.

    hour_weeks  hours over the horizon; an hour a week over one week counts 1
    covers      without it the contractor would fall below the floor
    """

    project_id: str
    codename: str
    hour_weeks: float
    priority: int
    fit: int
    covers: bool


@dataclass(frozen=True)
class RunnerUpRow:
    """A project that it could have been.

    hours_instead, hours_on_top  weekly hours with nobody else moving
    coverage, hours  what the plan would gain (below 0: lose), estimated from resource prices:
                     people, and hour-weeks times priority; None where it is not known
    has_room         False when the project is too full whatever is moved
    """

    project_id: str
    codename: str
    fit: int
    rate_cents: int
    hours_instead: int
    hours_on_top: int
    coverage: float | None
    hours: float | None
    has_room: bool


@dataclass(frozen=True)
class ExplanationView:
    """Why this, for one contractor in one plan.

    hours_back  weekly hours in all, averaged over the contractor's workdays in the horizon
    """

    hours_back: float
    floor_hours: int
    num_eligible: int
    parts: tuple[Part, ...]
    runner_ups: tuple[RunnerUpRow, ...]


def find_explanation(
    session: Session, plan_run_id: int, contractor_id: str
) -> ExplanationView | None:
    """Return what was kept with the plan; None when nothing was."""
    kept = session.get(Explanation, (plan_run_id, contractor_id))
    if kept is None:
        return None
    content = kept.content
    named = {one["project_id"] for one in (*content["parts"], *content["runner_ups"])}
    found = session.execute(
        select(Project.project_id, Project.codename).where(is_among(Project.project_id, named))
    )
    codenames = {row.project_id: row.codename for row in found}
    return ExplanationView(
        hours_back=content["hours_back"],
        floor_hours=content["floor_hours"],
        num_eligible=content["num_eligible"],
        parts=tuple(_read_part(one, codenames) for one in content["parts"]),
        runner_ups=tuple(_read_runner_up(one, codenames) for one in content["runner_ups"]),
    )


def _read_part(one: Mapping[str, Any], codenames: Mapping[str, str]) -> Part:
    return Part(
        project_id=one["project_id"],
        codename=codenames[one["project_id"]],
        hour_weeks=one["hour_weeks"],
        priority=one["priority"],
        fit=one["fit"],
        covers=one["covers"],
    )


def _read_runner_up(one: Mapping[str, Any], codenames: Mapping[str, str]) -> RunnerUpRow:
    return RunnerUpRow(
        project_id=one["project_id"],
        codename=codenames[one["project_id"]],
        fit=one["fit"],
        rate_cents=one["rate_cents"],
        hours_instead=one["hours_instead"],
        hours_on_top=one["hours_on_top"],
        coverage=one["change"].get("coverage"),
        hours=one["change"].get("hours"),
        has_room=one["basis"] != "no_room",
    )
