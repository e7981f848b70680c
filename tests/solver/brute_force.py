"""The oracle: every plan of a tiny instance, written from model.md alone."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import numpy as np
import numpy.typing as npt

from solver.instance import NO_LIMIT, Instance
from solver.policy import Policy, Tier
from tests.solver.brute_force_groups import count_group_sums, find_sound, list_group_usage

Row = tuple[int, int, int]
Table = npt.NDArray[np.int64]


def find_reached(instance: Instance, policy: Policy) -> dict[Tier, int]:
    """Return what each tier reaches in the policy's order, its tolerances granted."""
    plans = list_plan_values(instance)
    reached: dict[Tier, int] = {}
    floors: dict[Tier, int] = {}
    for tier in policy.tiers:
        best = find_best_given(plans, tier, floors)
        assert best is not None
        reached[tier] = best
        floors[tier] = find_floor(policy, tier, best)
    return reached


def find_floor(policy: Policy, tier: Tier, reached: int) -> int:
    """Return what later tiers must keep of a tier; the share is the decimal that it prints as."""
    share = Fraction(str(policy.tolerances.get(tier, 0)))
    return reached - abs(reached) * share.numerator // share.denominator


def find_best_given(plans: Table, tier: Tier, floors: Mapping[Tier, int]) -> int | None:
    """Return the best of a tier among the plans (rows of `list_plan_values`) above the floors."""
    place = {one: column for column, one in enumerate(Tier)}
    kept = np.ones(len(plans), dtype=np.bool_)
    for other, floor in floors.items():
        kept &= plans[:, place[other]] >= floor
    best = plans[kept, place[tier]]
    return int(best.max()) if len(best) else None


def list_plan_values(instance: Instance) -> Table:
    """Return int64[plans, 3]: coverage, hours and fit of every plan that keeps all rules."""
    capped = list_limits(instance)
    limits = np.array(capped + [NO_LIMIT] * count_group_sums(instance), dtype=np.int64)
    used = np.zeros((1, len(limits)), dtype=np.int64)
    values = np.zeros((1, 3), dtype=np.int64)
    for contractor in range(instance.num_contractors):
        bundles = list_bundles(instance, contractor)
        more = np.array(
            [
                [
                    *list_usage(instance, contractor, bundle),
                    *list_group_usage(instance, contractor, bundle),
                ]
                for bundle in bundles
            ]
        )
        scores = np.array([score_bundle(instance, contractor, bundle) for bundle in bundles])
        used = (used[:, None, :] + more[None, :, :]).reshape(-1, len(limits))
        values = (values[:, None, :] + scores[None, :, :]).reshape(-1, 3)
        fits = (used <= limits).all(axis=1)
        both = np.unique(np.concatenate([used[fits], values[fits]], axis=1), axis=0)
        used, values = both[:, : len(limits)], both[:, len(limits) :]
    return values[find_sound(instance, used[:, len(capped) :])]


def list_bundles(instance: Instance, contractor: int) -> list[dict[int, int]]:
    """Return every allowed choice of hours by project: rules 1, 2, 5, 7 and the pins."""
    lost = int(instance.lost_hours[contractor])
    projects = [
        int(project)
        for one, project in zip(instance.pair_contractor, instance.pair_project, strict=True)
        if one == contractor
    ]
    options = [
        [0, *range(int(instance.min_hours[p]), min(lost, int(instance.max_hours[p])) + 1)]
        for p in projects
    ]
    pins = {(int(c), int(p)): int(h) for c, p, h in instance.pins}
    fixed = {project for one, project in pins if one == contractor}
    bundles = []
    for choice in product(*options):
        bundle = {p: hours for p, hours in zip(projects, choice, strict=True) if hours}
        pinned = all(
            bundle.get(project) == hours
            for (one, project), hours in pins.items()
            if one == contractor
        )
        if pinned and _is_allowed(instance, contractor, bundle, fixed):
            bundles.append(bundle)
    return bundles


def _is_allowed(
    instance: Instance, contractor: int, bundle: dict[int, int], fixed: set[int]
) -> bool:
    if len(bundle) > instance.max_projects[contractor]:
        return False
    for week in range(instance.weeks):
        hours = sum(h for p, h in bundle.items() if instance.active[p, week])
        if hours > instance.lost_hours[contractor]:
            return False
    # A person may have fixed two projects across a wall; the rest must respect it.
    walls = {(int(a), int(b)) for a, b in instance.walls}
    return not any(
        (int(instance.client[one]), int(instance.client[other])) in walls
        and not {one, other} <= fixed
        for one in bundle
        for other in bundle
    )


def list_limits(instance: Instance) -> list[int]:
    """Return rules 3, 4 and 6 in one row: hour-days by project and week, seats, budgets."""
    rows = [(5 * instance.open_hours).ravel(), instance.seats, instance.weekly_budget_cents]
    return [int(limit) for row in rows for limit in row.tolist()]


def list_usage(instance: Instance, contractor: int, bundle: dict[int, int]) -> list[int]:
    """Return what a bundle uses of each of `list_limits`."""
    hour_days = [
        bundle.get(project, 0)
        * int(instance.avail_days[contractor, week])
        * int(instance.active[project, week])
        for project in range(instance.num_projects)
        for week in range(instance.weeks)
    ]
    heads = [int(project in bundle) for project in range(instance.num_projects)]
    cents = [
        bundle.get(project, 0) * _get_pair(instance, contractor, project)[1]
        for project in range(instance.num_projects)
    ]
    return hour_days + heads + cents


def score_bundle(instance: Instance, contractor: int, bundle: dict[int, int]) -> list[int]:
    """Return coverage, hours and fit of one contractor's bundle."""
    earned, restored, fit = 0, 0, 0
    for project, hours in bundle.items():
        days = sum(
            int(instance.avail_days[contractor, week])
            for week in range(instance.weeks)
            if instance.active[project, week]
        )
        earned += days * hours
        restored += int(instance.priority[project]) * days * hours
        fit += _get_pair(instance, contractor, project)[0] * days * hours
        fit -= 0 if [contractor, project] in instance.today.tolist() else instance.switch_cost
    needed = int(instance.floor_hours[contractor]) * int(instance.avail_days[contractor].sum())
    return [int(earned >= needed), restored, fit]


def _get_pair(instance: Instance, contractor: int, project: int) -> tuple[int, int]:
    """Return fit and rate of a pair, zeros where it is not eligible."""
    for pair in range(instance.num_pairs):
        if instance.pair_contractor[pair] == contractor and instance.pair_project[pair] == project:
            return int(instance.pair_fit[pair]), int(instance.pair_rate_cents[pair])
    return 0, 0
