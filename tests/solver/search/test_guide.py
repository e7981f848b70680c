"""Who is worth moving, by the relaxation."""

from __future__ import annotations

import numpy as np
import pytest

from solver.instance import BoolArray, Instance, IntArray
from solver.model.open_problem import OpenProblem, build_open_problem, reserve, select_pairs
from solver.model.project_sets import MAX_SET_SIZE, build_project_sets
from solver.policy import Tier
from solver.search.ascent import Goal
from solver.search.bundle_columns import NO_MEMBER, Columns, build_near_columns
from solver.search.guide import Guide, find_loose
from solver.search.ledger import Ledger, build_greedy_plan
from solver.search.partition import Partitioner
from solver.search.prices import Resources, build_zero_prices
from solver.search.scoring import score
from solver.search.tightening import get_worth
from tests.solver.instances import Contractor, Project, build_instance
from tests.solver.search.test_exact_bounds import draw_priced


def build_guide(problem: OpenProblem, goal: Goal, premium: float, penalty: float = 1e3) -> Guide:
    """Return a guide that knows every set in its best hours."""
    resources = Resources(problem)
    prices = build_zero_prices(problem, dict.fromkeys(Tier, 0.0) | goal.weights)
    sets = [build_project_sets(problem, size) for size in range(1, MAX_SET_SIZE + 1)]
    columns, _ = build_near_columns(
        sets, get_worth(resources, prices), np.inf, most=10**9, only_covering=False
    )
    return Guide(resources, columns, goal, dict.fromkeys(goal.floors, penalty), premium)


def find(
    instance: Instance,
    rows: list[tuple[int, int, int]],
    premium: float,
    *,
    kept: tuple[int, ...] = (),
    staying: tuple[int, ...] = (),
) -> tuple[list[int], Columns | None]:
    """Return who is loose to raise hours, and to what.

    Pairs of the projects `kept` and of the contractors `staying` may not change.
    """
    problem = build_open_problem(instance)
    hours = build_hours(problem, rows)
    free = ~(np.isin(problem.project, kept) | np.isin(problem.contractor, staying))
    guide = build_guide(problem, Goal(Tier.HOURS, {}), premium)
    loose, support = find_loose(guide, hours, free, 1)
    return np.flatnonzero(loose).tolist(), support


def build_hours(problem: OpenProblem, rows: list[tuple[int, int, int]]) -> IntArray:
    hours = np.zeros(problem.num_pairs, dtype=np.int64)
    for contractor, project, worked in rows:
        hours[problem.find_pairs(np.array([contractor]), np.array([project]))] = worked
    return hours


def build_three(team: str = "") -> Instance:
    """Two projects; only the second one is worth much, and none runs out."""
    one = Contractor(max_projects=1, team=team)
    return build_instance([one, one, Contractor(max_projects=1)], [Project(), Project(priority=5)])


def find_served(problem: OpenProblem, hours: IntArray) -> BoolArray:
    served = np.zeros(len(problem.projects_left), dtype=np.bool_)
    served[problem.contractor[hours > 0]] = True
    return served


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_nobody_moves_at_a_huge_premium(first: int) -> None:
    staying = 0
    for one in draw_priced(first):
        hours = build_greedy_plan(one.problem)
        count = np.bincount(one.problem.contractor[hours > 0], minlength=len(one.problem.start))
        if count.max() > MAX_SET_SIZE:
            continue
        scored = score(one.problem, hours)
        floors = {tier: scored[tier] for tier in one.goal.floors}
        guide = build_guide(one.problem, Goal(one.goal.tier, floors), 1e7)
        loose, _ = find_loose(guide, hours, np.ones(one.problem.num_pairs, dtype=np.bool_), 1)
        served = find_served(one.problem, hours)
        assert not (loose & served).any()
        staying += int(served.sum())
    assert staying > 30


def test_who_is_plainly_placed_badly_moves_without_a_premium() -> None:
    rows = [(0, 1, 10), (1, 0, 10), (2, 1, 10)]
    loose, support = find(build_three(), rows, 0.0)
    assert loose == [1]
    assert support is not None
    assert support.contractor.tolist() == [1]
    assert support.problem.project[support.members[:, 0]].tolist() == [1]
    assert support.hours[:, 0].tolist() == [10]


def test_premium_decides_whether_a_gain_is_worth_a_move() -> None:
    rows = [(0, 1, 10), (1, 0, 10), (2, 1, 10)]
    gain = 400.0
    assert find(build_three(), rows, gain / 10)[0] == [1]
    assert find(build_three(), rows, gain * 10)[0] == []


