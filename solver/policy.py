"""Named policies: the order of the goals and how much each may give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from solver.errors import InvalidInput, Problem


class Tier(StrEnum):
    """A goal of the lexicographic objective (model.md names their formulas)."""

    COVERAGE = "coverage"
    HOURS = "hours"
    FIT = "fit"


TIER_SENTENCES: Mapping[Tier, str] = MappingProxyType(
    {
        Tier.COVERAGE: "as many people as possible keep at least their floor of weekly hours",
        Tier.HOURS: "as many lost hours as possible are restored, urgent projects first",
        Tier.FIT: "people go where skills, pay, time zone and earlier work fit best",
    }
)


@dataclass(frozen=True)
class FitWeights:
    """Percent points of the fit score (data-format.md, section 2); they sum to 100."""

    skills: int = 70
    rate: int = 15
    time_zone: int = 10
    known_client: int = 5

    def __post_init__(self) -> None:
        parts = (self.skills, self.rate, self.time_zone, self.known_client)
        if min(parts) < 0 or sum(parts) != 100:
            raise InvalidInput(
                [Problem("policy fit weights", str(parts), "four parts of 0 or more, 100 in all")]
            )


@dataclass(frozen=True)
class Policy:
    """What a run aims for.

    tiers       every goal once, the most important first
    tolerances  share in [0, 1) of a tier's value that later tiers may give back
    max_pay_cut largest accepted drop of the hourly rate, as a share of the lost rate
    switch_cost fit units charged for each assignment made
    """

    name: str
    tiers: tuple[Tier, ...]
    tolerances: Mapping[Tier, float] = field(default_factory=lambda: MappingProxyType({}))
    max_pay_cut: float = 0.20
    switch_cost: int = 0
    fit_weights: FitWeights = FitWeights()

    def __post_init__(self) -> None:
        problems = []
        if sorted(self.tiers) != sorted(Tier):
            problems.append(
                Problem("policy tiers", " ".join(self.tiers), "each of coverage, hours, fit once")
            )
        for tier, share in self.tolerances.items():
            if not 0 <= share < 1:
                problems.append(
                    Problem(f"policy tolerance of {tier}", str(share), "a share in [0, 1)")
                )
        if not 0 <= self.max_pay_cut <= 1:
            problems.append(
                Problem("policy max_pay_cut", str(self.max_pay_cut), "a share in [0, 1]")
            )
        if problems:
            raise InvalidInput(problems)

    def tolerance_of(self, tier: Tier) -> float:
        """Return the share of `tier` that later tiers may give back."""
        return self.tolerances.get(tier, 0.0)

    def get_least_value(self, tier: Tier, reached: int) -> int:
        """Return what `tier` must keep of the value it reached.

        The share is taken as the decimal that it prints as: 0.29 of 100 is 29, not 28.99...
        """
        return reached - int(Fraction(str(self.tolerance_of(tier))) * abs(reached))


PEOPLE_FIRST = Policy("people-first", (Tier.COVERAGE, Tier.HOURS, Tier.FIT))
CLIENTS_FIRST = Policy("clients-first", (Tier.HOURS, Tier.COVERAGE, Tier.FIT))
BEST_FIT = Policy("best-fit", (Tier.FIT, Tier.COVERAGE, Tier.HOURS))

POLICIES: Mapping[str, Policy] = MappingProxyType(
    {policy.name: policy for policy in (PEOPLE_FIRST, CLIENTS_FIRST, BEST_FIT)}
)


def get_policy(name: str) -> Policy:
    """Return the named policy.

    Raises InvalidInput when there is none of that name.
    """
    if name not in POLICIES:
        raise InvalidInput([Problem("policy", name, "one of " + ", ".join(POLICIES))])
    return POLICIES[name]
