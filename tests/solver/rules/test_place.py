from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.rules.place import measure_utc_distance
from tests.solver.pairs import get_refusal, list_codes, make_pair_problem


@pytest.mark.parametrize(
    ("country", "countries", "codes"),
    [
        ("FR", "", []),
        ("", "", []),
        ("FR", "DE|FR", []),
        ("FR", "DE|US", ["country"]),
        ("", "DE|FR", ["country"]),
        ("D", "DE", ["country"]),
    ],
)
def test_country_asks_for_one_of_the_list(country: str, countries: str, codes: list[str]) -> None:
    problem = make_pair_problem(contractor={"country": country}, project={"countries": countries})

    assert list_codes(problem) == codes


def test_country_names_the_country() -> None:
    problem = make_pair_problem(contractor={"country": "FR"}, project={"countries": "US|DE"})

    assert get_refusal(problem).reason == "works from FR, DE, US allowed"
    assert get_refusal(problem).unlock == "allow FR on Code P1"


def test_country_says_that_it_is_missing() -> None:
    refusal = get_refusal(make_pair_problem(project={"countries": "DE"}))

    assert refusal.reason == "country is missing, DE allowed"
    assert refusal.unlock == "fill in the contractor's country"


@pytest.mark.parametrize(
    ("held", "wanted", "farthest", "codes"),
    [
        (0.0, 3.0, 3.0, []),
        (0.0, 3.01, 3.0, ["utc_distance"]),
        (5.75, 0.0, 5.75, []),
        (12.0, -12.0, 0.0, []),
        (14.0, -12.0, 2.0, []),
        (14.0, -12.0, 1.99, ["utc_distance"]),
        (11.0, -11.0, 2.0, []),
        (None, 3.0, 12.0, ["utc_distance"]),
        (None, None, 3.0, []),
        (None, 3.0, None, []),
        (-8.0, 9.0, None, []),
        (-8.0, None, 1.0, []),
    ],
)
def test_utc_distance_goes_around_the_clock(
    held: float | None, wanted: float | None, farthest: float | None, codes: list[str]
) -> None:
    problem = make_pair_problem(
        contractor={"utc_offset": held},
        project={"utc_offset": wanted, "max_utc_distance": farthest},
    )

    assert list_codes(problem) == codes


def test_utc_distance_names_the_hours() -> None:
    problem = make_pair_problem(
        contractor={"utc_offset": 5.5}, project={"utc_offset": -8.0, "max_utc_distance": 4.0}
    )

    assert get_refusal(problem).reason == "10.5 hours apart, 4 allowed"
    assert get_refusal(problem).unlock == ("allow 10.5 hours between time zones on Code P1, 4 now")


def test_utc_distance_says_that_the_offset_is_missing() -> None:
    refusal = get_refusal(make_pair_problem(project={"utc_offset": 1.0, "max_utc_distance": 4.0}))

    assert refusal.reason == "time zone is missing, at most 4 hours apart allowed"
    assert refusal.unlock == "fill in the contractor's time zone"


@given(st.integers(-12 * 60, 14 * 60), st.integers(-12 * 60, 14 * 60))
def test_measure_utc_distance_is_the_shorter_way(one: int, other: int) -> None:
    seconds = measure_utc_distance(np.array([one * 60]), np.array([other * 60]))[0]

    assert 0 <= seconds <= 12 * 3600
    assert seconds // 60 in {(one - other) % 1440, (other - one) % 1440}