def test_team_becomes_loose_together() -> None:
    rows = [(0, 1, 10), (1, 0, 10), (2, 1, 10)]
    assert find(build_three("blue"), rows, 0.0)[0] == [0, 1]


def test_who_has_nothing_is_loose_at_any_premium() -> None:
    loose, _ = find(build_three(), [(0, 1, 10), (1, 1, 10)], 1e7)
    assert loose == [2]


def test_pairs_that_may_not_change_are_not_offered() -> None:
    """The first contractor stays on the better project, the second one may not go there."""
    rows = [(0, 1, 10), (1, 0, 10)]
    loose, support = find(build_three(), rows, 0.0, kept=(1,))
    assert loose == [0, 2]
    assert support is not None
    assert support.contractor.tolist() == [2]
    assert support.problem.project[support.members[:, 0]].tolist() == [0]


@pytest.mark.parametrize(("seats", "offered"), [(1, {2}), (2, {1, 2})])
def test_who_stays_uses_up_limits(seats: int, offered: set[int]) -> None:
    instance = build_instance(
        [Contractor(max_projects=1)] * 3,
        [Project(), Project(priority=5, seats=seats), Project(priority=4)],
    )
    loose, support = find(instance, [(0, 1, 10), (1, 0, 10)], 0.0, staying=(0,))
    assert loose == [1, 2]
    assert support is not None
    assert set(support.problem.project[support.members[:, 0]].tolist()) == offered


def test_floors_of_the_plan_hold_who_would_move() -> None:
    """The better project cannot cover; only a penalty keeps who is covered where they are."""
    instance = build_instance(
        [Contractor(lost_hours=10, floor_hours=8, max_projects=1)],
        [Project(max_hours=8), Project(priority=5, max_hours=7)],
    )
    problem = build_open_problem(instance)
    hours, free = build_hours(problem, [(0, 0, 8)]), np.ones(2, dtype=np.bool_)
    goal = Goal(Tier.HOURS, {Tier.COVERAGE: 0})
    for penalty, moves in ((1.0, True), (1e4, False)):
        guide = build_guide(problem, goal, 0.0, penalty)
        assert find_loose(guide, hours, free, 1)[0].tolist() == [moves]


def test_floors_count_the_work_of_those_who_stay() -> None:
    """What somebody works who may not move lets nobody else off."""
    fits = [(0, 0, 1, 100), (1, 0, 1, 100), (1, 1, 50, 100)]
    instance = build_instance(
        [Contractor(max_projects=1)] * 2, [Project(max_hours=8), Project(max_hours=5)], fits
    )
    problem = build_open_problem(instance)
    hours = build_hours(problem, [(0, 0, 8), (1, 0, 8)])
    for penalty, moves in ((1.0, [1]), (1e4, [])):
        guide = build_guide(problem, Goal(Tier.FIT, {Tier.HOURS: 0}), 0.0, penalty)
        loose, _ = find_loose(guide, hours, problem.contractor == 1, 1)
        assert np.flatnonzero(loose).tolist() == moves


def test_who_would_be_split_is_loose() -> None:
    """The second contractor has the better project alone to go to: half of the first one's goes."""
    instance = build_instance(
        [Contractor(max_projects=1)] * 2,
        [Project(), Project(priority=5, open_hours=(15, 15))],
        [(0, 0, 1, 100), (0, 1, 1, 100), (1, 1, 1, 100)],
    )
    loose, support = find(instance, [(0, 1, 10)], 0.0)
    assert loose == [0, 1]
    assert support is not None
    assert sorted(support.contractor.tolist()) == [0, 0, 1]


def test_seeds_break_ties_differently() -> None:
    instance = build_instance([Contractor(max_projects=1)], [Project(), Project()])
    problem = build_open_problem(instance)
    hours, free = np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.bool_)
    guide = build_guide(problem, Goal(Tier.HOURS, {}), 1.0)
    offered = set()
    for seed in range(20):
        _, support = find_loose(guide, hours, free, seed)
        assert support is not None
        offered |= set(problem.project[support.members[:, 0]].tolist())
    assert offered == {0, 1}


def test_without_a_candidate_all_with_free_pairs_are_loose() -> None:
    instance = build_instance(
        [Contractor()] * 2, [Project(), Project()], [(0, 0, 1, 1), (0, 1, 1, 1)]
    )
    loose, support = find(instance, [(0, 0, 3)], 0.0, kept=(0,))
    assert loose == [0]
    assert support is None


