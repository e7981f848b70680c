"""Columns of the master problem: what they add, which are the same, and the way to plans."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import IntArray
from solver.model.open_problem import OpenProblem, build_open_problem, select_pairs
from solver.model.project_sets import MAX_SET_SIZE, ProjectSets, build_project_sets
from solver.policy import Tier
from solver.search.bundle_columns import (
    ELSEWHERE,
    NO_MEMBER,
    Columns,
    build_near_columns,
    build_plan_columns,
    hash_bundles,
    hash_sets,
    join,
)
from solver.search.near_sets import NetWorth
from solver.search.scoring import find_covered, score
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.lagrange import list_priced_bundles
from tests.solver.search.test_exact_bounds import Priced, draw_priced

NUMBERS = range(0, 150, 50)
EVERY = 10**9


def list_sets(problem: OpenProblem) -> list[ProjectSets]:
    return [build_project_sets(problem, size) for size in range(1, MAX_SET_SIZE + 1)]


def get_scaled_worth(one: Priced) -> NetWorth:
    prices = one.scaled.prices
    return NetWorth(
        one.resources.get_gain(prices),
        one.resources.get_setup(prices),
        float(prices.tiers[Tier.COVERAGE]),
    )


def build_every(one: Priced) -> Columns:
    """Return the best bundle of every set."""
    return build_near_columns(
        list_sets(one.problem), get_scaled_worth(one), np.inf, most=EVERY, only_covering=False
    )[0]


def build_columns(problem: OpenProblem, *rows: dict[int, int]) -> Columns:
    """Return a column for each row of hours by pair, all of them of the pairs' contractors."""
    members = np.full((len(rows), MAX_SET_SIZE), NO_MEMBER, dtype=np.int64)
    hours = np.zeros_like(members)
    covered = []
    for number, row in enumerate(rows):
        plan = np.zeros(problem.num_pairs, dtype=np.int64)
        for place, (pair, worked) in enumerate(row.items()):
            members[number, place], hours[number, place] = pair, worked
            plan[pair] = worked
        owner = problem.contractor[members[number, 0]]
        covered.append(bool(find_covered(problem, plan)[owner]))
    contractor = problem.contractor[members[:, 0]]
    return Columns(problem, contractor, members, hours, np.array(covered))


def build_four() -> OpenProblem:
    return build_open_problem(build_instance([Contractor()] * 3, [Project()] * 4))


@pytest.mark.parametrize("first", NUMBERS)
def test_values_are_what_the_plan_of_the_column_scores(first: int) -> None:
    for one in draw_priced(first):
        columns = build_every(one)
        values = {tier: columns.get_values(tier).tolist() for tier in Tier}
        for number in range(len(columns)):
            plan = columns.get_hours(np.array([number]))
            scored = score(one.problem, plan)
            assert {tier: values[tier][number] for tier in Tier} == scored


@pytest.mark.parametrize("first", NUMBERS)
def test_misses_are_measured_from_the_best_bundle_of_all(first: int) -> None:
    met = 0
    for one in draw_priced(first):
        if (one.instance.max_projects > MAX_SET_SIZE).any():
            continue
        columns, misses = build_near_columns(
            list_sets(one.problem), get_scaled_worth(one), np.inf, most=EVERY, only_covering=False
        )
        prices = one.scaled.prices
        gain, setup = one.resources.get_gain(prices), one.resources.get_setup(prices)
        bonus = int(prices.tiers[Tier.COVERAGE])
        for number in range(len(columns)):
            plan = columns.get_hours(np.array([number]))
            worth = int((gain * plan).sum() - setup[plan > 0].sum())
            worth += bonus * int(columns.covered[number])
            contractor = int(columns.contractor[number])
            bundles = list_priced_bundles(one.instance, contractor, prices)
            best = max(bundle.worth for bundle in bundles)
            # Sets whose weeks differ may promise hours that no plan has.
            if one.instance.active.all() or one.instance.max_projects.max() < MAX_SET_SIZE:
                assert misses[number] == pytest.approx(best - worth, abs=1e-6 * max(best, 1))
                met += 1
    assert met > 100


