"""The projects that a contractor could have got instead, and what each would cost the plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from solver.explanation.local import LocalPlan, Neighbourhood, solve_neighbourhood
from solver.explanation.neighbours import Reach, build_around_pair
from solver.explanation.price_estimate import PlanPrices, estimate_changes
from solver.explanation.standing import StandingPlan
from solver.instance import IntArray
from solver.policy import Tier
from solver.search.cp_run import RunLimits

MOST_RESOLVED = 3
REACH = Reach()
_SECONDS = 0.45
_TIER_SHARE = 0.2
"""Most of the time that one tier of one re-solve may take."""


class Basis(StrEnum):
    """Where the change that a runner-up would make comes from.

    WHOLE_PLAN     the whole plan was solved again, with the pair and without: exact
    NEIGHBOURHOOD  the neighbours were, everybody else stayed: exact as long as only they move
    OUT_OF_TIME    the same, but not to a proof
    NO_ROOM        no way was found to make room for it: not even the neighbours' moving
                   makes any, or the whole project is too small for the pair
    PRICES         an estimate from the resource prices
    NOT_COMPUTED   nobody asked
    """

    WHOLE_PLAN = "whole plan solved again"
    NEIGHBOURHOOD = "neighbours solved again"
    OUT_OF_TIME = "neighbours solved again, not proved"
    NO_ROOM = "no room, even with neighbours moving"
    PRICES = "estimate from prices"
    NOT_COMPUTED = "not computed"


@dataclass(frozen=True)
class RunnerUp:
    """An eligible project that the contractor does not get.

    hours_instead  weekly hours that fit as things stand, in place of the contractor's own
                   proposals; 0 = it does not fit unless somebody else moves
    hours_on_top   weekly hours that fit beside them
    change         per tier, what the plan would gain (below 0: lose) with the contractor on
                   this project; the model's integers. From prices: fractions, and for the
                   priced tiers only. None where the basis says why
    hours_per_week hours on the project in the plan solved again, else None
    num_free       contractors free to move in it
    slack          what solving the same people again gains without the pair: all 0 where
                   the plan is the best one there
    """

    project_idx: int
    fit: int
    rate_cents: int
    hours_instead: int
    hours_on_top: int
    basis: Basis
    change: Mapping[Tier, float] | None
    hours_per_week: int | None = None
    num_free: int = 0
    slack: Mapping[Tier, int] | None = None


def list_runner_ups(
    plan: StandingPlan,
    tiers: tuple[Tier, ...],
    contractor_idx: int,
    *,
    prices: PlanPrices | None = None,
    most_resolved: int = MOST_RESOLVED,
    reach: Reach = REACH,
    seconds: float = _SECONDS,
) -> tuple[RunnerUp, ...]:
    """Return every eligible project that the contractor does not get, those solved again first.

    The change of a re-solved one is the best plan with it less the best plan without, of
    the same people: what only the choice costs.

    tiers          the policy's order
    prices         for estimates; without them only the re-solved ones have a change
    most_resolved  how many are solved again, the most promising ones
    seconds        for all re-solves together; at least one is begun
    """
    pairs = plan.get_pairs(np.array([contractor_idx]))
    pairs = pairs[plan.usage.hours[pairs] == 0]
    rows = _describe(plan, pairs)
    if prices is not None:
        changes = estimate_changes(plan, prices, contractor_idx, pairs)
        rows = [
            replace(one, basis=Basis.PRICES, change=change) if change else one
            for one, change in zip(rows, changes, strict=True)
        ]
    order = sorted(range(len(pairs)), key=lambda idx: _rank_unsolved(plan, tiers, rows[idx]))
    begun = time.perf_counter()
    limits = RunLimits(seconds=_TIER_SHARE * seconds)
    solved: list[RunnerUp] = []
    for idx in order[:most_resolved]:
        if rows[idx].basis is Basis.NO_ROOM or (solved and time.perf_counter() - begun > seconds):
            break
        near = build_around_pair(plan, int(pairs[idx]), reach)
        solved.append(_resolve(near, tiers, int(pairs[idx]), rows[idx], limits))
    rest = [rows[idx] for idx in order[len(solved) :]]
    return (*sorted(solved, key=lambda one: _rank_solved(tiers, one)), *rest)


def _describe(plan: StandingPlan, pairs: IntArray) -> list[RunnerUp]:
    instance = plan.instance
    return [
        RunnerUp(
            project,
            fit,
            rate,
            instead,
            on_top,
            Basis.NOT_COMPUTED if alone else Basis.NO_ROOM,
            None,
        )
        for project, fit, rate, instead, on_top, alone in zip(
            instance.pair_project[pairs].tolist(),
            instance.pair_fit[pairs].tolist(),
            instance.pair_rate_cents[pairs].tolist(),
            plan.find_hours_instead(pairs).tolist(),
            plan.find_hours_on_top(pairs).tolist(),
            plan.find_hours_alone(pairs).tolist(),
            strict=True,
        )
    ]


def _rank_unsolved(plan: StandingPlan, tiers: tuple[Tier, ...], one: RunnerUp) -> tuple[float, ...]:
    """Return a sort key: least estimated cost, else most hours as things stand, then fit."""
    change = one.change or {}
    estimates = [-change.get(tier, 0.0) for tier in tiers]
    hours = max(one.hours_instead, one.hours_on_top)
    priority = int(plan.instance.priority[one.project_idx])
    return (one.basis is Basis.NO_ROOM, *estimates, -hours * priority, -one.fit)


def _rank_solved(tiers: tuple[Tier, ...], one: RunnerUp) -> tuple[float, ...]:
    if one.basis is Basis.NO_ROOM or one.change is None:
        return (1.0,)
    return (0.0, *(-one.change[tier] for tier in tiers))


def _resolve(
    near: Neighbourhood, tiers: tuple[Tier, ...], pair: int, one: RunnerUp, limits: RunLimits
) -> RunnerUp:
    """Return the runner-up with what it costs: the best plan with it beside that without."""
    forced = solve_neighbourhood(near, tiers, limits, forced=pair)
    free = solve_neighbourhood(near, tiers, limits)
    if forced is None or free is None or not (_is_sound(forced) and _is_sound(free)):
        return replace(one, basis=Basis.NO_ROOM, change=None, num_free=len(near.contractors))
    basis = Basis.OUT_OF_TIME
    if forced.proved and free.proved:
        basis = Basis.WHOLE_PLAN if near.is_whole else Basis.NEIGHBOURHOOD
    return replace(
        one,
        basis=basis,
        change={tier: forced.change[tier] - free.change[tier] for tier in tiers},
        hours_per_week=int(forced.hours[near.pairs == pair][0]),
        num_free=len(near.contractors),
        slack=free.change,
    )


def _is_sound(local: LocalPlan) -> bool:
    """Whether rules that tie people together hold; the model knows all the others by itself."""
    groups = local.neighbourhood.plan.instance.groups
    return groups is None or not groups.asks_something or local.keeps_every_rule()
