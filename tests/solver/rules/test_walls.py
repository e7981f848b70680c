from __future__ import annotations

from datetime import date, timedelta

import pytest

from solver.rules.walls import build_cooling_off
from tests.factories import Row, make_roster
from tests.solver.pairs import FIRST_DAY, PAUSE_DATE, get_refusal, list_codes, make_pair_problem

WALL: Row = {"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 30}
OF_K2: Row = {"project_id": "P2", "client_id": "K2"}


def test_wall_allows_without_a_competitor() -> None:
    problem = make_pair_problem(walls=[WALL])

    assert list_codes(problem) == []


@pytest.mark.parametrize(
    ("days_before", "codes"),
    [(29, ["wall"]), (30, ["wall"]), (31, [])],
    ids=["inside", "boundary day", "past it"],
)
def test_wall_waits_for_the_cooling_off(days_before: int, codes: list[str]) -> None:
    problem = make_pair_problem(
        walls=[WALL],
        more_projects=[OF_K2],
        more_assignments=[
            {
                "project_id": "P2",
                "starts_on": "2026-01-01",
                "ends_on": FIRST_DAY - timedelta(days=days_before),
                "status": "ended",
            }
        ],
    )

    assert list_codes(problem) == codes


@pytest.mark.parametrize("turned", [False, True])
def test_wall_is_symmetric(turned: bool) -> None:
    one, other = ("K0", "K1") if turned else ("K1", "K0")
    wall: Row = {"client_id": one, "competitor_id": other, "cooling_off_days": 30}

    assert list_codes(make_pair_problem(walls=[wall])) == ["wall"]


@pytest.mark.parametrize(("days", "codes"), [(4, []), (5, ["wall"])])
def test_wall_counts_the_paused_work_until_the_pause(days: int, codes: list[str]) -> None:
    # From Wednesday, the pause, to Monday, the first day, are five days.
    wall: Row = {"client_id": "K0", "competitor_id": "K1", "cooling_off_days": days}

    assert list_codes(make_pair_problem(walls=[wall])) == codes


@pytest.mark.parametrize(
    ("days_after_pause", "codes"),
    [(0, []), (5, [])],
    ids=["allowed from a Wednesday", "a later end does not count"],
)
def test_wall_stops_the_paused_work_at_the_pause(days_after_pause: int, codes: list[str]) -> None:
    wall: Row = {"client_id": "K0", "competitor_id": "K1", "cooling_off_days": 4}
    ends_on = PAUSE_DATE + timedelta(days=days_after_pause)

    assert list_codes(make_pair_problem(walls=[wall], lost={"ends_on": ends_on})) == codes


def test_wall_of_no_days_refuses_the_day_of_a_pause_on_the_first_day() -> None:
    wall: Row = {"client_id": "K0", "competitor_id": "K1", "cooling_off_days": 0}

    assert list_codes(make_pair_problem(walls=[wall], pause_date=FIRST_DAY)) == ["wall"]
    assert list_codes(make_pair_problem(walls=[wall], pause_date=PAUSE_DATE)) == []


def test_wall_refuses_while_the_competitor_is_served() -> None:
    problem = make_pair_problem(
        walls=[{**WALL, "cooling_off_days": 0}],
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2"}],
    )

    refusal = get_refusal(problem)

    assert refusal.reason == "works on Code P2, for a competitor of the client of Code P1"
    assert refusal.unlock == "end the work on Code P2"


def test_wall_beyond_the_calendar_says_to_end_the_work_bug() -> None:
    problem = make_pair_problem(
        walls=[WALL],
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2", "ends_on": date.max}],
    )

    assert get_refusal(problem).unlock == "end the work on Code P2, then wait 30 days"


def test_wall_names_the_exposure_that_refuses_longest_bug() -> None:
    """The last exposure had been named, though an earlier one cools off for longer."""
    problem = make_pair_problem(
        walls=[WALL, {"client_id": "K0", "competitor_id": "K1", "cooling_off_days": 10}],
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2", "ends_on": "2026-11-10", "status": "ended"}],
    )

    assert get_refusal(problem).unlock == "start on Code P1 after 2026-12-10"


@pytest.mark.parametrize(
    ("starts_on", "codes"),
    [(date(2026, 12, 20), ["wall"]), (date(2026, 12, 21), [])],
    ids=["on the last day", "the day after"],
)
def test_wall_refuses_an_overlap_with_later_work(starts_on: date, codes: list[str]) -> None:
    problem = make_pair_problem(
        walls=[{**WALL, "cooling_off_days": 0}],
        project={"ends_on": date(2026, 12, 20)},
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2", "starts_on": starts_on}],
    )

    assert list_codes(problem) == codes


@pytest.mark.parametrize(
    ("days_after", "codes"),
    [(30, ["wall"]), (31, [])],
    ids=["boundary day", "past it"],
)
def test_wall_cools_off_before_later_work_too_bug(days_after: int, codes: list[str]) -> None:
    """New work had been allowed to end the day before work for a competitor began."""
    last_day = date(2026, 12, 20)
    problem = make_pair_problem(
        walls=[WALL],
        project={"ends_on": last_day},
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2", "starts_on": last_day + timedelta(days_after)}],
    )

    assert list_codes(problem) == codes
    if codes:
        refusal = get_refusal(problem)
        assert refusal.reason == (
            "is to work on Code P2 from 2027-01-19 on, for a competitor of the client of "
            "Code P1; 30 days must lie between"
        )
        assert refusal.unlock == "end the work on Code P1 before 2026-12-20"


def test_wall_looks_back_from_a_project_that_starts_later() -> None:
    problem = make_pair_problem(
        walls=[{"client_id": "K0", "competitor_id": "K1", "cooling_off_days": 30}],
        project={"starts_on": PAUSE_DATE + timedelta(days=31)},
    )

    assert list_codes(problem) == []


def test_wall_ignores_ended_work_that_never_began() -> None:
    problem = make_pair_problem(
        walls=[WALL],
        more_projects=[OF_K2],
        more_assignments=[{"project_id": "P2", "starts_on": "2026-12-01", "status": "ended"}],
    )

    assert list_codes(problem) == []


def test_wall_says_from_when_on() -> None:
    problem = make_pair_problem(
        walls=[{"client_id": "K0", "competitor_id": "K1", "cooling_off_days": 30}]
    )

    refusal = get_refusal(problem)

    assert (
        refusal.reason == "worked on Code P0 until 2026-11-18, for a competitor of the client of "
        "Code P1; 30 days must lie between"
    )
    assert refusal.unlock == "start on Code P1 after 2026-12-18"


def test_cooling_off_keeps_the_longer_and_never_walls_a_client_from_itself() -> None:
    roster = make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}],
        walls=[
            {"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 10},
            {"client_id": "K2", "competitor_id": "K1", "cooling_off_days": 20},
            {"client_id": "K1", "competitor_id": "K1", "cooling_off_days": 5},
        ],
    )

    assert build_cooling_off(roster).tolist() == [[-1, 20], [20, -1]]