@pytest.mark.parametrize("first", NUMBERS)
def test_near_columns_are_those_within_the_slack(first: int) -> None:
    for one in draw_priced(first):
        groups, worth = list_sets(one.problem), get_scaled_worth(one)
        every, misses = build_near_columns(groups, worth, np.inf, most=EVERY, only_covering=False)
        slack = float(np.median(misses))
        near, missed = build_near_columns(groups, worth, slack, most=EVERY, only_covering=False)
        expected = every.select(misses <= slack)
        assert set(hash_bundles(expected)) <= set(hash_bundles(near))
        assert (missed <= slack).all()
        covering, _ = build_near_columns(groups, worth, slack, most=EVERY, only_covering=True)
        assert covering.covered.all()
        assert len(covering) == near.covered.sum()


def test_too_many_columns_leave_the_nearest() -> None:
    problem = build_open_problem(
        build_instance([Contractor(max_projects=1)] * 2, [Project(max_hours=10)] * 4)
    )
    gain = np.array([1.0, 9.0, 3.0, 7.0, 2.0, 8.0, 8.0, 4.0])
    worth = NetWorth(gain, np.zeros(8), 0.0)
    columns, misses = build_near_columns(
        [build_project_sets(problem, 1)], worth, 1e9, most=4, only_covering=False
    )
    assert sorted(columns.members[:, 0].tolist()) == [1, 3, 5, 6, 7]
    assert sorted(misses.tolist()) == [0, 0, 0, 20, 40]


def draw_members(random: np.random.Generator, count: int) -> IntArray:
    """Return int64[count, k]: distinct random sets of one to three of a million pairs."""
    rows = {
        tuple(sorted(set(random.integers(0, size, MAX_SET_SIZE).tolist())))
        for size in (40, 10**6)
        for _ in range(count)
    }
    table = np.full((len(rows), MAX_SET_SIZE), NO_MEMBER, dtype=np.int64)
    for number, row in enumerate(sorted(rows)):
        table[number, : len(row)] = row
    return table


def test_sets_hash_the_same_in_any_order_and_width() -> None:
    random = np.random.default_rng(1)
    members = draw_members(random, 3000)
    shuffled = random.permuted(members, axis=1)
    wider = np.pad(shuffled, ((0, 0), (0, 2)), constant_values=NO_MEMBER)
    assert (shuffled != members).any()
    assert hash_sets(shuffled).tolist() == hash_sets(members).tolist()
    assert hash_sets(wider).tolist() == hash_sets(members).tolist()


def test_no_two_of_thousands_of_sets_hash_the_same() -> None:
    members = draw_members(np.random.default_rng(2), 20_000)
    assert len(members) > 25_000
    assert len(np.unique(hash_sets(members))) == len(members)


def test_bundles_hash_by_members_with_their_hours_in_any_order() -> None:
    columns = build_columns(
        build_four(), {0: 3, 1: 5}, {1: 5, 0: 3}, {0: 5, 1: 3}, {0: 3, 1: 5, 2: 1}, {0: 3}
    )
    keys = hash_bundles(columns).tolist()
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    sets = hash_sets(columns.members).tolist()
    assert sets[0] == sets[1] == sets[2]


def test_no_two_of_thousands_of_bundles_hash_the_same() -> None:
    problem = build_four()
    members = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]])
    hours = np.stack(np.meshgrid(*[np.arange(1, 21)] * 3), axis=-1).reshape(-1, 3)
    every = np.repeat(members, len(hours), axis=0)
    worked = np.tile(hours, (len(members), 1))
    flags = np.ones(len(every), dtype=np.bool_)
    columns = Columns(problem, np.zeros(len(every), dtype=np.int64), every, worked, flags)
    assert len(np.unique(hash_bundles(columns))) == len(every) == 32_000


