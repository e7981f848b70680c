"""Where an instance has too many pairs to search them all: a start, then a shortlist of pairs.

A quarter of a million contractors have tens of millions of pairs, and a plan uses a handful for
each. A plan that is made part by part (see `solver.search.parts`) and its prices tell which ones
are likely; the search then goes on from that plan and knows no others. The bound counts all pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from solver.instance import Instance, IntArray
from solver.model.group_state import drop_unreachable
from solver.model.open_problem import build_open_problem
from solver.policy import Tier
from solver.result import Assignments
from solver.search.clock import Clock
from solver.search.likely import find_pinned
from solver.search.parts import plan_in_parts
from solver.search.progress import Report
from solver.search.tier_search import TierSearch
from solver.search.whole_prover import build_whole_prover

MOST_PAIRS = 4_000_000
"""Pairs of an instance that is searched as a whole."""


def is_huge(instance: Instance) -> bool:
    """Whether only a shortlist of the pairs is searched."""
    return instance.num_pairs > MOST_PAIRS


def begin_huge(
    instance: Instance,
    tiers: Sequence[Tier],
    clock: Clock,
    *,
    pinned: Mapping[Tier, int],
    report: Report,
    earlier: Assignments | None,
) -> TierSearch:
    """Return a search that goes on from a plan made part by part.

    report   hears of the first tier
    earlier  a plan whose pairs stay on the shortlist
    """
    prover, brought = build_whole_prover(instance, clock.limits.workers), pinned[tiers[0]]
    start = plan_in_parts(
        instance,
        tiers,
        clock,
        lambda value, bound: report(value + brought, bound + brought),
        prover,
    )
    wanted = [find_pinned(instance), start.rows, start.near]
    if earlier is not None:
        rows = instance.find_rows(earlier.contractor, earlier.project)
        wanted.append(rows[rows >= 0])
    short = instance.select_pairs(np.unique(np.concatenate(wanted)))
    problem = drop_unreachable(build_open_problem(short))
    pair = problem.find_pairs(*_get_places(instance, start.rows))
    hours = np.zeros(problem.num_pairs, dtype=np.int64)
    hours[pair[pair >= 0]] = start.hours[pair >= 0]
    return TierSearch(problem, clock, dict(pinned), prover, known=start.prices, start=hours)


def _get_places(instance: Instance, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the contractor and the project of each row."""
    contractor, project = instance.pair_contractor[rows], instance.pair_project[rows]
    return contractor.astype(np.int64), project.astype(np.int64)
