"""What limits a plan: hours, seats and budgets that have a price, skills that keep people out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from solver.explanation.price_estimate import PlanPrices
from solver.explanation.standing import StandingPlan
from solver.explanation.unlock import GroupedUnlock
from solver.instance import NO_LIMIT, WORKDAYS_PER_WEEK, IntArray
from solver.policy import Tier

STEP_HOURS = 40
"""Weekly hours in which a bottleneck is measured: those of about one person."""


class Resource(StrEnum):
    """What a project can run out of."""

    HOURS = "hours"
    SEATS = "seats"
    BUDGET = "budget"


@dataclass(frozen=True)
class Bottleneck:
    """A resource of a project with a price above 0.

    amount  what is priced: 40 hours a week, one seat, or the cents a week that 40 hours
            cost there on average
    worth   per priced tier, what that much more would bring at the margin, in the tier's
            units: an estimate, since prices know no whole persons
    left    what the plan leaves of it: hours a week, seats, cents a week
    """

    resource: Resource
    project_idx: int
    amount: int
    worth: Mapping[Tier, float]
    left: int


@dataclass(frozen=True)
class SkillGap:
    """A skill that alone keeps people with hours missing off projects with room.

    hours_per_week  that the people of the unlock would get
    verified        whether that comes from solving again
    """

    sentence: str
    num_people: int
    hours_per_week: float
    verified: bool


def list_bottlenecks(plan: StandingPlan, prices: PlanPrices) -> tuple[Bottleneck, ...]:
    """Return the priced resources, those worth most to the first priced tier on top."""
    found = [
        *_price_hours(plan, prices),
        *_price_seats(plan, prices),
        *_price_budgets(plan, prices),
    ]
    return tuple(sorted(found, key=lambda one: [-worth for worth in one.worth.values()]))


def list_skill_gaps(unlocks: Iterable[GroupedUnlock]) -> tuple[SkillGap, ...]:
    """Return the skills among grouped unlocks, those that cost the plan most hours on top."""
    gaps = [
        SkillGap(one.sentence, len(one.contractor_ids), one.hours_per_week, one.verified)
        for one in unlocks
        if one.code == "skill" and one.hours_per_week > 0
    ]
    return tuple(sorted(gaps, key=lambda gap: -gap.hours_per_week))


def _price_hours(plan: StandingPlan, prices: PlanPrices) -> Iterable[Bottleneck]:
    by_tier = {
        tier: STEP_HOURS
        * WORKDAYS_PER_WEEK
        * np.where(plan.instance.active, priced.prices.hour_days, 0).sum(axis=1)
        for tier, priced in prices.by_tier.items()
    }
    amount = np.full(plan.instance.num_projects, STEP_HOURS)
    return _list_priced(Resource.HOURS, by_tier, amount, plan.room_hours)


def _price_seats(plan: StandingPlan, prices: PlanPrices) -> Iterable[Bottleneck]:
    by_tier = {tier: priced.prices.seats for tier, priced in prices.by_tier.items()}
    left = plan.instance.seats - plan.usage.people
    return _list_priced(Resource.SEATS, by_tier, np.ones_like(left), left)


def _price_budgets(plan: StandingPlan, prices: PlanPrices) -> Iterable[Bottleneck]:
    instance = plan.instance
    total = np.zeros(instance.num_projects, dtype=np.int64)
    np.add.at(total, instance.pair_project, instance.pair_rate_cents.astype(np.int64))
    people = np.bincount(instance.pair_project, minlength=instance.num_projects)
    amount = STEP_HOURS * total // np.maximum(people, 1)
    by_tier = {tier: priced.prices.budget * amount for tier, priced in prices.by_tier.items()}
    limited = instance.weekly_budget_cents != NO_LIMIT
    left = np.where(limited, instance.weekly_budget_cents - plan.usage.cost_cents, 0)
    return _list_priced(Resource.BUDGET, by_tier, amount, left)


def _list_priced(
    resource: Resource, by_tier: Mapping[Tier, IntArray], amount: IntArray, left: IntArray
) -> Iterable[Bottleneck]:
    """Yield the projects that any tier prices; all arrays are [P]."""
    priced = np.zeros(len(amount), dtype=np.bool_)
    for worth in by_tier.values():
        priced |= worth > 0
    for project_idx in np.flatnonzero(priced).tolist():
        yield Bottleneck(
            resource,
            project_idx,
            int(amount[project_idx]),
            {tier: float(worth[project_idx]) for tier, worth in by_tier.items()},
            int(left[project_idx]),
        )
