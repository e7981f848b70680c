"""From a group to its change: a sentence, how many changes it takes, and the cells to edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from solver.build import PlanProblem
from solver.columns import get_date, get_day, read_seconds, read_whole, split_list
from solver.explanation.candidates import MAX_PROJECTS, PAY, Candidate
from solver.explanation.capacity_candidates import CAPACITY
from solver.explanation.edits import REJECTED, SKILLS, Edit
from solver.explanation.standing import StandingPlan
from solver.instance import NO_LIMIT
from solver.pins import build_pins, sum_outside_cents
from solver.rules.pay import compute_enough_rate, format_money
from solver.rules.place import SECONDS_PER_HOUR, measure_utc_distance


@dataclass(frozen=True)
class Change:
    """What one grouped unlock does.

    sentence     in the words of a manager: "renew 37 clearances"
    num_changes  how many single decisions that takes
    edits        the cells that change
    """

    sentence: str
    num_changes: int
    edits: tuple[Edit, ...]


def build_change(problem: PlanProblem, plan: StandingPlan, candidate: Candidate) -> Change | None:
    """Return the candidate's change; None where it would break the plan as it stands."""
    return _BUILDERS[candidate.code](problem, plan, candidate)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _get_id(problem: PlanProblem, contractor_idx: int) -> str:
    return problem.instance.contractor_ids[contractor_idx]


def _edit_people(
    problem: PlanProblem, candidate: Candidate, column: str, value: int
) -> tuple[Edit, ...]:
    return tuple(
        Edit("contractors", _get_id(problem, one.contractor_idx), column, value)
        for one in candidate.placements
    )


def _edit_project(
    problem: PlanProblem, project_idx: int, column: str, value: int | float | str
) -> Edit:
    return Edit("projects", problem.instance.project_ids[project_idx], column, value)


def _get_project(candidate: Candidate) -> int:
    return candidate.placements[0].project_idx


