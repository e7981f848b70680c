"""The limits that keep every sum over pairs inside 64 bits, with the arithmetic behind them.

What an assignment can weigh is, in the model's integers,

    fit:   max(|fit|, 5) * workdays * hours a week + switching cost   (5: the highest priority)
    cost:  rate in cents * hours a week

with as many hours as project and contractor allow. Two limits follow from who adds them up.

- `MAX_WEIGHT` = 2^46 for a single assignment. CP-SAT refuses rows whose terms can sum beyond 2^62.
  The models that the search builds hold a problem's project sets, and a pair stands once in each
  set: up to 2^16 places of pairs in sets (over 20,000 sets of three) therefore fit.
- `MAX_SUM` = 2^58 for all pairs together. Values of plans, in the search and in the checker, stay
  below it. The bound adds the contractors' best bundles, at most the same sum, and its
  prices only as far as `solver.search.dual_bound` finds room below 2^61.

All other sums stay far below, by the ranges of `solver.instance_checks` alone: hour-days of a
week (10^6 hours times 5 days, times up to 2^31 pairs, is below 2^54), open hours times 5
(below 2^43), workdays of the horizon times hours (below 2^32), seats and budgets, which are only
ever used up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.errors import Problem
from solver.instance import WORKDAYS_PER_WEEK, Instance, IntArray

MAX_WEIGHT = 2**46
MAX_SUM = 2**58

_HIGHEST_PRIORITY = 5
_CHUNK = 2_000_000


@dataclass
class _Largest:
    """The sum of what was seen, the largest of it, and where that stands."""

    total: float = 0.0
    weight: int = 0
    pair: int = 0

    def add(self, weights: IntArray, first: int) -> None:
        """Take in int64[n], the weights of the pairs from `first` on."""
        # In floats, because wrong input can sum beyond 64 bits; they err by far less than a limit
        # must have in reserve.
        self.total += float(weights.sum(dtype=np.float64))
        place = int(weights.argmax())
        if weights[place] > self.weight:
            self.weight, self.pair = int(weights[place]), first + place


def find_overflows(instance: Instance) -> Iterator[Problem]:
    """What of an instance, whose ranges hold, is too large to be added up."""
    if not instance.num_pairs or _is_small(instance):
        return
    fit, cost = _Largest(), _Largest()
    for first in range(0, instance.num_pairs, _CHUNK):
        pairs = slice(first, first + _CHUNK)
        contractor, project = instance.pair_contractor[pairs], instance.pair_project[pairs]
        hours = np.minimum(instance.max_hours[project], instance.lost_hours[contractor])
        worth: IntArray = np.abs(instance.pair_fit[pairs].astype(np.int64))
        worth = np.maximum(worth, _HIGHEST_PRIORITY)
        days = instance.pair_days[pairs].astype(np.int64)
        fit.add(worth * days * hours + instance.switch_cost, first)
        cost.add(hours * instance.pair_rate_cents[pairs].astype(np.int64), first)
    yield from _judge(instance, "fit x workdays x hours", fit)
    yield from _judge(instance, "rate_cents x hours", cost)


def _is_small(instance: Instance) -> bool:
    """Whether the limits hold even with every pair counted as the largest of all.

    Ordinary instances are done with it, without an array of their tens of millions of pairs.
    """
    hours = min(int(instance.max_hours.max()), int(instance.lost_hours.max()))
    days = WORKDAYS_PER_WEEK * instance.weeks
    worth = max(-int(instance.pair_fit.min()), int(instance.pair_fit.max()), _HIGHEST_PRIORITY)
    fit = worth * days * hours + instance.switch_cost
    largest = max(fit, hours * int(instance.pair_rate_cents.max()))
    return largest <= MAX_WEIGHT and instance.num_pairs * largest <= MAX_SUM


def _judge(instance: Instance, name: str, largest: _Largest) -> Iterator[Problem]:
    if largest.weight > MAX_WEIGHT:
        contractor_id = instance.contractor_ids[instance.pair_contractor[largest.pair]]
        project_id = instance.project_ids[instance.pair_project[largest.pair]]
        yield Problem(
            f"pairs: {name} of contractor {contractor_id} on project {project_id}",
            f"up to {largest.weight}",
            f"at most {MAX_WEIGHT} for one assignment; use smaller numbers",
        )
    if largest.total > MAX_SUM:
        yield Problem(
            f"pairs: {name}",
            f"up to {largest.total:.6g} in all",
            f"a sum of at most {MAX_SUM}; use smaller numbers",
        )
