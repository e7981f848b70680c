"""What another place does to the goals of a plan, for the one contractor who moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from app.services.review.review_judge import Judge
from app.services.review.review_ledger import Row
from solver.columns import FOREVER_DAY, get_date
from solver.instance import WORKDAYS_PER_WEEK


@dataclass(frozen=True)
class Place:
    """A project and weekly hours."""

    project_id: str
    hours_per_week: int


@dataclass(frozen=True)
class Worth:
    """What a place adds to the goals.

    hour_weeks  hours over the horizon, leave left out
    hours_goal  hour-weeks times the project's priority
    fit_goal    hour-weeks times fit, less the cost of a switch
    covered     whether the contractor keeps the floor with it and all other places
    """

    hours_per_week: int
    fit: int
    hour_weeks: float
    hours_goal: float
    fit_goal: float
    covered: bool


@dataclass(frozen=True)
class Effect:
    """A place now and the one that it would be.

    before  without the new place: what it replaces, else nothing beside all other places
    rate_cents, starts_on, ends_on  of the new place; ends_on None = open-ended
    lost_rate_cents  per hour, hours-weighted over what the pause took, rounded half up
    from_projects    ids of the paused projects that it makes good
    """

    before: Worth
    after: Worth
    rate_cents: int
    starts_on: date
    ends_on: date | None
    lost_hours: int
    lost_rate_cents: int
    from_projects: tuple[str, ...]


def measure_effect(judge: Judge, row: Row, now: Place | None) -> Effect:
    """Compare a contractor's place with another one; what else they have is booked in the judge.

    now  None where the new place is an additional one
    """
    context, affected = judge.problem.context, judge.problem.affected
    contractor_idx, project_idx, _ = row
    last = int(context.end_day[project_idx])
    return Effect(
        before=_measure(judge, _find_own(judge, contractor_idx, now)),
        after=_measure(judge, row),
        rate_cents=context.get_new_rate(contractor_idx, project_idx),
        starts_on=get_date(int(context.start_day[project_idx])),
        ends_on=None if last == FOREVER_DAY else get_date(last),
        lost_hours=int(judge.problem.instance.lost_hours[contractor_idx]),
        lost_rate_cents=int(affected.lost_rate_cents[contractor_idx]),
        from_projects=affected.from_projects[contractor_idx],
    )


def _find_own(judge: Judge, contractor_idx: int, now: Place | None) -> Row:
    """Return the row of the place that would be replaced; of no hours anywhere without one."""
    if now is None:
        return contractor_idx, 0, 0
    contractor_id = judge.problem.instance.contractor_ids[contractor_idx]
    own = judge.find_row(contractor_id, now.project_id, now.hours_per_week)
    assert own is not None
    return own


def _measure(judge: Judge, row: Row) -> Worth:
    """Return what a row adds; one of no hours adds nothing, not even the cost of a switch."""
    instance = judge.problem.instance
    contractor_idx, project_idx, hours = row
    hour_days = hours * _count_days(judge, contractor_idx, project_idx)
    earned = hour_days + sum(
        booked * _count_days(judge, contractor_idx, other)
        for one, other, booked in judge.ledger.rows
        if one == contractor_idx
    )
    needed = int(instance.floor_hours[contractor_idx] * instance.horizon_days[contractor_idx])
    fit = _compute_fit(judge, contractor_idx, project_idx) if hours else 0
    switch_cost = judge.problem.request.policy.switch_cost if hours else 0
    return Worth(
        hours_per_week=hours,
        fit=fit,
        hour_weeks=hour_days / WORKDAYS_PER_WEEK,
        hours_goal=hour_days * int(instance.priority[project_idx]) / WORKDAYS_PER_WEEK,
        fit_goal=(hour_days * fit - switch_cost) / WORKDAYS_PER_WEEK,
        covered=earned >= needed,
    )


def _count_days(judge: Judge, contractor_idx: int, project_idx: int) -> int:
    """Return the contractor's workdays over the weeks in which the project runs."""
    instance = judge.problem.instance
    runs = instance.active[project_idx].astype(np.int64)
    return int((runs * instance.avail_days[contractor_idx]).sum())


def _compute_fit(judge: Judge, contractor_idx: int, project_idx: int) -> int:
    fits = judge.problem.fit_scale.compute_fit(
        np.array([contractor_idx], dtype=np.int32),
        np.array([project_idx], dtype=np.int32),
        judge.problem.request.policy.fit_weights,
    )
    return int(fits[0])