def list_named(columns: Columns | None) -> set[tuple[tuple[int, int, int], ...]]:
    """Return the bundles by contractor, project and hours, whatever the problem's pairs are."""
    if columns is None:
        return set()
    problem, named = columns.problem, set()
    for row in range(len(columns)):
        _, pairs, hours = columns.select(np.array([row])).entries
        places = zip(
            problem.contractor[pairs].tolist(),
            problem.project[pairs].tolist(),
            hours.tolist(),
            strict=True,
        )
        named.add(tuple(sorted(places)))
    return named


@pytest.mark.parametrize("premium", [0.05, 1e3, 1e5])
def test_guide_of_a_part_finds_the_same_as_the_whole_one_where_only_the_part_is_free(
    premium: float,
) -> None:
    """With room in what the rest leaves, both see the same bundles and the same limits."""
    loosened = stayed = 0
    for number in range(12):
        random = np.random.default_rng(number)
        contractors = [Contractor(lost_hours=10, max_projects=2) for _ in range(12)]
        projects = [
            Project(open_hours=(60, 60), max_hours=10, seats=int(random.integers(3, 9)))
            for _ in range(6)
        ]
        pairs = [
            (one, other, int(random.integers(1, 99)), 100)
            for one in range(12)
            for other in range(6)
            if random.random() < 0.6
        ]
        problem = build_open_problem(build_instance(contractors, projects, pairs))
        ledger = Ledger(problem)
        for pair in random.permutation(problem.num_pairs)[:9].tolist():
            ledger.add_bundle([pair], [4])
        hours = ledger.get_plan()
        goal = Goal(Tier.FIT, {Tier.COVERAGE: 0})
        guide = build_guide(problem, goal, premium)
        for part in Partitioner(problem, random).cut(30, hours, Tier.HOURS):
            free = np.zeros(problem.num_pairs, dtype=np.bool_)
            free[part.pairs] = True
            if reserve(problem, hours, free)[1].tolist() != part.pairs.tolist():
                continue
            whole, support = find_loose(guide, hours, free, number)
            everyone = np.ones(len(part.pairs), dtype=np.bool_)
            small = guide.select(part.problem, part.pairs)
            loose, moved = find_loose(small, hours[part.pairs], everyone, number)
            assert loose.tolist() == whole.tolist()
            assert list_named(moved) == list_named(support)
            assert moved is None or moved.problem is part.problem
            served = find_served(part.problem, hours[part.pairs])
            loosened += int((loose & served).sum())
            stayed += int((~loose & served).sum())
    assert stayed > 20 or premium < 1e5
    assert loosened > 20 or premium > 1e3


def test_columns_of_a_part_are_those_without_a_member_elsewhere() -> None:
    problem = build_open_problem(build_instance([Contractor()] * 2, [Project()] * 3))
    guide = build_guide(problem, Goal(Tier.HOURS, {}), 0.0)
    kept = np.array([0, 2, 4])
    part = select_pairs(problem, kept)
    moved = guide.select(part, kept)
    assert moved.resources.problem is part
    assert moved.columns.problem is part
    names = {tuple((one, project) for one, project, _ in row) for row in list_named(moved.columns)}
    assert names == {((0, 0),), ((0, 2),), ((0, 0), (0, 2)), ((1, 1),)}
    assert ((moved.columns.members == NO_MEMBER) == (moved.columns.hours == 0)).all()
    assert list_named(moved.columns) < list_named(guide.columns)
    values = dict(zip(map(str, guide.columns.members), guide.columns.covered, strict=True))
    back = np.append(kept, NO_MEMBER)[moved.columns.members]
    assert [values[str(row)] for row in back] == moved.columns.covered.tolist()


def test_part_has_the_limits_that_the_rest_leaves() -> None:
    """One of two seats is taken by who stays; only one of the others can be offered the other."""
    instance = build_instance(
        [Contractor(max_projects=1)] * 3, [Project(), Project(priority=5, seats=2)]
    )
    problem = build_open_problem(instance)
    hours = build_hours(problem, [(0, 1, 10), (1, 0, 10), (2, 0, 10)])
    left, pairs = reserve(problem, hours, problem.contractor > 0)
    guide = build_guide(problem, Goal(Tier.HOURS, {}), 1.0).select(left, pairs)
    assert guide.resources.problem.seats.tolist()[1] == 1
    everyone = np.ones(len(pairs), dtype=np.bool_)
    loose, support = find_loose(guide, hours[pairs], everyone, 1)
    assert loose.sum() == 1
    assert support is not None
    assert len(support) == 1
