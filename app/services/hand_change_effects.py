"""What another place does to the goals of a plan, for the one contractor who moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from app.services.review_judge import Judge
from app.services.review_ledger import Row
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

    rate_cents, starts_on, ends_on  of the new place; ends_on None = open-ended
    """

    before: Worth
    after: Worth
    rate_cents: int
    starts_on: date
    ends_on: date | None
    lost_hours: int


def measure_effect(judge: Judge, row: Row, now: Place) -> Effect:
    """Compare a contractor's place with another one; what else they have is booked in the judge."""
    context = judge.problem.context
    contractor_idx, project_idx, _ = row
    own = judge.find_row(judge.problem.instance.contractor_ids[contractor_idx], *_parts(now))
    assert own is not None
    last = int(context.end_day[project_idx])
    return Effect(
        before=_measure(judge, own),
        after=_measure(judge, row),
        rate_cents=context.get_new_rate(contractor_idx, project_idx),
        starts_on=get_date(int(context.start_day[project_idx])),
        ends_on=None if last == FOREVER_DAY else get_date(last),
        lost_hours=int(judge.problem.instance.lost_hours[contractor_idx]),
    )


def _parts(place: Place) -> tuple[str, int]:
    return place.project_id, place.hours_per_week


def _measure(judge: Judge, row: Row) -> Worth:
    instance = judge.problem.instance
    contractor_idx, project_idx, hours = row
    hour_days = hours * _count_days(judge, contractor_idx, project_idx)
    earned = hour_days + sum(
        booked * _count_days(judge, contractor_idx, other)
        for one, other, booked in judge.ledger.rows
        if one == contractor_idx
    )
    needed = int(instance.floor_hours[contractor_idx] * instance.horizon_days[contractor_idx])
    fit = _compute_fit(judge, contractor_idx, project_idx)
    switch_cost = judge.problem.request.policy.switch_cost
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
