"""Every tier of a solve against every plan there is, on random tiny instances."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.checker import check
from solver.instance import Instance
from solver.policy import Policy, Tier
from solver.result import Assignments, SolveLimits, Status
from solver.search import solve
from tests.solver.brute_force import find_reached, list_bundles, list_plan_values
from tests.solver.instances import tiny_instances

LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    tiers = draw(st.sampled_from(list(permutations(Tier))))
    shares = st.sampled_from([0.0, 0.0, 0.1, 0.29, 0.5])
    return Policy("drawn", tiers, tolerances={tier: draw(shares) for tier in tiers})


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances(), policy=policies())
def test_solve_reaches_the_best_plan_of_every_tier(instance: Instance, policy: Policy) -> None:
    solution = solve(instance, policy, LIMITS)
    assert solution.assignments is not None
    assert solution.status is Status.OPTIMAL
    assert {row.tier: row.reached for row in solution.tiers} == find_reached(instance, policy)
    assert check(instance, solution.assignments).values == {
        row.tier: row.value for row in solution.tiers
    }
    for row in solution.tiers:
        assert row.value is not None
        assert row.reached is not None
        assert policy.get_least_value(row.tier, row.reached) <= row.value


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_checker_and_brute_force_agree_on_every_lone_bundle(instance: Instance) -> None:
    values = {tuple(row) for row in list_plan_values(instance).tolist()}
    if len(instance.pins):
        return
    for contractor in range(instance.num_contractors):
        for bundle in list_bundles(instance, contractor):
            rows = [(contractor, project, hours) for project, hours in bundle.items()]
            report = check(instance, Assignments.build(rows))
            scored = tuple(report.values[tier] for tier in Tier)
            assert not report.ok or scored in values
            alone = {violation.code for violation in report.violations}
            assert alone <= {"open_hours", "seats", "budget"}


@pytest.mark.parametrize("tiers", list(permutations(Tier)))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_two_workers_reach_the_same_values(tiers: tuple[Tier, ...], instance: Instance) -> None:
    policy = Policy("drawn", tiers)
    solution = solve(instance, policy, SolveLimits(time_limit_s=60, gap=0.0, workers=2))
    assert {row.tier: row.reached for row in solution.tiers} == find_reached(instance, policy)
