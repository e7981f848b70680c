"""The ledger never books what breaks a rule, and the greedy plan is what it says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solver.checker import check
from solver.instance import Instance
from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.result import Assignments
from solver.search.ledger import Ledger, build_greedy_plan
from solver.search.scoring import find_covered, score
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

unpinned = tiny_instances().filter(lambda one: not len(one.pins))


def build_assignments(problem: OpenProblem, ledger: Ledger) -> Assignments:
    return Assignments.build(
        [
            (int(problem.contractor[pair]), int(problem.project[pair]), hours)
            for pair, hours in enumerate(ledger.hours)
            if hours
        ]
    )


@given(instance=unpinned, data=st.data())
def test_filled_plans_keep_every_rule(instance: Instance, data: st.DataObject) -> None:
    problem = build_open_problem(instance)
    order = data.draw(st.permutations(range(problem.num_pairs)))
    ledger = Ledger(problem)
    ledger.fill(np.array(order, dtype=np.int64))
    plan = build_assignments(problem, ledger)
    report = check(instance, plan)
    assert report.ok
    assert all(ledger.find_room(pair) <= 0 for pair in order)
    scored = score(problem, ledger.get_plan())
    covered = int((problem.days_needed <= 0).sum())
    assert {
        tier: value + covered * (tier is Tier.COVERAGE) for tier, value in scored.items()
    } == dict(report.values)
    assert find_covered(problem, ledger.get_plan()).sum() + covered == report.values[Tier.COVERAGE]


def test_bundle_is_booked_whole_or_not_at_all() -> None:
    problem = build_open_problem(
        build_instance([Contractor(lost_hours=10)] * 2, [Project(), Project(open_hours=(3, 9))])
    )
    ledger = Ledger(problem)
    assert not ledger.add_bundle([0, 1], [5, 4])
    assert ledger.hours == [0, 0, 0, 0]
    assert ledger.find_room(0) == 10
    assert ledger.add_bundle([0, 1], [5, 3])
    assert not ledger.add_bundle([3], [1])


def test_greedy_plan_takes_the_best_fit_first() -> None:
    instance = build_instance(
        [Contractor(lost_hours=10)] * 2,
        [Project(open_hours=(12, 12))],
        [(0, 0, 3, 1), (1, 0, 8, 1)],
    )
    assert build_greedy_plan(build_open_problem(instance)).tolist() == [2, 10]
