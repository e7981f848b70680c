from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.solver.pairs import LAST_DAY, get_refusal, list_codes, make_pair_problem


@pytest.mark.parametrize(("held", "codes"), [(2, ["clearance"]), (3, []), (4, [])])
def test_clearance_asks_for_the_level(held: int, codes: list[str]) -> None:
    problem = make_pair_problem(contractor={"clearance": held}, project={"clearance": 3})

    assert list_codes(problem) == codes


def test_clearance_names_both_levels() -> None:
    refusal = get_refusal(make_pair_problem(contractor={"clearance": 2}, project={"clearance": 3}))

    assert refusal.reason == "clearance 2 held, 3 needed"
    assert refusal.unlock == "raise clearance from 2 to 3"


@pytest.mark.parametrize(
    ("expires_on", "codes"),
    [
        (LAST_DAY, []),
        (LAST_DAY - timedelta(days=1), ["clearance_expiry"]),
        (None, []),
        (date(2020, 1, 1), ["clearance_expiry"]),
    ],
    ids=["last day", "day before", "never expires", "long ago"],
)
def test_clearance_expiry_covers_the_horizon(expires_on: date | None, codes: list[str]) -> None:
    problem = make_pair_problem(
        contractor={"clearance": 1, "clearance_expires_on": expires_on}, project={"clearance": 1}
    )

    assert list_codes(problem) == codes


@pytest.mark.parametrize(("day", "codes"), [(20, []), (19, ["clearance_expiry"])])
def test_clearance_expiry_ends_with_a_project_that_ends_first(day: int, codes: list[str]) -> None:
    problem = make_pair_problem(
        contractor={"clearance": 1, "clearance_expires_on": date(2026, 12, day)},
        project={"clearance": 1, "ends_on": date(2026, 12, 20)},
    )

    assert list_codes(problem) == codes


def test_clearance_expiry_does_not_ask_where_no_clearance_is_needed() -> None:
    problem = make_pair_problem(contractor={"clearance_expires_on": date(2020, 1, 1)})

    assert list_codes(problem) == []


def test_clearance_expiry_says_until_when() -> None:
    problem = make_pair_problem(
        contractor={"clearance": 1, "clearance_expires_on": date(2026, 12, 1)},
        project={"clearance": 1},
    )

    refusal = get_refusal(problem)

    assert refusal.reason == "clearance expires on 2026-12-01, needed through 2027-01-17"
    assert refusal.unlock == "renew clearance, expires 2026-12-01"


@pytest.mark.parametrize(
    ("held", "needed", "codes"),
    [
        ("", "", []),
        ("ALPHA", "", []),
        ("ALPHA|BETA", "BETA", []),
        ("ALPHA|BETA", "ALPHA|BETA", []),
        ("ALPHA", "ALPHA|BETA", ["compartment"]),
        ("ALPHABETA", "ALPHA", ["compartment"]),
        ("", "ALPHA", ["compartment"]),
    ],
)
def test_compartment_asks_for_all_of_them(held: str, needed: str, codes: list[str]) -> None:
    problem = make_pair_problem(contractor={"compartments": held}, project={"compartments": needed})

    assert list_codes(problem) == codes


def test_compartment_names_the_missing_ones() -> None:
    problem = make_pair_problem(
        contractor={"compartments": "BETA"}, project={"compartments": "ALPHA|BETA|GAMMA"}
    )

    assert get_refusal(problem).unlock == "grant access to compartment ALPHA, GAMMA"
