from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.policy import PEOPLE_FIRST
from solver.rules.pay import format_money
from tests.solver.pairs import get_refusal, list_codes, make_pair_problem


def test_currency_allows_the_same() -> None:
    problem = make_pair_problem(contractor={"currency": "EUR"}, project={"currency": "EUR"})

    assert list_codes(problem) == []


def test_currency_refuses_another() -> None:
    refusal = get_refusal(make_pair_problem(contractor={"currency": "EUR"}))

    assert refusal.code == "currency"
    assert refusal.reason == "paid in EUR, the project pays in USD"
    assert refusal.unlock == "pay EUR on Code P1"


@pytest.mark.parametrize(
    ("project_rate", "own_rate", "least", "codes"),
    [
        (4500, 4000, 4500, []),
        (4499, 4000, 4500, ["min_pay"]),
        (4499, 4000, None, []),
        (None, 4000, 4000, []),
        (None, 4000, 4001, ["min_pay"]),
    ],
    ids=["reached", "a cent short", "asks nothing", "own rate", "own rate too low"],
)
def test_min_pay_asks_for_the_least_rate(
    project_rate: int | None, own_rate: int, least: int | None, codes: list[str]
) -> None:
    problem = make_pair_problem(
        contractor={"pay_rate_cents": own_rate, "min_pay_rate_cents": least},
        project={"pay_rate_cents": project_rate},
    )

    assert list_codes(problem) == codes


def test_min_pay_names_both_rates() -> None:
    problem = make_pair_problem(
        contractor={"min_pay_rate_cents": 4505}, project={"pay_rate_cents": 4000}
    )

    assert get_refusal(problem).reason == (
        "40.00 an hour offered, 45.05 needed (the contractor's least)"
    )
    assert get_refusal(problem).unlock == "pay 45.05 USD an hour on Code P1, 40.00 now"


@pytest.mark.parametrize(("rate", "codes"), [(3200, []), (3199, ["pay_cut"]), (9000, [])])
def test_pay_cut_allows_a_fifth_less(rate: int, codes: list[str]) -> None:
    assert list_codes(make_pair_problem(project={"pay_rate_cents": rate})) == codes


def test_pay_cut_names_the_policy() -> None:
    refusal = get_refusal(make_pair_problem(project={"pay_rate_cents": 3000}))

    assert refusal.reason == "30.00 an hour offered, 32.00 needed (a cut of 20 % at most)"


@pytest.mark.parametrize(("rate", "codes"), [(3334, []), (3333, ["pay_cut"])])
def test_pay_cut_weighs_the_lost_rate_by_hours(rate: int, codes: list[str]) -> None:
    # (20 x 40.00 + 10 x 45.02) / 30 = 41.6733..; four fifths of it are 33.3387 an hour
    problem = make_pair_problem(
        project={"pay_rate_cents": rate},
        more_assignments=[{"project_id": "P0", "hours_per_week": 10, "pay_rate_cents": 4502}],
    )

    assert problem.affected.get_lost_rate(0) == Fraction(20 * 4000 + 10 * 4502, 30)
    assert list_codes(problem) == codes


@settings(max_examples=40)
@given(
    new=st.integers(0, 10**6),
    lost=st.integers(0, 10**6),
    cut=st.decimals(0, 1, places=3).map(float),
)
def test_pay_cut_is_exact(new: int, lost: int, cut: float) -> None:
    problem = make_pair_problem(
        project={"pay_rate_cents": new},
        lost={"pay_rate_cents": lost},
        policy=replace(PEOPLE_FIRST, max_pay_cut=cut),
    )

    too_low = new < (1 - Fraction(str(cut))) * lost

    assert list_codes(problem) == (["pay_cut"] if too_low else [])


def test_format_money_pads_the_cents() -> None:
    assert [format_money(cents) for cents in (0, 5, 450, 123456)] == [
        "0.00",
        "0.05",
        "4.50",
        "1234.56",
    ]
