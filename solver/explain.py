"""Why somebody is below the lost hours, and what would change it.

This is the short answer that stands in `unplaced.csv`. The long ones, each a module of
`solver.explanation`, take the plan as a `StandingPlan` (`standing.build_standing_plan`):

- `contributions`   why this project: what a contractor's part adds to each goal
- `runner_ups`      the projects that it could have been, and what each would cost the plan
- `person_unlocks`  everything in the way of one contractor, the cheapest change first
- `ranking`         ranked people for a project, ranked projects for a person
- `bottlenecks`     which hours, seats, budgets and skills limit the plan
- `grouped_unlocks` changes that help many, verified by solving again

A contractor without an eligible project is stopped by a rule. The nearest project is
the one that fewest rules refuse and, among those, fits best; the blocker is, of the
rules that refuse it, the one that stops most projects. A contractor with eligible
projects is stopped by `capacity`: the nearest is the best-fitting one that could still
give hours if it had room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.build import PlanProblem
from solver.eligibility import CHUNK
from solver.groups import NO_LEADS, NO_TEAM
from solver.instance import Instance, IntArray
from solver.result import Assignments
from solver.rules.pay import format_money
from solver.rules.rule import Refusal
from solver.usage import Usage, build_usage

CAPACITY = "capacity"
AWAY = "away"

EXTRA_SENTENCES = {
    CAPACITY: "the projects that suit are full",
    AWAY: "on leave for the whole horizon",
}
"""Blockers that are no eligibility rule, in plain words."""

_HOPELESS = ("not_open", "same_project")
"""Rules that nobody removes for one contractor's sake: their projects are never nearest."""

_WORST = np.iinfo(np.uint8).max


@dataclass(frozen=True)
class Shortfall:
    """Why one contractor is below the lost hours.

    blocker      a rule's code, or `capacity`
    project_idx  the nearest project; None when no other project is open
    unlock       the cheapest change found, a sentence
    """

    contractor_idx: int
    blocker: str
    project_idx: int | None
    unlock: str


@dataclass(frozen=True)
class ProjectBlockers:
    """One project as seen from one contractor; without refusals it is eligible."""

    project_id: str
    codename: str
    fit: int
    refusals: tuple[Refusal, ...]


def explain_shortfalls(problem: PlanProblem, assignments: Assignments) -> list[Shortfall]:
    """Return why each planned contractor below the lost hours is, in the affected's order."""
    instance = problem.instance
    usage = build_usage(instance, assignments)
    below = usage.earned < problem.affected.lost_hours * instance.horizon_days
    has_pair = np.diff(instance.pair_start) > 0
    shortfalls = [
        *_explain_refused(problem, np.flatnonzero(below & ~has_pair)),
        *_explain_full(problem, usage, np.flatnonzero(below & has_pair)),
    ]
    return sorted(shortfalls, key=lambda shortfall: shortfall.contractor_idx)


def list_blockers(problem: PlanProblem, contractor_id: str) -> list[ProjectBlockers]:
    """Return every project outside the pause for one contractor, the nearest first.

    Raises KeyError when the pause does not affect the contractor or they are away.
    """
    if contractor_id not in problem.affected.contractor_ids:
        raise KeyError(contractor_id)
    contractor_idx = problem.affected.contractor_ids.index(contractor_id)
    projects = np.flatnonzero(~problem.context.paused)
    fit = _compute_fit(problem, np.full(len(projects), contractor_idx), projects)
    refused = problem.eligibility.build_refused(contractor_idx, contractor_idx + 1)[:, 0]
    seen = [
        ProjectBlockers(
            problem.instance.project_ids[project_idx],
            problem.context.get_codename(project_idx),
            int(score),
            _describe(problem, refused[:, project_idx], contractor_idx, project_idx),
        )
        for project_idx, score in zip(projects.tolist(), fit.tolist(), strict=True)
    ]
    return sorted(seen, key=lambda one: (len(one.refusals), -one.fit, one.codename))


def _compute_fit(problem: PlanProblem, contractor: IntArray, project: IntArray) -> IntArray:
    weights = problem.request.policy.fit_weights
    fit = problem.fit_scale.compute_fit(
        contractor.astype(np.int32), project.astype(np.int32), weights
    )
    return fit.astype(np.int64)


def _describe(
    problem: PlanProblem,
    refused: np.typing.NDArray[np.bool_],
    contractor_idx: int,
    project_idx: int,
) -> tuple[Refusal, ...]:
    """Return the refusals of the rules where `refused` (bool[rules]) is true."""
    return tuple(
        problem.eligibility.rules[rule].blocker(contractor_idx, project_idx)
        for rule in np.flatnonzero(refused).tolist()
    )


