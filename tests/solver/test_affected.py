from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.affected import Scope, build_affected, build_horizon, build_scope
from solver.affected_people import Affected, AwayContractor
from solver.errors import InvalidInput, UnknownScope
from solver.roster import Roster
from tests.factories import Row, make_roster

PAUSE_DATE = date(2026, 11, 18)
HORIZON = build_horizon(PAUSE_DATE)
ON_P0: Row = {"contractor_id": "C1", "project_id": "P0", "hours_per_week": 20}


def _make_roster(
    *,
    contractor: Row | None = None,
    assignments: Iterable[Row] = (ON_P0,),
    time_off: Iterable[Row] = (),
    other: Row | None = None,
) -> Roster:
    return make_roster(
        clients=[{"client_id": "K0"}, {"client_id": "K1"}, {"client_id": "K2"}],
        projects=[
            {"project_id": "P0", "codename": "Larkspur", "client_id": "K0"},
            {"project_id": "P1", "codename": "Aspen", "client_id": "K0"},
            {"project_id": "P2", "codename": "Linden", "client_id": "K1", **(other or {})},
        ],
        contractors=[{"contractor_id": "C1", **(contractor or {})}],
        assignments=assignments,
        time_off=[{"contractor_id": "C1", **row} for row in time_off],
    )


def _affect(roster: Roster, *project_ids: str) -> Affected:
    return build_affected(roster, Scope(project_ids or ("P0",)), PAUSE_DATE, HORIZON)


def test_scope_of_a_codename() -> None:
    assert build_scope(_make_roster(), codenames=["Larkspur"]) == Scope(("P0",))


def test_scope_of_several_codenames_follows_the_roster() -> None:
    assert build_scope(_make_roster(), codenames=["Linden", "Larkspur"]) == Scope(("P0", "P2"))


def test_scope_of_a_client_holds_all_its_projects() -> None:
    assert build_scope(_make_roster(), client_id="K0") == Scope(("P0", "P1"))


def test_scope_of_both_joins_them() -> None:
    scope = build_scope(_make_roster(), codenames=["Linden", "Aspen"], client_id="K0")

    assert scope == Scope(("P0", "P1", "P2"))


def test_scope_of_an_unknown_codename_suggests_near_ones() -> None:
    with pytest.raises(UnknownScope) as caught:
        build_scope(_make_roster(), codenames=["larkspr"])

    assert caught.value.suggestions == ("Larkspur",)
    assert str(caught.value) == "no project 'larkspr'; did you mean 'Larkspur'?"


def test_scope_of_an_unknown_client_suggests_near_ones() -> None:
    with pytest.raises(UnknownScope, match="no client 'k1'; did you mean 'K1'"):
        build_scope(_make_roster(), client_id="k1")


def test_scope_of_a_client_without_projects() -> None:
    with pytest.raises(UnknownScope, match="no project of client 'K2'"):
        build_scope(_make_roster(), client_id="K2")


def test_scope_of_nothing() -> None:
    with pytest.raises(UnknownScope, match="names at least one"):
        build_scope(_make_roster())


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 104))
def test_horizon_starts_on_the_first_monday(pause_date: date, weeks: int) -> None:
    horizon = build_horizon(pause_date, weeks)

    assert horizon.starts_on.weekday() == 0
    assert timedelta(0) <= horizon.starts_on - pause_date < timedelta(days=7)
    assert len(horizon.mondays) == weeks
    assert horizon.ends_on == horizon.mondays[-1] + timedelta(days=6)


@pytest.mark.parametrize("weeks", [0, 105])
def test_horizon_refuses_other_lengths(weeks: int) -> None:
    with pytest.raises(InvalidInput, match="a number from 1 to 104"):
        build_horizon(PAUSE_DATE, weeks)


def test_horizon_refuses_a_pause_at_the_end_of_the_calendar_bug() -> None:
    assert build_horizon(date(9999, 10, 29)).ends_on <= date.max
    with pytest.raises(InvalidInput, match="'9999-12-31' found, a day until 9999-10-29"):
        build_horizon(date.max)


