"""Groups of people whom one kind of change would let work: found by rule, hours estimated.

Only pairs that exactly one rule refuses count: what needs two changes at once is left to
`person_unlocks`. Projects with room give hours at once. People below their floor may also
wait for a full project: others there could give hours up, which only a re-solve can tell.

Letters: N people, P projects, R rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from solver.build import PlanProblem
from solver.columns import read_whole, split_list
from solver.eligibility import CHUNK
from solver.explanation.standing import StandingPlan
from solver.instance import NO_LIMIT, BoolArray, IntArray
from solver.rules.skills import SkillRule

PAY = "pay"
"""Both rules on pay together: one new rate satisfies them."""
MAX_PROJECTS = "max_projects"
"""No rule of eligibility: the contractor may take no more projects at a time."""

_PAY_CODES = ("min_pay", "pay_cut")
BY_PERSON = frozenset({"rejected", "clearance_expiry", "clearance", "compartment", "skill"})
"""Codes whose changes are one a person."""
_BY_PROJECT = ("utc_distance", PAY, "hours")
_REMOVABLE = BY_PERSON | {*_BY_PROJECT, "country"}
_MOST_PROJECTS = 3
"""Projects that are looked at for each person and rule, those with most room."""
MOST_PEOPLE = 150
"""People of one candidate: its re-solve must stay small."""

Key = tuple[str, tuple[str | int, ...]]
"""The code, and what the group has in common: a level, names, a project, ..."""


@dataclass(frozen=True)
class Placement:
    """Where one contractor of a group would go, by the estimate.

    hours     weekly hours wanted there
    has_room  whether they are open as things stand
    """

    contractor_idx: int
    project_idx: int
    hours: int
    has_room: bool = True


@dataclass(frozen=True)
class Candidate:
    """One kind of change, and whom it would help: weekly hours by a greedy estimate.

    code    a rule's code, `pay`, `max_projects` or `capacity`
    detail  what the group has in common: a level, names, a project, ...
    """

    code: str
    detail: tuple[str | int, ...]
    placements: tuple[Placement, ...]

    @property
    def hours(self) -> int:
        """Weekly hours that the estimate restores."""
        return sum(placement.hours for placement in self.placements if placement.has_room)

    @property
    def wanted_hours(self) -> int:
        """Weekly hours that its people would take, whether there is room or not."""
        return sum(placement.hours for placement in self.placements)


def find_rule_candidates(problem: PlanProblem, plan: StandingPlan) -> list[Candidate]:
    """Return a candidate for every key with anybody to help."""
    found: dict[Key, list[Placement]] = defaultdict(list)
    for placement, code in _find_single_refusals(problem, plan):
        key = _get_key(problem, placement, code)
        if key is not None:
            found[key].append(placement)
    if more := list(_find_project_limits(plan)):
        found[MAX_PROJECTS, ()] = more
    filled = (Candidate(*key, _fill(plan, wanted)) for key, wanted in found.items())
    return [candidate for candidate in filled if candidate.placements]


def find_open_projects(plan: StandingPlan) -> BoolArray:
    """bool[P]: projects that could take one more person for at least an hour a week."""
    instance, usage = plan.instance, plan.usage
    budget = instance.weekly_budget_cents
    affordable = (budget == NO_LIMIT) | (usage.cost_cents < budget)
    is_open: BoolArray = (plan.room_hours > 0) & plan.has_seat & affordable
    return is_open


def _find_single_refusals(
    problem: PlanProblem, plan: StandingPlan
) -> Iterable[tuple[Placement, str]]:
    """Yield the pairs of people with hours missing that one rule alone refuses, with its code."""
    instance = plan.instance
    codes, rows = _merge_pay([rule.code for rule in problem.eligibility.rules])
    is_open = find_open_projects(plan)
    removable = np.array([code in _REMOVABLE for code in codes])
    is_hours = codes.index("hours")
    idle = (plan.missing_hours > 0) & (plan.usage.projects < instance.max_projects)
    below_floor = plan.usage.earned < instance.floor_hours * instance.horizon_days
    for start in range(0, instance.num_contractors, CHUNK):
        stop = min(start + CHUNK, instance.num_contractors)
        people = start + np.flatnonzero(idle[start:stop])
        if not len(people):
            continue
        refused = problem.eligibility.build_refused(start, stop)[:, people - start]
        merged = np.zeros((len(codes), *refused.shape[1:]), dtype=np.bool_)
        for rule, row in enumerate(rows):
            merged[row] |= refused[rule]
        alone = merged.sum(axis=0, dtype=np.uint8) == 1
        alone &= is_open | below_floor[people, np.newaxis]
        person, project = np.nonzero(alone)
        rule = merged[:, person, project].argmax(axis=0)
        hours = np.minimum(plan.missing_hours[people[person]], instance.max_hours[project])
        least = np.where(rule == is_hours, 1, instance.min_hours[project])
        now = np.where(is_open[project], np.minimum(hours, plan.room_hours[project]), 0)
        has_room = now >= least
        kept = np.flatnonzero(
            removable[rule] & (has_room | (below_floor[people[person]] & (hours >= least)))
        )
        weekly = np.where(has_room, now, hours)
        kept = _keep_widest(person[kept], rule[kept], (weekly * has_room)[kept], kept)
        for one in kept.tolist():
            yield (
                Placement(
                    int(people[person[one]]),
                    int(project[one]),
                    int(weekly[one]),
                    bool(has_room[one]),
                ),
                codes[rule[one]],
            )


def _merge_pay(codes: list[str]) -> tuple[list[str], list[int]]:
    """Return the codes with both rules on pay as one, and each rule's place among them."""
    merged = [PAY if code in _PAY_CODES else code for code in codes]
    names = list(dict.fromkeys(merged))
    return names, [names.index(code) for code in merged]