def _take_back(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    ids = problem.instance.project_ids
    edits = tuple(
        Edit(REJECTED, _get_id(problem, one.contractor_idx), ids[one.project_idx], 0)
        for one in candidate.placements
    )
    return Change(f"take back {_count(len(edits), 'rejection')}", len(edits), edits)


def _renew(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    last = get_day(problem.horizon.ends_on)
    edits = []
    for one in candidate.placements:
        needed = min(int(problem.context.end_day[one.project_idx]), last)
        day = pd.Timestamp(get_date(needed))
        contractor_id = _get_id(problem, one.contractor_idx)
        edits.append(Edit("contractors", contractor_id, "clearance_expires_on", day))
    return Change(f"renew {_count(len(edits), 'clearance')}", len(edits), tuple(edits))


def _raise_clearance(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    level = int(candidate.detail[0])
    edits = _edit_people(problem, candidate, "clearance", level)
    return Change(f"raise {_count(len(edits), 'clearance')} to level {level}", len(edits), edits)


def _grant_access(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    names = frozenset(str(name) for name in candidate.detail)
    held = problem.context.people["compartments"]
    edits = tuple(
        Edit(
            "contractors",
            _get_id(problem, one.contractor_idx),
            "compartments",
            "|".join(sorted(split_list(str(held.iat[one.contractor_idx])) | names)),
        )
        for one in candidate.placements
    )
    people, where = _count(len(edits), "contractor"), ", ".join(sorted(names))
    return Change(f"give {people} access to compartment {where}", len(edits), edits)


def _train(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    name, level = str(candidate.detail[0]), int(candidate.detail[1])
    edits = tuple(
        Edit(SKILLS, _get_id(problem, one.contractor_idx), name, level)
        for one in candidate.placements
    )
    people = _count(len(edits), "contractor")
    return Change(f"train {people} in {name} to level {level}", len(edits), edits)


def _allow_country(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    project_idx, country = _get_project(candidate), str(candidate.detail[1])
    allowed = split_list(str(problem.context.projects["countries"].iat[project_idx])) | {country}
    edit = _edit_project(problem, project_idx, "countries", "|".join(sorted(allowed)))
    codename = problem.context.get_codename(project_idx)
    return Change(f"allow {country} on {codename}", 1, (edit,))


def _widen_zone(problem: PlanProblem, _plan: StandingPlan, candidate: Candidate) -> Change:
    project_idx, context = _get_project(candidate), problem.context
    who = [one.contractor_idx for one in candidate.placements]
    theirs = read_seconds(context.people["utc_offset"], 0)[who]
    wanted = read_seconds(context.projects["utc_offset"], 0)[[project_idx]]
    hours = float(measure_utc_distance(theirs, wanted).max()) / SECONDS_PER_HOUR
    now = float(context.projects["max_utc_distance"].to_numpy(dtype=np.float64)[project_idx])
    codename = context.get_codename(project_idx)
    edit = _edit_project(problem, project_idx, "max_utc_distance", hours)
    sentence = f"allow {hours:g} hours between time zones on {codename}, {now:g} now"
    return Change(sentence, 1, (edit,))


def _raise_pay(problem: PlanProblem, plan: StandingPlan, candidate: Candidate) -> Change | None:
    """Raise a project's rate for everybody there, unless that breaks its budget as things stand."""
    project_idx, context = _get_project(candidate), problem.context
    enough = compute_enough_rate(context)
    rate = max(int(enough[one.contractor_idx]) for one in candidate.placements)
    on_it = plan.assignments.project == project_idx
    cost = rate * int(plan.assignments.hours_per_week[on_it].sum())
    if cost > int(plan.instance.weekly_budget_cents[project_idx]):
        return None
    now, codename = int(context.project_rate[project_idx]), context.get_codename(project_idx)
    edit = _edit_project(problem, project_idx, "pay_rate_cents", rate)
    paid = f"{format_money(rate)} {context.get_currency(project_idx)}"
    sentence = f"pay {paid} an hour on {codename}, {format_money(now)} now"
    return Change(sentence, 1, (edit,))


def _lower_least(problem: PlanProblem, plan: StandingPlan, candidate: Candidate) -> Change:
    project_idx = _get_project(candidate)
    least = min(one.hours for one in candidate.placements)
    now, codename = (
        int(plan.instance.min_hours[project_idx]),
        problem.context.get_codename(project_idx),
    )
    edit = _edit_project(problem, project_idx, "min_hours", least)
    return Change(f"lower the least weekly hours of {codename} from {now} to {least}", 1, (edit,))


def _allow_projects(problem: PlanProblem, plan: StandingPlan, candidate: Candidate) -> Change:
    most = plan.instance.max_projects
    edits = tuple(
        Edit(
            "contractors",
            _get_id(problem, one.contractor_idx),
            "max_projects",
            int(most[one.contractor_idx]) + 1,
        )
        for one in candidate.placements
    )
    people = _count(len(edits), "contractor")
    return Change(f"allow {people} one more project at a time", len(edits), edits)


def _widen_project(problem: PlanProblem, plan: StandingPlan, candidate: Candidate) -> Change | None:
    """Give a full project what its first waiting people lack: hours, seats, budget."""
    project_idx, instance = _get_project(candidate), plan.instance
    projects, codename = problem.context.projects, problem.context.get_codename(project_idx)
    who = np.array([one.contractor_idx for one in candidate.placements])
    pairs = [_find_pair(plan, int(idx), project_idx) for idx in who]
    edits, parts = [], []
    if (missing := _count_missing_hours(plan, candidate)) > 0:
        demand = int(read_whole(projects["demand_hours"], 0)[project_idx])
        edits.append(_edit_project(problem, project_idx, "demand_hours", demand + missing))
        parts.append(f"{missing:,} more hours a week")
    new = sum(plan.usage.hours[pair] == 0 for pair in pairs)
    seats = int(instance.seats[project_idx])
    if seats != NO_LIMIT and (lack := plan.usage.people[project_idx] + new - seats) > 0:
        held = int(read_whole(projects["seats"], 0)[project_idx])
        edits.append(_edit_project(problem, project_idx, "seats", held + int(lack)))
        parts.append("one more seat" if lack == 1 else f"{lack} more seats")
    budget = int(instance.weekly_budget_cents[project_idx])
    rates = instance.pair_rate_cents[pairs].astype(np.int64)
    cost = int(sum(rates * [one.hours for one in candidate.placements]))
    over = int(plan.usage.cost_cents[project_idx]) + cost - budget
    if budget != NO_LIMIT and over > 0:
        outside = int(sum_outside_cents(problem.context, build_pins(problem.context))[project_idx])
        amount = budget + over + outside
        edits.append(_edit_project(problem, project_idx, "weekly_budget_cents", amount))
        currency = projects["currency"].iat[project_idx]
        parts.append(f"{format_money(over)} {currency} more weekly budget")
    if not edits:
        return None
    return Change(f"{' and '.join(parts)} on {codename}", len(edits), tuple(edits))


def _count_missing_hours(plan: StandingPlan, candidate: Candidate) -> int:
    """Return the weekly open hours that the placements together lack, rounded up."""
    instance, project_idx = plan.instance, _get_project(candidate)
    used = plan.usage.staffed[project_idx].copy()
    for one in candidate.placements:
        used += one.hours * instance.avail_days[one.contractor_idx]
    over = np.where(instance.active[project_idx], used - 5 * instance.open_hours[project_idx], 0)
    return max(0, -(-int(over.max()) // 5))


def _find_pair(plan: StandingPlan, contractor_idx: int, project_idx: int) -> int:
    own = plan.get_pairs(np.array([contractor_idx]))
    return int(own[np.searchsorted(plan.instance.pair_project[own], project_idx)])


_Builder = Callable[[PlanProblem, StandingPlan, Candidate], Change | None]

_BUILDERS: Mapping[str, _Builder] = MappingProxyType(
    {
        "rejected": _take_back,
        "clearance_expiry": _renew,
        "clearance": _raise_clearance,
        "compartment": _grant_access,
        "skill": _train,
        "country": _allow_country,
        "utc_distance": _widen_zone,
        PAY: _raise_pay,
        "hours": _lower_least,
        MAX_PROJECTS: _allow_projects,
        CAPACITY: _widen_project,
    }
)
