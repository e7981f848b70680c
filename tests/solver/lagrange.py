"""The Lagrange bound once more, in Python's whole numbers and by listing every bundle.

    bound = sum of price * limit + sum over contractors of their best bundle's net worth
            - sum over floors of multiplier * floor

Written from that formula alone; it shares no code with `solver.search`, only the shape of
its prices: whole numbers, `scale` of them worth one of the goal's tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.instance import Instance
from solver.policy import Tier
from solver.search.prices import Prices
from tests.solver.brute_force import list_bundles, list_limits, list_usage, score_bundle


@dataclass(frozen=True)
class PricedBundle:
    """A bundle of one contractor: its projects, whether it covers, its worth net of prices."""

    projects: frozenset[int]
    covers: bool
    worth: int


def list_priced_bundles(instance: Instance, contractor: int, prices: Prices) -> list[PricedBundle]:
    """Return every bundle that fits an empty market, the empty one included.

    Coverage counts only where the bundle brings it: who needs no hours is covered anyway.
    """
    limits = list_limits(instance)
    charges = _list_charges(prices)
    nothing = score_bundle(instance, contractor, {})
    priced = []
    for bundle in list_bundles(instance, contractor):
        usage = list_usage(instance, contractor, bundle)
        if any(used > limit for used, limit in zip(usage, limits, strict=True)):
            continue
        gained = [
            after - before
            for after, before in zip(
                score_bundle(instance, contractor, bundle), nothing, strict=True
            )
        ]
        worth = sum(int(prices.tiers[tier]) * gain for tier, gain in zip(Tier, gained, strict=True))
        worth -= sum(price * used for price, used in zip(charges, usage, strict=True))
        priced.append(PricedBundle(frozenset(bundle), gained[0] > 0, worth))
    return priced


def compute_charge(instance: Instance, prices: Prices) -> int:
    """Return the sum of price * limit; what has no limit must have no price."""
    return sum(
        price * limit
        for price, limit in zip(_list_charges(prices), list_limits(instance), strict=True)
        if price
    )


def compute_exact_bound(instance: Instance, prices: Prices, floors: Mapping[Tier, int]) -> int:
    """Return the Lagrange bound of an unpinned instance, in units of the prices."""
    best = sum(
        max(one.worth for one in list_priced_bundles(instance, contractor, prices))
        for contractor in range(instance.num_contractors)
    )
    earned = sum(int(prices.tiers[tier]) * floor for tier, floor in floors.items())
    return compute_charge(instance, prices) + best - earned


def _list_charges(prices: Prices) -> list[int]:
    """Return the prices in the order of `list_limits`: hour-days, seats, budgets."""
    rows = [prices.hour_days.ravel(), prices.seats, prices.budget]
    return [int(price) for row in rows for price in row.tolist()]
