"""How explanations read on the command line: a text per line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.cli.wording import describe_value
from solver.build import PlanProblem
from solver.explanation.bottlenecks import Bottleneck, Resource, SkillGap
from solver.explanation.contributions import PersonValues
from solver.explanation.person_unlocks import Unlock
from solver.explanation.ranking import RankedMatch
from solver.explanation.runner_ups import Basis, RunnerUp
from solver.explanation.unlock import GroupedUnlock
from solver.instance import WORKDAYS_PER_WEEK
from solver.policy import Tier
from solver.rules.pay import format_money

_UNITS = {
    Tier.COVERAGE: "contractors",
    Tier.HOURS: "hour-weeks x priority",
    Tier.FIT: "hour-weeks x fit",
}


def describe_person(problem: PlanProblem, person: PersonValues) -> list[str]:
    """Return what the plan does for a contractor, and what that adds to each goal."""
    instance, idx = problem.instance, person.contractor_idx
    days = int(instance.horizon_days[idx])
    covered = "at or above" if person.is_covered else "below"
    hours = f"{person.earned / days:.1f} of {instance.lost_hours[idx]} hours a week restored"
    floor = f"{covered} the floor of {instance.floor_hours[idx]}"
    lines = [f"Contractor {instance.contractor_ids[idx]}: {hours}, {floor}"]
    for row in person.rows:
        codename = problem.context.get_codename(row.project_idx)
        parts = [f"{row.hours_per_week} hours a week", f"fit {row.fit}"]
        parts += [describe_value(tier, row.values[tier]) for tier in (Tier.HOURS, Tier.FIT)]
        if row.values[Tier.COVERAGE]:
            parts.append("the floor needs it")
        if row.is_pinned:
            parts.append("pinned")
        lines.append(f"  {codename}: {', '.join(parts)}")
    return lines


def describe_runner_ups(
    problem: PlanProblem, runner_ups: Iterable[RunnerUp], most: int
) -> list[str]:
    """Return up to `most` runner-ups with what each would cost the plan."""
    lines = []
    for one in list(runner_ups)[:most]:
        codename = problem.context.get_codename(one.project_idx)
        if one.hours_on_top:
            room = f"{one.hours_on_top} hours a week fit on top"
        elif one.hours_instead:
            room = f"{one.hours_instead} hours a week fit instead"
        else:
            room = "full as things stand"
        lines.append(f"  {codename}: fit {one.fit}, {room}; {_describe_change(one)}")
    return lines or ["  none: no other project is eligible"]


def _describe_change(one: RunnerUp) -> str:
    if one.change is None:
        return one.basis.value
    text = describe_change(one.change)
    if one.hours_per_week is not None:
        text = f"with {one.hours_per_week} hours a week: {text}"
    free = f", {one.num_free} people free to move" if one.basis is Basis.NEIGHBOURHOOD else ""
    return f"{text} ({one.basis.value}{free})"


def describe_change(change: Mapping[Tier, float]) -> str:
    """Return what the plan gains (+) or loses (-) per goal, what stays as it is left out."""
    parts = []
    for tier, value in change.items():
        amount = value if tier is Tier.COVERAGE else value / WORKDAYS_PER_WEEK
        text = f"{amount:+,.1f}".removesuffix(".0")
        if text not in {"+0", "-0"}:
            parts.append(f"{text} {_UNITS[tier]}")
    return ", ".join(parts) or "costs nothing"


def describe_unlocks(unlocks: Iterable[Unlock], most: int) -> list[str]:
    """Return up to `most` of one contractor's unlocks."""
    possible = [one for one in unlocks if one.effort is not None]
    return [
        f"  {one.codename}, {one.hours} hours a week at most: {' and '.join(one.changes)} "
        f"[{', '.join(one.blockers)}]"
        for one in possible[:most]
    ] or ["  none that anybody could make"]


def describe_bottlenecks(
    problem: PlanProblem, bottlenecks: Iterable[Bottleneck], most: int
) -> list[str]:
    """Return up to `most` priced resources."""
    lines = []
    for one in list(bottlenecks)[:most]:
        codename = problem.context.get_codename(one.project_idx)
        currency = problem.context.projects["currency"].iat[one.project_idx]
        amount = {
            Resource.HOURS: f"{one.amount} more hours a week",
            Resource.SEATS: "one more seat",
            Resource.BUDGET: f"{format_money(one.amount)} {currency} more weekly budget",
        }[one.resource]
        lines.append(f"  {codename}, {amount}: about {describe_change(one.worth)}")
    return lines or ["  none: nothing that projects could run out of limits the plan"]


def describe_grouped(unlocks: Iterable[GroupedUnlock], most: int) -> list[str]:
    """Return up to `most` grouped unlocks."""
    lines = []
    for one in list(unlocks)[:most]:
        proof = "verified" if one.proved else "verified, not proved"
        basis = proof if one.verified else "estimate"
        covered = f", {one.num_covered:+} at their floor" if one.num_covered else ""
        hours = f"{one.hours_per_week:+,.1f}".removesuffix(".0")
        lines.append(f"  {one.sentence}: {hours} hours a week{covered} ({basis})")
    return lines or ["  none found"]


def describe_skill_gaps(gaps: Iterable[SkillGap], most: int) -> list[str]:
    """Return up to `most` skills that alone keep people out."""
    return [
        f"  {gap.sentence}: {gap.hours_per_week:+,.1f} hours a week"
        f" ({'verified' if gap.verified else 'estimate'})"
        for gap in list(gaps)[:most]
    ] or ["  none"]


def describe_people(ranked: Iterable[RankedMatch]) -> list[str]:
    """Return a line for each eligible contractor of a project."""
    return [f"  {one.contractor_id}: {_describe_match(one)}" for one in ranked] or ["  nobody"]


def describe_projects(ranked: Iterable[RankedMatch]) -> list[str]:
    """Return a line for each project that a contractor is eligible for."""
    return [f"  {one.codename}: {_describe_match(one)}" for one in ranked] or ["  none"]


def _describe_match(one: RankedMatch) -> str:
    held = ", ".join(f"{had.hours_per_week} h on {had.codename}" for had in one.held) or "nothing"
    sign = "-" if one.pay_change_cents < 0 else "+"
    pay = f"{sign}{format_money(abs(one.pay_change_cents))}"
    return (
        f"fit {one.fit}, pay {pay} an hour, {one.hours_on_top} h fit on top, "
        f"{one.hours_instead} h instead; has {held}"
    )
