"""What the records of one instance say about each other: best bounds, gaps, first good plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.peers.answer import Claim
from benchmarks.record import Record, Verdict
from solver.policy import Tier

GOOD_GAP = 0.01
"""A plan is acceptable from this gap of the first tier on."""


class Comparison:
    """The records of one instance, each measured against the best bounds of all.

    A bound holds for every plan that keeps the floors it was proved under, whoever found
    the plan. A bound that a checked plan beats is refuted and counts for nobody.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self.first_tier = records[0].tiers[0]
        self._claims = [
            claim for record in records for claim in record.claims if not self.is_refuted(claim)
        ]

    def is_refuted(self, claim: Claim) -> bool:
        """Whether a checked plan under the claim's floors scores more than its bound."""
        return any(
            record.verdict is Verdict.CHECKED
            and _keeps(record, claim)
            and record.values[claim.tier] > claim.bound
            for record in self.records
        )

    def find_bound(self, record: Record, tier: Tier) -> int | None:
        """Return the best bound of the run that holds for the record's plan."""
        bounds = [
            claim.bound for claim in self._claims if claim.tier is tier and _keeps(record, claim)
        ]
        return min(bounds, default=None)

    def find_gap(self, record: Record, tier: Tier) -> float | None:
        """Return the distance to that bound; None without a bound or a plan."""
        return find_gap(record.values.get(tier), self.find_bound(record, tier))

    def find_first_good_s(self, record: Record) -> float | None:
        """Return when the first plan came that is within 1 % on the first tier; None if none."""
        return next((at for at, gap in self.list_gaps(record) if gap <= GOOD_GAP), None)

    def list_gaps(self, record: Record) -> list[tuple[float, float]]:
        """Return seconds and gap of the first tier, each time it got smaller."""
        bound = self.find_bound(record, self.first_tier)
        steps: list[tuple[float, float]] = []
        for event in record.events:
            gap = find_gap(event.value, bound) if event.tier is self.first_tier else None
            if gap is not None and (not steps or gap < steps[-1][1]):
                steps.append((event.elapsed_s, gap))
        return steps


def list_own_gaps(record: Record) -> list[tuple[float, float]]:
    """Return seconds and gap of the first tier as the method itself could prove it by then."""
    value: int | None = None
    bound: int | None = None
    steps: list[tuple[float, float]] = []
    for event in record.events:
        if event.tier is record.tiers[0]:
            value = _choose(max, value, event.value)
            bound = _choose(min, bound, event.bound)
            gap = find_gap(value, bound)
            if gap is not None and (not steps or gap < steps[-1][1]):
                steps.append((event.elapsed_s, gap))
    return steps


def _choose(better: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return better(one, other)


def group_by_instance(records: Sequence[Record]) -> list[Comparison]:
    """Return a comparison for each instance, in the order of the records."""
    by_instance: dict[str, list[Record]] = {}
    for record in records:
        by_instance.setdefault(record.instance, []).append(record)
    return [Comparison(group) for group in by_instance.values()]


def find_own_claim(record: Record, tier: Tier) -> Claim | None:
    """Return what the method itself says of the tier."""
    return next((claim for claim in record.claims if claim.tier is tier), None)


def find_gap(value: int | None, bound: int | None) -> float | None:
    """Return (bound - value) / |bound|, None where one of them is missing."""
    if value is None or bound is None:
        return None
    return (bound - value) / max(1, abs(bound))


def _keeps(record: Record, claim: Claim) -> bool:
    """Whether the record's plan scores at least what the claim is conditional on."""
    return all(
        tier in record.values and record.values[tier] >= floor
        for tier, floor in claim.floors.items()
    )
