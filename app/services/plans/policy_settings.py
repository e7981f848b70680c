"""What a policy holds beyond its name: goals, tolerances and limits, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.services.plans.horizon import MAX_WEEKS
from solver.errors import InvalidInput, Problem
from solver.policy import POLICIES, FitWeights, Policy, Tier

POLICY_NAMES = tuple(POLICIES)
"""The policies that are always there, the default first."""

MAX_SWITCH_COST = 5_000_000
"""In fit units: 10,000 hour-weeks of a perfect match."""

MAX_TIME_LIMIT_S = 86_400
MAX_FLOOR_HOURS = 168

OFFER_HOURS = 48
"""How long contractors have to answer an offer unless the policy says otherwise."""

MAX_OFFER_HOURS = 720


@dataclass(frozen=True)
class PolicySettings:
    """Everything that a named policy decides.

    aims          order of the goals, tolerances, largest pay cut, switching cost, fit weights
    floor_hours   floor a week of contractors who name none, 0..168; None = half of the lost
                  hours, rounded up
    excluded_project_ids  projects that get no new people
    weeks         whole weeks planned, 1..104
    time_limit_s  of the search, at least 1; None = as the server is set
    gap           relative gap at which a goal is good enough, [0, 1)
    offer_hours   that a contractor has to answer an offer, 1..720

    Raises InvalidInput with every number that is out of range.
    """

    aims: Policy
    floor_hours: int | None = None
    excluded_project_ids: tuple[str, ...] = ()
    weeks: int = 8
    time_limit_s: float | None = None
    gap: float = 0.001
    offer_hours: int = OFFER_HOURS

    def __post_init__(self) -> None:
        limit, floor = self.time_limit_s, self.floor_hours
        bad = [
            Problem(f"policy {name}", str(value), expected)
            for name, value, is_good, expected in (
                (
                    "switch_cost",
                    self.aims.switch_cost,
                    0 <= self.aims.switch_cost <= MAX_SWITCH_COST,
                    f"a whole number from 0 to {MAX_SWITCH_COST}",
                ),
                (
                    "floor_hours",
                    floor,
                    floor is None or 0 <= floor <= MAX_FLOOR_HOURS,
                    f"hours a week from 0 to {MAX_FLOOR_HOURS}",
                ),
                (
                    "weeks",
                    self.weeks,
                    1 <= self.weeks <= MAX_WEEKS,
                    f"a number from 1 to {MAX_WEEKS}",
                ),
                (
                    "time_limit_s",
                    limit,
                    limit is None or 1 <= limit <= MAX_TIME_LIMIT_S,
                    "seconds, up to a day",
                ),
                ("gap", self.gap, 0 <= self.gap < 1, "a share in [0, 1)"),
                (
                    "offer_hours",
                    self.offer_hours,
                    1 <= self.offer_hours <= MAX_OFFER_HOURS,
                    f"hours from 1 to {MAX_OFFER_HOURS}",
                ),
            )
            if not is_good
        ]
        if bad:
            raise InvalidInput(bad)


def get_named_settings(name: str) -> PolicySettings:
    """Return the settings of a policy that is always there; raises InvalidInput."""
    if name not in POLICIES:
        raise InvalidInput([Problem("policy", name, "one of " + ", ".join(POLICIES))])
    return PolicySettings(POLICIES[name])


def write_settings(settings: PolicySettings) -> dict[str, Any]:
    """Return the settings as they are kept: JSON without the name."""
    aims = settings.aims
    return {
        "tiers": [tier.value for tier in aims.tiers],
        "tolerances": {tier.value: aims.tolerance_of(tier) for tier in aims.tiers},
        "max_pay_cut": aims.max_pay_cut,
        "switch_cost": aims.switch_cost,
        "fit_weights": asdict(aims.fit_weights),
        "floor_hours": settings.floor_hours,
        "excluded_project_ids": list(settings.excluded_project_ids),
        "weeks": settings.weeks,
        "time_limit_s": settings.time_limit_s,
        "gap": settings.gap,
        "offer_hours": settings.offer_hours,
    }


def read_settings(name: str, kept: Mapping[str, Any] | None) -> PolicySettings:
    """Return what `write_settings` made, under the policy's name.

    Without anything kept it is the policy of that name that is always there: runs from before
    policies could be saved.
    """
    if kept is None:
        return get_named_settings(name)
    aims = Policy(
        name,
        tuple(Tier(tier) for tier in kept["tiers"]),
        {Tier(tier): share for tier, share in kept["tolerances"].items()},
        max_pay_cut=kept["max_pay_cut"],
        switch_cost=kept["switch_cost"],
        fit_weights=FitWeights(**kept["fit_weights"]),
    )
    return PolicySettings(
        aims,
        floor_hours=kept["floor_hours"],
        excluded_project_ids=tuple(kept["excluded_project_ids"]),
        weeks=kept["weeks"],
        time_limit_s=kept["time_limit_s"],
        gap=kept["gap"],
        # Policies and runs from before there were offers do not name it.
        offer_hours=kept.get("offer_hours", OFFER_HOURS),
    )
