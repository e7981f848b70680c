"""The tiny market instances against all their plans: sixty contractors, ten projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from solver.instance_file import read_instance
from solver.policy import BEST_FIT, CLIENTS_FIRST, PEOPLE_FIRST, Policy
from solver.result import SolveLimits, Status
from solver.search import solve
from tests.solver.brute_force import find_reached
from tests.solver.enumeration import find_best_worth, weigh_tiers
from tests.solver.tiny_draws import draw_case

_FOLDER = Path(__file__).parents[3] / "benchmarks" / "instances" / "market"


@pytest.mark.parametrize(
    "policy", [PEOPLE_FIRST, CLIENTS_FIRST, BEST_FIT], ids=lambda one: one.name
)
@pytest.mark.parametrize("name", ["T1", "T2"])
def test_no_plan_of_a_tiny_market_is_better(name: str, policy: Policy) -> None:
    instance, _ = read_instance(_FOLDER / f"{name}.json.gz")
    solution = solve(instance, policy, SolveLimits(time_limit_s=60, gap=0.0))
    assert solution.status is Status.OPTIMAL
    weights = weigh_tiers(instance, policy)
    reached = {row.tier: row.reached for row in solution.tiers}
    claimed = sum(weights[tier] * (value or 0) for tier, value in reached.items())
    assert find_best_worth(instance, weights, claimed + 1) is None


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_cutting_off_leaves_the_best_that_plain_brute_force_finds(first: int) -> None:
    for number in range(first, first + 20):
        case = draw_case(number)
        policy = Policy("strict", case.policy.tiers)
        weights = weigh_tiers(case.instance, policy)
        reached = find_reached(case.instance, policy)
        best = sum(weights[tier] * value for tier, value in reached.items())
        assert find_best_worth(case.instance, weights, best) == best
        assert find_best_worth(case.instance, weights, best - 7) == best
        assert find_best_worth(case.instance, weights, best + 1) is None