def _explain_refused(problem: PlanProblem, contractors: IntArray) -> Iterator[Shortfall]:
    """Yield the shortfall of contractors (int64[N], rising) that no project may take."""
    rules = problem.eligibility.rules
    is_hopeless = np.array([rule.code in _HOPELESS for rule in rules])
    for start in range(0, problem.instance.num_contractors, CHUNK):
        stop = min(start + CHUNK, problem.instance.num_contractors)
        chosen = contractors[(contractors >= start) & (contractors < stop)]
        if not len(chosen):
            continue
        refused = problem.eligibility.build_refused(start, stop)[:, chosen - start]
        hopeful = ~refused[is_hopeless].any(axis=0)
        nearest = _find_nearest(problem, chosen, refused.sum(axis=0, dtype=np.uint8), hopeful)
        stops = (refused & hopeful).sum(axis=2)
        for row, (contractor_idx, project_idx) in enumerate(
            zip(chosen.tolist(), nearest.tolist(), strict=True)
        ):
            if project_idx < 0:
                yield Shortfall(contractor_idx, "not_open", None, "open another project")
                continue
            failing = refused[:, row, project_idx]
            blocker = rules[int(np.argmax(np.where(failing, stops[:, row] + 1, 0)))].code
            refusals = _describe(problem, failing, contractor_idx, project_idx)
            # Both rules on pay ask for the same rate: it is said once.
            unlock = " and ".join(dict.fromkeys(refusal.unlock for refusal in refusals))
            yield Shortfall(contractor_idx, blocker, project_idx, unlock)


def _find_nearest(
    problem: PlanProblem,
    contractors: IntArray,
    num_refusing: np.typing.NDArray[np.uint8],
    hopeful: np.typing.NDArray[np.bool_],
) -> IntArray:
    """int64[N]: the hopeful project that fewest rules refuse, then of best fit; -1 if none.

    num_refusing  uint8[N, P], hopeful  bool[N, P]
    """
    count = np.where(hopeful, num_refusing, _WORST)
    least = count.min(axis=1, initial=_WORST)
    row, project = np.nonzero(hopeful & (count == least[:, np.newaxis]))
    fit = _compute_fit(problem, contractors[row], project)
    order = np.lexsort((project, -fit, row))
    first_rows, first = np.unique(row[order], return_index=True)
    nearest = np.full(len(contractors), -1, dtype=np.int64)
    nearest[first_rows] = project[order][first]
    return nearest


def _explain_full(problem: PlanProblem, usage: Usage, contractors: IntArray) -> Iterator[Shortfall]:
    """Yield the shortfall of contractors (int64[N]) that have eligible projects."""
    instance = problem.instance
    for contractor_idx in contractors.tolist():
        start, stop = instance.pair_start[contractor_idx : contractor_idx + 2].tolist()
        # A stable sort of the negated fit puts the best first, the lower project on a tie.
        by_fit = start + np.argsort(-instance.pair_fit[start:stop].astype(np.int64), kind="stable")
        pair = next(
            (pair for pair in by_fit.tolist() if usage.get_free_hours(pair) > 0), int(by_fit[0])
        )
        yield Shortfall(
            contractor_idx,
            CAPACITY,
            int(instance.pair_project[pair]),
            describe_capacity(problem, usage, pair),
        )


def describe_capacity(problem: PlanProblem, usage: Usage, pair: int) -> str:
    """Return what would let the pair's contractor take more hours on its project."""
    instance = problem.instance
    contractor_idx, project_idx = (
        int(instance.pair_contractor[pair]),
        int(instance.pair_project[pair]),
    )
    codename = problem.context.get_codename(project_idx)
    hours = usage.get_free_hours(pair)
    is_new = usage.hours[pair] == 0
    least = int(instance.min_hours[project_idx])
    if hours <= 0:
        return f"work in weeks in which {codename} does not run"
    if is_new and usage.projects[contractor_idx] >= instance.max_projects[contractor_idx]:
        return f"allow one more project at a time, {instance.max_projects[contractor_idx]} now"
    if is_new and _is_walled_in_plan(usage, pair):
        return f"end the new work for a competitor of the client of {codename}"
    if is_new and hours < least:
        return f"lower the least weekly hours of {codename} from {least} to {hours}"
    needs = []
    if is_new and usage.people[project_idx] >= instance.seats[project_idx]:
        needs.append("one more seat")
    if missing := usage.get_missing_hours(pair, hours):
        needs.append(f"{missing} more open hours a week")
    if missing := usage.get_missing_cents(pair, hours):
        currency = problem.context.projects["currency"].iat[project_idx]
        needs.append(f"{format_money(missing)} {currency} more weekly budget")
    if not needs:
        rule = _describe_group_rule(instance, pair, codename) if is_new else ""
        return rule or f"plan again with more time: {codename} has room for {hours} hours a week"
    return " and ".join(needs) + f" on {codename}"


def _describe_group_rule(instance: Instance, pair: int, codename: str) -> str:
    """Return what a rule between people asks where there is room for one; "" if none does."""
    groups = instance.groups
    if groups is None:
        return ""
    team = int(groups.team[instance.pair_contractor[pair]])
    project_idx = int(instance.pair_project[pair])
    if team != NO_TEAM and np.count_nonzero(groups.team == team) > 1:
        return f"make room for all of team {groups.team_names[team]} on {codename}"
    if groups.min_people[project_idx] > 1 or groups.people_per_lead[project_idx] != NO_LEADS:
        return f"find enough people and leads for {codename} to start"
    return ""


def _is_walled_in_plan(usage: Usage, pair: int) -> bool:
    """Whether the contractor has new work for a competitor of the pair's client."""
    instance = usage.instance
    contractor_idx = instance.pair_contractor[pair]
    start, stop = instance.pair_start[contractor_idx : contractor_idx + 2].tolist()
    taken = start + np.flatnonzero(usage.hours[start:stop])
    clients = set(instance.client[instance.pair_project[taken]].tolist())
    client = int(instance.client[instance.pair_project[pair]])
    return not clients.isdisjoint(instance.wall_partners[client])