def test_join_drops_twins_and_keeps_the_order() -> None:
    problem = build_four()
    first = build_columns(problem, {8: 2}, {0: 3, 1: 5}, {4: 1})
    second = build_columns(problem, {1: 5, 0: 3}, {5: 1}, {8: 2}, {8: 3})
    joined = join([first, second])
    assert joined.members[:, 0].tolist() == [8, 0, 4, 5, 8]
    assert joined.hours[:, 0].tolist() == [2, 3, 1, 1, 3]
    assert joined.contractor.tolist() == [2, 0, 1, 1, 2]


@pytest.mark.parametrize("first", NUMBERS)
def test_plan_columns_give_the_plan_back(first: int) -> None:
    for one in draw_priced(first):
        columns = build_every(one)
        random = np.random.default_rng(first)
        order = random.permutation(len(columns))
        _, places = np.unique(columns.contractor[order], return_index=True)
        plan = columns.get_hours(order[places])
        back = build_plan_columns(one.problem, plan)
        assert back.get_hours(np.ones(len(back), dtype=np.bool_)).tolist() == plan.tolist()
        assert len(back) == len(places)
        total = {tier: int(back.get_values(tier).sum()) for tier in Tier}
        assert total == score(one.problem, plan)
        chosen = columns.select(order[places])
        assert sorted(hash_bundles(back)) == sorted(hash_bundles(chosen))


def test_bundles_of_more_projects_are_no_plan_columns() -> None:
    instance = build_instance([Contractor(max_projects=4), Contractor()], [Project()] * 4)
    problem = build_open_problem(instance)
    columns = build_plan_columns(problem, np.array([1, 1, 1, 1, 2, 0, 0, 3]))
    assert columns.contractor.tolist() == [1]
    assert columns.members.tolist() == [[4, 7, NO_MEMBER]]
    assert columns.hours.tolist() == [[2, 3, 0]]


def test_today_costs_a_column_no_switch() -> None:
    instance = build_instance([Contractor()], [Project()] * 2, switch_cost=7, today=[(0, 0)])
    problem = build_open_problem(instance)
    columns = build_columns(problem, {0: 1}, {1: 1}, {0: 1, 1: 1})
    assert columns.get_values(Tier.FIT).tolist() == [10, 3, 13]


def test_sets_given_twice_are_one_column_each_with_its_own_miss() -> None:
    dropped = 0
    for one in draw_priced(0):
        groups, worth = list_sets(one.problem), get_scaled_worth(one)
        some = [sets.select(np.arange(len(sets)) % 2 == 1) for sets in groups]
        once, missed = build_near_columns(groups, worth, np.inf, most=EVERY, only_covering=False)
        twice, misses = build_near_columns(
            [some[1], *groups, *some], worth, np.inf, most=EVERY, only_covering=False
        )
        assert len(twice) == len(misses) == len(once)
        expected = dict(zip(hash_bundles(once).tolist(), missed.tolist(), strict=True))
        found = dict(zip(hash_bundles(twice).tolist(), misses.tolist(), strict=True))
        assert found == expected
        dropped += sum(map(len, some))
    assert dropped > 50


def test_columns_move_to_a_part_and_those_with_a_pair_elsewhere_are_dropped() -> None:
    problem = build_four()
    columns = build_columns(problem, {0: 3, 2: 5}, {0: 1, 1: 2}, {4: 4}, {8: 6, 11: 7})
    place = np.full(problem.num_pairs + 1, ELSEWHERE)
    kept = np.array([0, 2, 8, 11])
    place[kept], place[-1] = np.arange(4), NO_MEMBER
    part = select_pairs(problem, kept)
    moved = columns.move(part, place)
    assert moved.problem is part
    assert moved.members.tolist() == [[0, 1, NO_MEMBER], [2, 3, NO_MEMBER]]
    assert moved.hours.tolist() == [[3, 5, 0], [6, 7, 0]]
    assert moved.contractor.tolist() == [0, 2]
    assert moved.covered.tolist() == columns.covered[[0, 3]].tolist()
