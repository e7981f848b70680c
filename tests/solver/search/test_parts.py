"""A huge instance is planned part by part: every limit is cut into pieces, none is used twice."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from solver.checker import check
from solver.instance import NO_LIMIT, Instance
from solver.model.open_problem import build_open_problem
from solver.policy import PEOPLE_FIRST, Tier
from solver.result import Assignments, Control, Progress, SolveLimits
from solver.search import huge, parts, solve
from solver.search.clock import Clock
from solver.search.huge import is_huge
from solver.search.likely import find_likely
from solver.search.parts import Start, plan_in_parts
from solver.search.prices import build_zero_prices
from solver.search.whole_prover import build_whole_prover
from tests.solver.crowds import build_clock, draw_crowd
from tests.solver.instances import Contractor, Project, build_instance

TIERS = (Tier.COVERAGE, Tier.HOURS, Tier.FIT)
_small_parts = patch.multiple(parts, _PART_PAIRS=40, _LIKELY=5, _NEAR=2, _FEWEST_PEOPLE=2)


def ignore(_value: int, _bound: int) -> None:
    pass


def build_start(instance: Instance, clock: Clock | None = None) -> Start:
    with _small_parts:
        prover = build_whole_prover(instance, 2)
        return plan_in_parts(instance, TIERS, clock or build_clock(work=1.0), ignore, prover)


def build_choice() -> Instance:
    """Two contractors, five roomy projects, the later ones worth more."""
    projects = [Project(open_hours=(99, 99), priority=number) for number in range(1, 6)]
    return build_instance([Contractor()] * 2, projects)


@pytest.mark.parametrize(("most", "huge_or_not"), [(9, True), (10, False)])
def test_only_more_pairs_than_the_limit_are_huge(most: int, *, huge_or_not: bool) -> None:
    with patch.object(huge, "MOST_PAIRS", most):
        assert is_huge(build_choice()) is huge_or_not


@pytest.mark.parametrize("most", [1, 2, 5])
def test_likely_pairs_are_the_best_of_each_contractor(most: int) -> None:
    problem = build_open_problem(build_choice())
    prices = build_zero_prices(problem, {Tier.COVERAGE: 0.0, Tier.HOURS: 1.0, Tier.FIT: 0.0})
    best = find_likely(problem, prices, most)
    assert best.tolist() == [5 * one + place for one in range(2) for place in range(5 - most, 5)]


@pytest.mark.parametrize("number", range(4))
def test_parts_together_break_no_rule(number: int) -> None:
    instance = draw_crowd(number)
    start = build_start(instance)
    assert len(np.unique(start.rows)) == len(start.rows) > 0
    pairs = instance.pair_contractor[start.rows], instance.pair_project[start.rows]
    rows = np.stack([*pairs, start.hours], axis=1).tolist()
    pinned = {(one, other) for one, other, _ in instance.pins.tolist()}
    assert not pinned & {(one, other) for one, other, _ in rows}
    plan = Assignments.build(sorted(map(tuple, [*rows, *instance.pins.tolist()])))
    report = check(instance, plan)
    assert report.ok, report.violations


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_pieces_of_a_limit_are_the_limit(count: int) -> None:
    projects = [
        Project(open_hours=(hours, hours + 1), seats=seats, max_hours=10, budget_cents=budget)
        for hours, seats, budget in ((35, 3, 999), (400, 40, NO_LIMIT), (1, NO_LIMIT, 5))
    ]
    instance = build_instance([Contractor()] * 2, projects)
    limits = build_open_problem(instance)
    with patch.object(parts, "_FEWEST_PEOPLE", 1):
        shares = parts._draw_shares(limits, count, np.random.default_rng(count))
    assert shares.shape == (3, count)
    # Three people fit on the first project, so at most three parts get a piece.
    assert shares.max(axis=1).tolist() == [min(count, 3), count, 1]
    pieces = [parts._cut_limits(limits, shares, number) for number in range(count)]
    assert np.array_equal(sum(piece.hour_days for piece in pieces), limits.hour_days)
    known = limits.seats != NO_LIMIT
    assert (sum(piece.seats[known] for piece in pieces) == limits.seats[known]).all()
    assert all((piece.seats[~known] == NO_LIMIT).all() for piece in pieces)
    known = limits.budget_cents != NO_LIMIT
    assert (sum(piece.budget_cents[known] for piece in pieces) == limits.budget_cents[known]).all()


def test_people_of_a_team_are_in_one_part() -> None:
    contractors = [Contractor(team=f"team {number // 3}") for number in range(30)]
    instance = build_instance(contractors, [Project()])
    part = parts._draw_parts(instance, 5, np.random.default_rng(1))
    assert all(len(set(part[at : at + 3].tolist())) == 1 for at in range(0, 30, 3))
    assert len(set(part.tolist())) > 2


def test_stop_leaves_the_parts_that_were_done() -> None:
    instance = draw_crowd(1)
    heard: list[int] = []
    clock = Clock(SolveLimits(time_limit_s=60, workers=1, work_limit=1.0), lambda: len(heard) > 1)
    with _small_parts:
        start = plan_in_parts(
            instance,
            TIERS,
            clock,
            lambda value, _bound: heard.append(value),
            build_whole_prover(instance, 2),
        )
    whole = build_start(instance)
    assert 0 < len(start.rows) < len(whole.rows)


def test_progress_of_parts_only_rises_and_bounds_hold() -> None:
    instance = draw_crowd(2)
    heard: list[Progress] = []
    with patch.object(huge, "MOST_PAIRS", 0), _small_parts:
        limits = SolveLimits(time_limit_s=60, workers=1, work_limit=1.0)
        solution = solve(instance, PEOPLE_FIRST, limits, Control(heard.append))
    told = [(one.value or 0, one.bound or 0) for one in heard if one.tier is Tier.COVERAGE]
    values = [value for value, _ in told]
    assert values == sorted(values)
    assert len(set(values)) > 2
    reached = solution.tiers[0].value
    assert reached is not None
    assert values[-1] == reached <= min(bound for _, bound in told)