@pytest.mark.parametrize(
    ("row", "is_affected"),
    [
        ({}, True),
        ({"starts_on": PAUSE_DATE}, True),
        ({"starts_on": PAUSE_DATE + timedelta(days=1)}, False),
        ({"ends_on": PAUSE_DATE}, True),
        ({"ends_on": PAUSE_DATE - timedelta(days=1)}, False),
        ({"status": "ended"}, False),
        ({"project_id": "P2"}, False),
    ],
)
def test_affected_have_an_assignment_active_on_the_pause_date(row: Row, is_affected: bool) -> None:
    affected = _affect(_make_roster(assignments=[{**ON_P0, **row}]))

    assert affected.contractor_ids == (("C1",) if is_affected else ())


def test_affected_leave_out_inactive_contractors() -> None:
    assert _affect(_make_roster(contractor={"status": "inactive"})).num_affected == 0


def test_lost_hours_add_up_over_the_scope() -> None:
    roster = _make_roster(
        assignments=[
            {**ON_P0, "hours_per_week": 10},
            {**ON_P0, "project_id": "P1", "hours_per_week": 12},
        ]
    )

    affected = _affect(roster, "P0", "P1")

    assert affected.lost_hours.tolist() == [22]
    assert affected.from_projects == (("P0", "P1"),)
    assert affected.total_lost_hours == 22


@pytest.mark.parametrize(("surviving", "lost"), [(20, 20), (21, 19), (40, 0), (60, 0)])
def test_lost_hours_leave_room_for_surviving_work(surviving: int, lost: int) -> None:
    roster = _make_roster(
        assignments=[ON_P0, {**ON_P0, "project_id": "P2", "hours_per_week": surviving}]
    )

    assert _affect(roster).lost_hours.tolist() == [lost]


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        ({"starts_on": HORIZON.ends_on}, 10),
        ({"starts_on": HORIZON.ends_on + timedelta(days=1)}, 20),
        ({"ends_on": HORIZON.starts_on}, 10),
        ({"ends_on": HORIZON.starts_on - timedelta(days=1)}, 20),
        ({"status": "ended"}, 20),
    ],
)
def test_lost_hours_look_at_work_that_survives_in_the_horizon(row: Row, lost: int) -> None:
    survivor = {**ON_P0, "project_id": "P2", "hours_per_week": 30, **row}

    assert _affect(_make_roster(assignments=[ON_P0, survivor])).lost_hours.tolist() == [lost]


def test_lost_hours_take_the_fullest_week_of_surviving_work() -> None:
    first = {**ON_P0, "project_id": "P2", "hours_per_week": 25, "ends_on": HORIZON.mondays[2]}
    second = {**ON_P0, "project_id": "P2", "hours_per_week": 30, "starts_on": HORIZON.mondays[4]}

    assert _affect(_make_roster(assignments=[ON_P0, first, second])).lost_hours.tolist() == [10]


def test_lost_hours_do_not_count_work_that_an_earlier_pause_stopped() -> None:
    roster = _make_roster(
        assignments=[ON_P0, {**ON_P0, "project_id": "P2", "hours_per_week": 40}],
        other={"status": "paused"},
    )

    assert _affect(roster).lost_hours.tolist() == [20]


@pytest.mark.parametrize(
    ("floor_hours", "lost_hours", "expected"),
    [(None, 20, 10), (None, 21, 11), (5, 20, 5), (0, 20, 0), (30, 20, 20)],
    ids=["half", "half rounded up", "own", "none", "capped at the lost hours"],
)
def test_floor_hours(floor_hours: int | None, lost_hours: int, expected: int) -> None:
    roster = _make_roster(
        contractor={"floor_hours": floor_hours},
        assignments=[{**ON_P0, "hours_per_week": lost_hours}],
    )

    assert _affect(roster).floor_hours.tolist() == [expected]


