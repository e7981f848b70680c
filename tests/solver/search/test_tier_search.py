"""What a search keeps when its time is over before it begins."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.ledger import build_greedy_plan
from solver.search.tier_search import TierSearch
from tests.solver.crowds import build_clock, draw_crowd, score_checked

GOAL = Goal(Tier.COVERAGE, {})


def search_out_of_time(
    problem: OpenProblem, *, start: IntArray | None = None, baseline: IntArray | None = None
) -> tuple[IntArray, int]:
    """Return the plan and what was reported of it."""
    clock = build_clock(work=1.0)
    clock.add_work(2.0)
    search = TierSearch(problem, clock, dict.fromkeys(Tier, 0), start=start)
    reported: list[int] = []
    search.raise_tier(
        GOAL,
        1.0,
        baseline=baseline,
        report=lambda value, _bound: reported.append(value),
        following=Tier.HOURS,
    )
    return search.hours, reported[-1]


@pytest.mark.parametrize("kept", ["start", "baseline"])
def test_plan_at_hand_stays_when_the_time_is_over_bug(kept: str) -> None:
    problem = build_open_problem(draw_crowd(1))
    good = build_greedy_plan(problem)
    poor = good.copy()
    poor[np.flatnonzero(good)[1:]] = 0
    plans = {"start": poor, "baseline": poor} | {kept: good}
    hours, reported = search_out_of_time(problem, start=plans["start"], baseline=plans["baseline"])
    assert hours.tolist() == good.tolist()
    assert reported == score_checked(problem, good)[Tier.COVERAGE] > 1


def test_poor_plan_at_hand_stays_and_none_makes_way_for_the_greedy_one() -> None:
    problem = build_open_problem(draw_crowd(1))
    good = build_greedy_plan(problem)
    poor = np.zeros_like(good)
    poor[np.flatnonzero(good)[:1]] = good[np.flatnonzero(good)[:1]]
    assert search_out_of_time(problem, start=poor)[0].tolist() == poor.tolist()
    assert search_out_of_time(problem)[0].tolist() == good.tolist()