def _keep_widest(person: IntArray, rule: IntArray, hours: IntArray, kept: IntArray) -> IntArray:
    """Return of `kept` the few projects with most hours for each person and rule."""
    order = np.lexsort((-hours, rule, person))
    group = person[order] * 64 + rule[order]
    rank = np.arange(len(order)) - np.searchsorted(group, group)
    return kept[order[rank < _MOST_PROJECTS]]


def _get_key(problem: PlanProblem, placement: Placement, code: str) -> Key | None:
    """Return what the pair's group has in common; None where no one change removes the refusal."""
    contractor_idx, project_idx = placement.contractor_idx, placement.project_idx
    project = problem.context.projects
    if code in _BY_PROJECT:
        is_possible = {
            "utc_distance": _has_offset(problem, contractor_idx),
            PAY: not project["pay_rate_cents"].isna().iat[project_idx],
            "hours": True,
        }
        return (code, (project_idx,)) if is_possible[code] else None
    match code:
        case "rejected" | "clearance_expiry":
            return (code, ())
        case "clearance":
            return (code, (int(read_whole(project["clearance"], 0)[project_idx]),))
        case "compartment":
            held = split_list(str(problem.context.people["compartments"].iat[contractor_idx]))
            needed = split_list(str(project["compartments"].iat[project_idx]))
            return (code, tuple(sorted(needed - held)))
        case "country":
            country = str(problem.context.people["country"].iat[contractor_idx])
            return (code, (project_idx, country)) if country else None
        case _:
            missing = list_missing_skills(problem, contractor_idx, project_idx)
            return (code, missing[0]) if len(missing) == 1 else None


def _has_offset(problem: PlanProblem, contractor_idx: int) -> bool:
    return not bool(problem.context.people["utc_offset"].isna().iat[contractor_idx])


def list_missing_skills(
    problem: PlanProblem, contractor_idx: int, project_idx: int
) -> list[tuple[str, int]]:
    """Return the required skills below the level asked for, with that level."""
    rule = next(rule for rule in problem.eligibility.rules if isinstance(rule, SkillRule))
    held = problem.context.levels[contractor_idx, rule.column]
    needed = rule.needed[project_idx]
    return [
        (problem.context.skills[rule.column[row]], int(needed[row]))
        for row in np.flatnonzero(held < needed).tolist()
    ]


def _find_project_limits(plan: StandingPlan) -> Iterable[Placement]:
    """Yield eligible pairs with room of people who may take no more projects at a time."""
    instance, usage = plan.instance, plan.usage
    people = np.flatnonzero(
        (plan.missing_hours > 0)
        & (usage.projects == instance.max_projects)
        & (instance.max_projects > 0)
    )
    pairs = plan.get_pairs(people)
    project = instance.pair_project[pairs]
    hours = np.minimum(
        plan.missing_hours[instance.pair_contractor[pairs]], plan.room_hours[project]
    )
    hours = np.minimum(hours, instance.max_hours[project])
    fits = find_open_projects(plan)[project] & (hours >= instance.min_hours[project])
    fits &= usage.hours[pairs] == 0
    for pair, weekly in zip(pairs[fits].tolist(), hours[fits].tolist(), strict=True):
        yield Placement(
            int(instance.pair_contractor[pair]), int(instance.pair_project[pair]), weekly
        )


def _fill(plan: StandingPlan, wanted: list[Placement]) -> tuple[Placement, ...]:
    """Return one placement a person: where there is room as long as there is, widest first."""
    room: dict[int, int] = {}
    placed: dict[int, Placement] = {}
    for one in sorted(wanted, key=lambda one: (not one.has_room, -one.hours)):
        if one.contractor_idx in placed or len(placed) == MOST_PEOPLE:
            continue
        hours = one.hours
        if one.has_room:
            left = room.setdefault(one.project_idx, int(plan.room_hours[one.project_idx]))
            hours = min(hours, left)
            if hours < min(one.hours, int(plan.instance.min_hours[one.project_idx])):
                continue
            room[one.project_idx] = left - hours
        placed[one.contractor_idx] = replace(one, hours=hours)
    return tuple(placed.values())