def test_lost_rate_falls_back_from_assignment_to_project_to_contractor() -> None:
    def get_rate(own: int | None, of_project: int | None) -> Fraction:
        roster = make_roster(
            projects=[{"project_id": "P0", "pay_rate_cents": of_project}],
            contractors=[{"contractor_id": "C1", "pay_rate_cents": 1000}],
            assignments=[{**ON_P0, "pay_rate_cents": own}],
        )
        return _affect(roster).get_lost_rate(0)

    assert [get_rate(3000, 2000), get_rate(None, 2000), get_rate(None, None)] == [3000, 2000, 1000]


def test_lost_rate_takes_no_project_rate_in_another_currency_bug() -> None:
    roster = make_roster(
        projects=[{"project_id": "P0", "pay_rate_cents": 3000, "currency": "EUR"}],
        contractors=[{"contractor_id": "C1", "pay_rate_cents": 140_000, "currency": "INR"}],
        assignments=[{**ON_P0}],
    )

    assert _affect(roster).get_lost_rate(0) == 140_000


def test_lost_rate_is_weighted_by_hours_before_the_cap() -> None:
    roster = _make_roster(
        contractor={"max_weekly_hours": 5},
        assignments=[
            {**ON_P0, "hours_per_week": 1, "pay_rate_cents": 1000},
            {**ON_P0, "hours_per_week": 2, "pay_rate_cents": 1001},
        ],
    )

    affected = _affect(roster)

    assert affected.get_lost_rate(0) == Fraction(3002, 3)
    assert affected.lost_rate_cents.tolist() == [1001]


def test_lost_rate_for_people_rounds_half_up() -> None:
    roster = _make_roster(
        assignments=[
            {**ON_P0, "hours_per_week": 1, "pay_rate_cents": 1000},
            {**ON_P0, "hours_per_week": 1, "pay_rate_cents": 1001},
        ]
    )

    affected = _affect(roster)

    assert affected.lost_rate_cents.tolist() == [1001]
    # A plan asks for it once for each of its people.
    assert affected.lost_rate_cents is affected.lost_rate_cents


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-11-23", "2026-11-23", [4, 5]),
        ("2026-11-28", "2026-11-29", [5, 5]),
        ("2026-11-27", "2026-11-30", [4, 4]),
        ("2026-11-01", "2026-11-24", [3, 5]),
        ("2026-11-01", "2026-11-22", [5, 5]),
        ("2026-11-23", "2027-11-22", [0, 0]),
    ],
    ids=["monday", "weekend", "over a weekend", "begun before", "over before", "throughout"],
)
def test_avail_days_are_weekdays_not_on_leave(first: str, last: str, days: list[int]) -> None:
    roster = _make_roster(time_off=[{"starts_on": first, "ends_on": last}])
    # Weeks past every leave keep the contractor among those planned.
    horizon = build_horizon(PAUSE_DATE, 60)

    affected = build_affected(roster, Scope(("P0",)), PAUSE_DATE, horizon)

    assert affected.avail_days[0, :2].tolist() == days


def test_avail_days_count_a_day_named_twice_once() -> None:
    twice: list[Row] = [
        {"starts_on": "2026-11-23", "ends_on": "2026-11-25"},
        {"starts_on": "2026-11-24", "ends_on": "2026-11-26"},
    ]

    assert _affect(_make_roster(time_off=twice)).avail_days[0, 0] == 1


def test_away_for_the_whole_horizon_is_listed_apart() -> None:
    off: Row = {"starts_on": HORIZON.starts_on, "ends_on": HORIZON.ends_on - timedelta(days=2)}

    affected = _affect(_make_roster(time_off=[off]))

    assert affected.away == (AwayContractor("C1", 20, 10, ("P0",)),)
    assert (affected.num_contractors, affected.num_affected) == (0, 1)
    assert affected.total_lost_hours == 20


def test_one_day_at_work_is_not_away() -> None:
    off: Row = {"starts_on": HORIZON.starts_on, "ends_on": HORIZON.ends_on - timedelta(days=3)}

    affected = _affect(_make_roster(time_off=[off]))

    assert affected.contractor_ids == ("C1",)
    assert affected.away == ()
