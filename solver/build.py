"""From a roster and a request to the optimiser's instance (data-format.md, section 2).

The weekly budget goes into the instance as it stands in the roster: the contract
subtracts surviving work from the open hours and the seats, and not from the budget,
which is what new assignments may cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.affected import Horizon, build_affected
from solver.affected_people import Affected
from solver.capacity import build_capacity
from solver.columns import read_whole
from solver.eligibility import CHUNK, Eligibility, build_eligibility
from solver.errors import InvalidInput, Problem
from solver.fit import FitScale, build_fit_scale, compute_new_rate
from solver.group_build import build_groups
from solver.instance import BoolArray, Instance, IntArray, PairArray
from solver.instance_checks import build_checked_instance
from solver.pins import Pins, build_pins, raise_to_pins
from solver.recall import build_recalled, list_today, reopen
from solver.request import PlanRequest
from solver.roster import Roster
from solver.rules.context import RuleContext, build_context
from solver.rules.walls import NO_WALL, build_cooling_off


@dataclass(frozen=True, eq=False)
class PlanProblem:
    """An instance with what it was built from.

    Project p of the instance is row p of `roster.projects`, contractor c is contractor c of
    `affected`, client k is row k of `roster.clients`.

    context      the roster's columns as arrays: start_day, end_day, rates
    eligibility  the rules, for explanations
    fit_scale    the fit of any pair, eligible or not
    today        int64[N, 3], rows (contractor, project, hours a week): in a recall the places
                 worked today, which may stay whatever the rules say by now
    """

    roster: Roster
    request: PlanRequest
    horizon: Horizon
    affected: Affected
    context: RuleContext
    eligibility: Eligibility
    fit_scale: FitScale
    instance: Instance
    today: IntArray

    @cached_property
    def idx_by_contractor_id(self) -> dict[str, int]:
        """Where each contractor stands in the instance."""
        return {name: idx for idx, name in enumerate(self.instance.contractor_ids)}

    @cached_property
    def idx_by_project_id(self) -> dict[str, int]:
        """Where each project stands in the instance."""
        return {name: idx for idx, name in enumerate(self.instance.project_ids)}


def build_instance(roster: Roster, request: PlanRequest) -> PlanProblem:
    """Return the instance of this pause, with pinned assignments always feasible.

    Raises InvalidInput for a horizon out of range, for a project whose min_hours are above
    its max_hours, and for a pin of an unknown contractor or project.
    """
    _check_hour_limits(roster)
    horizon = request.horizon
    if request.paused_since is None:
        affected = build_affected(roster, request.scope, request.pause_date, horizon)
    else:
        roster = reopen(roster, request.scope)
        affected = build_recalled(roster, request)
    context = build_context(roster, request, affected)
    eligibility, fit_scale = build_eligibility(context), build_fit_scale(context)
    pins = build_pins(context)
    today = _list_movable(context, pins)
    fixed = np.concatenate([pins.rows(), today])
    instance = _assemble(context, pins, _list_pairs(eligibility, fit_scale, fixed))
    roomy = raise_to_pins(replace(instance, pins=fixed))
    return PlanProblem(
        roster,
        request,
        horizon,
        affected,
        context,
        eligibility,
        fit_scale,
        build_checked_instance(replace(roomy, pins=instance.pins, today=today[:, :2])),
        today,
    )


def _list_movable(context: RuleContext, pins: Pins) -> IntArray:
    """int64[N, 3]: the places of today that a recall may move; a pinned one is not."""
    today = list_today(context.roster, context.request, context.staffing, context.position)
    pinned = set(zip(pins.contractor.tolist(), pins.project.tolist(), strict=True))
    kept = [(one, project) not in pinned for one, project, _ in today.tolist()]
    return today[np.array(kept, dtype=np.bool_)]


def _check_hour_limits(roster: Roster) -> None:
    projects = roster.projects
    least, most = read_whole(projects["min_hours"], 0), read_whole(projects["max_hours"], 0)
    ids = projects["project_id"]
    problems = [
        Problem(
            f"projects.csv, project {ids.iat[row]}, max_hours",
            str(most[row]),
            f"at least the project's min_hours, {least[row]}",
        )
        for row in np.flatnonzero(most < least).tolist()
    ]
    if problems:
        raise InvalidInput(problems)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """int32[E] each, sorted by contractor then project."""

    contractor: PairArray
    project: PairArray
    fit: PairArray
    rate_cents: PairArray


def _list_pairs(eligibility: Eligibility, fit_scale: FitScale, fixed: IntArray) -> _Pairs:
    """Return the eligible pairs and those of the rows `fixed`, pinned or worked today."""
    context = eligibility.context
    weights = context.request.policy.fit_weights
    contractors, projects, fits, rates = [], [], [], []
    for start in range(0, context.num_contractors, CHUNK):
        stop = min(start + CHUNK, context.num_contractors)
        mask = eligibility.build_mask(start, stop)
        own = fixed[(fixed[:, 0] >= start) & (fixed[:, 0] < stop)]
        mask[own[:, 0] - start, own[:, 1]] = True
        contractor, project = _list_marks(mask)
        contractor += start
        contractors.append(contractor.astype(np.int32))
        projects.append(project.astype(np.int32))
        fits.append(fit_scale.compute_fit(contractor, project, weights))
        rates.append(compute_new_rate(context, contractor, project).astype(np.int32))
    empty = np.zeros(0, dtype=np.int32)
    return _Pairs(
        np.concatenate([empty, *contractors]),
        np.concatenate([empty, *projects]),
        np.concatenate([empty, *fits]),
        np.concatenate([empty, *rates]),
    )


def _list_marks(mask: BoolArray) -> tuple[IntArray, IntArray]:
    """Return row and column of every mark of bool[N, P], P > 0, as `np.nonzero` does, but fast."""
    flat = np.flatnonzero(mask)
    row = flat // mask.shape[1]
    return row, flat - row * mask.shape[1]


def _assemble(context: RuleContext, pins: Pins, pairs: _Pairs) -> Instance:
    """Return the instance before its limits make room for the pins."""
    affected, projects = context.affected, context.projects
    capacity = build_capacity(context, pins)
    return Instance(
        name=f"pause of {context.request.pause_date}",
        weeks=context.horizon.weeks,
        switch_cost=context.request.policy.switch_cost,
        contractor_ids=affected.contractor_ids,
        lost_hours=affected.lost_hours,
        floor_hours=affected.floor_hours,
        max_projects=read_whole(context.people["max_projects"], 0),
        avail_days=affected.avail_days,
        project_ids=tuple(projects["project_id"].tolist()),
        open_hours=capacity.open_hours,
        active=context.active,
        seats=capacity.seats,
        min_hours=read_whole(projects["min_hours"], 0),
        max_hours=read_whole(projects["max_hours"], 0),
        weekly_budget_cents=capacity.weekly_budget_cents,
        priority=read_whole(projects["priority"], 0),
        client=context.client,
        client_names=tuple(context.roster.clients["client_id"].tolist()),
        walls=np.argwhere(np.triu(build_cooling_off(context.roster) != NO_WALL)),
        pair_contractor=pairs.contractor,
        pair_project=pairs.project,
        pair_fit=pairs.fit,
        pair_rate_cents=pairs.rate_cents,
        pins=pins.rows(),
        groups=build_groups(context, capacity.present, pairs.contractor, pairs.project),
    )
