"""The gap is one exact share of the bound, whatever the signs."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.certificate import build_certificate, find_false_claims
from solver.checker import check
from solver.policy import PEOPLE_FIRST, Tier
from solver.result import SolveLimits, Status, compute_gap
from solver.search import solve
from tests.solver.instances import Contractor, Project, build_instance

WHOLE = st.integers(-(2**58), 2**58)


@pytest.mark.parametrize(
    ("value", "bound", "gap"),
    [
        (0, 0, 0.0),
        (-3, 0, 3.0),
        (0, 1, 1.0),
        (-10, -5, 1.0),
        (-5, -5, 0.0),
        (-5, 5, 2.0),
        (99, 100, 0.01),
    ],
)
def test_gap_at_bounds_of_every_sign(value: int, bound: int, gap: float) -> None:
    assert compute_gap(value, bound) == gap


@given(WHOLE, WHOLE)
def test_gap_is_its_formula_finite_and_none_below_zero(one: int, other: int) -> None:
    value, bound = sorted((one, other))
    gap = compute_gap(value, bound)
    assert gap == float(Fraction(bound - value, max(1, abs(bound))))
    assert gap >= 0
    assert math.isfinite(gap)
    assert (gap == 0) == (value == bound)


@pytest.mark.parametrize(("fit", "reached"), [(-2, -200), (0, 0)])
def test_certificate_of_a_fit_at_or_below_zero_holds(fit: int, reached: int) -> None:
    instance = build_instance([Contractor()], [Project()], [(0, 0, fit, 1)])
    solution = solve(instance, PEOPLE_FIRST, SolveLimits(time_limit_s=60, gap=0.0))
    assert solution.assignments is not None
    report = check(instance, solution.assignments)
    built = build_certificate(
        input_hash="sha256:0", policy=PEOPLE_FIRST, horizon={}, solution=solution, report=report
    )
    claimed = json.loads(json.dumps(built, allow_nan=False))
    assert find_false_claims(claimed, report, "sha256:0") == []
    row = next(row for row in claimed["tiers"] if row["name"] == Tier.FIT)
    assert (row["value"], row["bound"], row["gap"]) == (reached, reached, 0.0)
    assert row["status"] == Status.OPTIMAL
