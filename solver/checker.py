"""The independent checker: re-verifies a plan from the instance alone.

It shares no code with `solver.model` or `solver.search`. Every rule of
model.md is one function here, written from the specification: it returns the
sentences of what breaks it. Sums are exact: the instance's limits keep them in
64 bits (see `solver.instance_checks`). A row that breaks a rule by itself counts in
the sums of the others too, so that every broken rule is named; only hours below 0 or
absurdly many leave them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np

from solver.checker_groups import find_small_projects, find_split_teams, find_unled_projects
from solver.checker_rows import PlanRows, find_existing, read_rows
from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, BoolArray, Instance, IntArray
from solver.policy import Tier
from solver.result import Assignments


@dataclass(frozen=True)
class Violation:
    """One broken rule: its code and a sentence that names who and what."""

    code: str
    sentence: str


@dataclass(frozen=True)
class CheckReport:
    """The checker's verdict and the tier values that it computed itself.

    values  in the model's integers; rows with hours out of range, or not eligible, count nothing
    """

    violations: tuple[Violation, ...]
    values: Mapping[Tier, int]

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations


_MAX_SUMMED_HOURS = 10_000
"""Hours of one row above this leave the sums, which would not fit into 64 bits."""


def check(instance: Instance, assignments: Assignments) -> CheckReport:
    """Return every rule that `assignments` breaks, and what they score."""
    violations = list(_find_malformed_rows(instance, assignments))
    rows = read_rows(instance, assignments)
    violations += [Violation("eligible", sentence) for sentence in _find_ineligible(rows)]
    violations += [Violation("hours", sentence) for sentence in _find_misfitting(rows)]
    summed = rows.select((rows.hours >= 0) & (rows.hours <= _MAX_SUMMED_HOURS) | _fits(rows))
    for code, rule in _RULES.items():
        violations += [Violation(code, sentence) for sentence in rule(summed)]
    values = _compute_values(rows.select(rows.eligible & _fits(rows)))
    return CheckReport(tuple(violations), MappingProxyType(values))


def _find_malformed_rows(instance: Instance, assignments: Assignments) -> Iterator[Violation]:
    """Indices outside the instance, and a pair named twice."""
    inside = find_existing(instance, assignments)
    for row in np.flatnonzero(~inside).tolist():
        contractor_idx, project_idx = assignments.contractor[row], assignments.project[row]
        yield Violation(
            "index",
            f"assignment {row} names contractor index {contractor_idx} and project index "
            f"{project_idx}; the instance has {instance.num_contractors} contractors and "
            f"{instance.num_projects} projects",
        )
    pairs = np.stack([assignments.contractor[inside], assignments.project[inside]], axis=1)
    unique, count = np.unique(pairs, axis=0, return_counts=True)
    for contractor_idx, project_idx in unique[count > 1].tolist():
        yield Violation(
            "duplicate",
            f"{_contractor(instance, contractor_idx)} is assigned to "
            f"{_project(instance, project_idx)} more than once",
        )


def _find_ineligible(rows: PlanRows) -> Iterator[str]:
    """Only eligible pairs are assigned."""
    for row in np.flatnonzero(~rows.eligible).tolist():
        yield (
            f"{_contractor(rows.instance, rows.contractor[row])} is not eligible for "
            f"{_project(rows.instance, rows.project[row])}"
        )


def _get_most_hours(rows: PlanRows) -> IntArray:
    instance = rows.instance
    return np.minimum(instance.max_hours[rows.project], instance.lost_hours[rows.contractor])


def _fits(rows: PlanRows) -> BoolArray:
    """Rule 1: bool[N], the hours are within what project and contractor allow."""
    least = rows.instance.min_hours[rows.project]
    fits: BoolArray = (rows.hours >= least) & (rows.hours <= _get_most_hours(rows))
    return fits


def _find_misfitting(rows: PlanRows) -> Iterator[str]:
    """Rule 1: an assignment has at least min_hours, at most max_hours and the lost hours."""
    instance, most = rows.instance, _get_most_hours(rows)
    for row in np.flatnonzero(~_fits(rows)).tolist():
        project_idx = rows.project[row]
        yield (
            f"{_contractor(instance, rows.contractor[row])} works {rows.hours[row]} hours a week "
            f"on {_project(instance, project_idx)}; {instance.min_hours[project_idx]} to "
            f"{most[row]} are allowed"
        )


def _find_overworked(plan: PlanRows) -> Iterator[str]:
    """Rule 2: in every week a contractor works at most the lost hours."""
    instance = plan.instance
    for week in range(instance.weeks):
        hours = plan.hours * instance.active[plan.project, week]
        used = _sum_by(plan.contractor, hours, instance.num_contractors)
        for idx in np.flatnonzero(used > instance.lost_hours).tolist():
            yield (
                f"{_contractor(instance, idx)} works {used[idx]} hours in week {week + 1}; "
                f"{instance.lost_hours[idx]} were lost"
            )


def _find_overstaffed(plan: PlanRows) -> Iterator[str]:
    """Rule 3: in every week a project takes at most its open hours (in fifths of an hour)."""
    instance = plan.instance
    for week in range(instance.weeks):
        # A week in which the project does not run has no open hours to take and none are used.
        hour_days = (
            plan.hours
            * instance.avail_days[plan.contractor, week]
            * instance.active[plan.project, week]
        )
        used = _sum_by(plan.project, hour_days, instance.num_projects)
        for idx in np.flatnonzero(used > WORKDAYS_PER_WEEK * instance.open_hours[:, week]).tolist():
            yield (
                f"{_project(instance, idx)} gets {used[idx] / WORKDAYS_PER_WEEK:g} hours in week "
                f"{week + 1}; {instance.open_hours[idx, week]} are open"
            )


def _find_crowded(plan: PlanRows) -> Iterator[str]:
    """Rule 4: a project takes at most as many people as it has seats."""
    instance = plan.instance
    heads = np.bincount(plan.project, minlength=instance.num_projects)
    for idx in np.flatnonzero(heads > instance.seats).tolist():
        yield (
            f"{_project(instance, idx)} gets {heads[idx]} people; "
            f"it has {instance.seats[idx]} seats"
        )


def _find_scattered(plan: PlanRows) -> Iterator[str]:
    """Rule 5: a contractor takes at most so many new projects."""
    instance = plan.instance
    taken = np.bincount(plan.contractor, minlength=instance.num_contractors)
    for idx in np.flatnonzero(taken > instance.max_projects).tolist():
        yield (
            f"{_contractor(instance, idx)} gets {taken[idx]} projects; "
            f"{instance.max_projects[idx]} are the most"
        )


def _find_overspent(plan: PlanRows) -> Iterator[str]:
    """Rule 6: a project with a weekly budget stays within it; only eligible pairs have a rate."""
    instance = plan.instance
    paid = plan.select(plan.eligible)
    cents = paid.hours * instance.pair_rate_cents[paid.pair].astype(np.int64)
    spent = _sum_by(paid.project, cents, instance.num_projects)
    budget = instance.weekly_budget_cents
    for idx in np.flatnonzero((budget != NO_LIMIT) & (spent > budget)).tolist():
        yield (
            f"{_project(instance, idx)} costs {spent[idx]} cents a week; "
            f"its budget is {budget[idx]}"
        )


def _find_walled(plan: PlanRows) -> Iterator[str]:
    """Rule 7: nobody is on two projects whose clients compete, unless a person fixed both.

    A sentence names the projects: who reads it need not know whose work they are.
    """
    instance = plan.instance
    if not len(instance.walls):
        return
    pinned = {(row[0], row[1]) for row in instance.pins.tolist()}
    held: dict[int, set[int]] = {}
    for contractor_idx, project_idx in zip(
        plan.contractor.tolist(), plan.project.tolist(), strict=True
    ):
        held.setdefault(contractor_idx, set()).add(project_idx)
    client = instance.client.tolist()
    walls = {frozenset(pair) for pair in instance.walls.tolist()}
    for contractor_idx, projects in held.items():
        for one, other in combinations(sorted(projects), 2):
            is_fixed = {(contractor_idx, one), (contractor_idx, other)} <= pinned
            if not is_fixed and frozenset({client[one], client[other]}) in walls:
                yield (
                    f"{_contractor(instance, contractor_idx)} works on {_project(instance, one)} "
                    f"and {_project(instance, other)}, whose clients compete"
                )


def _find_lost_pins(plan: PlanRows) -> Iterator[str]:
    """A pinned assignment stands in the plan, with the pinned hours."""
    instance = plan.instance
    planned = {
        (contractor_idx, project_idx): hours
        for contractor_idx, project_idx, hours in zip(
            plan.contractor.tolist(), plan.project.tolist(), plan.hours.tolist(), strict=True
        )
    }
    for contractor_idx, project_idx, hours in instance.pins.tolist():
        got = planned.get((contractor_idx, project_idx))
        if got != hours:
            yield (
                f"{_contractor(instance, contractor_idx)} is pinned to {hours} hours a week on "
                f"{_project(instance, project_idx)}; the plan gives {got or 'none'}"
            )


_RULES: Mapping[str, Callable[[PlanRows], Iterator[str]]] = MappingProxyType(
    {
        "lost_hours": _find_overworked,
        "open_hours": _find_overstaffed,
        "seats": _find_crowded,
        "max_projects": _find_scattered,
        "budget": _find_overspent,
        "wall": _find_walled,
        "pin": _find_lost_pins,
        "team": find_split_teams,
        "min_people": find_small_projects,
        "lead": find_unled_projects,
    }
)


def _compute_values(plan: PlanRows) -> dict[Tier, int]:
    """Return the tier values by the formulas of model.md."""
    instance = plan.instance
    days = instance.pair_days[plan.pair].astype(np.int64)
    hour_days = days * plan.hours
    earned = _sum_by(plan.contractor, hour_days, instance.num_contractors)
    fit = instance.pair_fit[plan.pair].astype(np.int64)
    return {
        Tier.COVERAGE: int(np.sum(earned >= instance.floor_hours * instance.horizon_days)),
        Tier.HOURS: int(np.sum(instance.priority[plan.project] * hour_days)),
        Tier.FIT: int(np.sum(fit * hour_days)) - instance.switch_cost * _count_switches(plan),
    }


def _count_switches(plan: PlanRows) -> int:
    """Return how many assignments are not those of today, which a recall may move."""
    today = {(one, project) for one, project in plan.instance.today.tolist()}
    if not today:
        return len(plan.pair)
    places = zip(plan.contractor.tolist(), plan.project.tolist(), strict=True)
    return sum(place not in today for place in places)


def _sum_by(group: IntArray, amount: IntArray, num_groups: int) -> IntArray:
    """Return int64[num_groups], exact (bincount with weights would go through floats)."""
    total = np.zeros(num_groups, dtype=np.int64)
    np.add.at(total, group, amount)
    return total


def _contractor(instance: Instance, idx: int) -> str:
    return f"contractor {instance.contractor_ids[idx]}"


def _project(instance: Instance, idx: int) -> str:
    return f"project {instance.project_ids[idx]}"
