"""How much of a pause could be made good, in a moment and without the search.

A plan made by hand, so to say: whoever has the fewest projects to go to chooses first, and
takes what others want least. It keeps every limit of the instance, so the search can only
find more. Letters: C contractors, U usable pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solver.build import PlanProblem
from solver.instance import WORKDAYS_PER_WEEK, BoolArray, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.search.group_repair import repair
from solver.search.ledger import Ledger

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """What some plan reaches; the best plan covers at least as many.

    covered          bool[C], who keeps at least the floor
    restored_hours   float64[C], a week, on average over the horizon; leave counts
    lost_hours       float64[C], the same of the lost hours
    """

    covered: BoolArray
    restored_hours: FloatArray
    lost_hours: FloatArray


def estimate_placements(problem: PlanProblem) -> Estimate:
    """Return what a quick plan restores beside the pins; those whom a pin covers are covered."""
    instance = problem.instance
    open_problem = build_open_problem(instance)
    hours = repair(open_problem, _fill(open_problem))
    earned = np.zeros(instance.num_contractors, dtype=np.int64)
    np.add.at(earned, open_problem.contractor, open_problem.days * hours)
    days_in_horizon = WORKDAYS_PER_WEEK * instance.weeks
    return Estimate(
        covered=earned >= open_problem.days_needed,
        restored_hours=earned / days_in_horizon,
        lost_hours=instance.lost_hours * instance.horizon_days / days_in_horizon,
    )


def _fill(problem: OpenProblem) -> IntArray:
    """Return int64[U]: floors first, then as many hours as there is room for, best fit first."""
    ledger = Ledger(problem)
    by_want = np.lexsort((_measure_want(problem), problem.contractor))
    num_choices = np.diff(problem.start)
    for contractor in np.argsort(num_choices, kind="stable").tolist():
        if problem.days_needed[contractor] > 0:
            own = by_want[problem.start[contractor] : problem.start[contractor + 1]]
            pairs, hours = _choose_bundle(problem, ledger, contractor, own)
            ledger.add_bundle(pairs, hours)
    ledger.fill(np.argsort(-problem.fit_gain, kind="stable"))
    return ledger.get_plan()


def _measure_want(problem: OpenProblem) -> FloatArray:
    """float64[U], the least first: hours wanted of the project per open hour, less its days."""
    instance = problem.instance
    num_choices = np.diff(problem.start)[problem.contractor]
    wanted = np.bincount(
        problem.project,
        weights=problem.max_hours / np.maximum(1, num_choices),
        minlength=instance.num_projects,
    )
    open_hours = np.maximum(1, instance.open_hours.max(axis=1, initial=0))
    days = problem.days / (WORKDAYS_PER_WEEK * max(1, instance.weeks))
    want: FloatArray = (wanted / open_hours)[problem.project] - days
    return want


def _choose_bundle(
    problem: OpenProblem, ledger: Ledger, contractor: int, own: IntArray
) -> tuple[list[int], list[int]]:
    """Return pairs and hours that reach the contractor's floor; empty where none do."""
    missing = int(problem.days_needed[contractor])
    left = int(problem.week_hours[contractor].min())
    pairs: list[int] = []
    hours: list[int] = []
    for pair in own.tolist():
        room = min(ledger.find_room(pair), left)
        least, days = int(problem.min_hours[pair]), int(problem.days[pair])
        if room < least or not days:
            continue
        taken = min(room, max(least, -(-missing // days)))
        pairs.append(pair)
        hours.append(taken)
        left -= taken
        missing -= taken * days
        if missing <= 0:
            return pairs, hours
    return [], []
