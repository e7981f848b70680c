"""Which suspended assignments go on: the oldest first, by days, never across a wall."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.services.pauses.resume_choice import (
    INACTIVE,
    NO_ROOM,
    OVER,
    WALL,
    Person,
    Work,
    choose_ended,
)

TODAY = date(2026, 3, 10)
ROOM_FOR_40 = Person(is_active=True, max_weekly_hours=40)


def make_work(
    name: str,
    hours: int = 20,
    *,
    client_id: str = "K1",
    starts_on: date = date(2026, 1, 5),
    ends_on: date = date.max,
    is_placed: bool = False,
) -> Work:
    return Work(name, client_id, hours, starts_on, ends_on, is_placed)


def test_choose_ended_keeps_the_oldest_that_fit() -> None:
    suspended = [make_work("new", starts_on=date(2026, 2, 2)), make_work("old")]
    place = make_work("place", is_placed=True)
    assert choose_ended(ROOM_FOR_40, suspended, [place], {}, TODAY) == {"new": NO_ROOM}


def test_choose_ended_compares_the_days_on_which_work_overlaps() -> None:
    suspended = [make_work("A", ends_on=date(2026, 4, 30))]
    later = make_work("place", 30, starts_on=date(2026, 9, 1), is_placed=True)
    assert choose_ended(ROOM_FOR_40, suspended, [later], {}, TODAY) == {}
    sooner = make_work("place", 30, starts_on=date(2026, 4, 30), is_placed=True)
    assert choose_ended(ROOM_FOR_40, suspended, [sooner], {}, TODAY) == {"A": NO_ROOM}


def test_choose_ended_keeps_what_was_over_the_maximum_before() -> None:
    over = Person(is_active=True, max_weekly_hours=15)
    assert choose_ended(over, [make_work("A")], [make_work("B")], {}, TODAY) == {}


def test_choose_ended_ends_work_across_a_wall() -> None:
    suspended = [make_work("A", ends_on=date(2026, 4, 30))]
    barriers = {frozenset({"K1", "K2"}): 30}
    for starts_on, expected in [
        (date(2026, 3, 2), {"A": WALL}),
        (date(2026, 5, 30), {"A": WALL}),
        (date(2026, 5, 31), {}),
    ]:
        place = make_work("place", 5, client_id="K2", starts_on=starts_on, is_placed=True)
        assert choose_ended(ROOM_FOR_40, suspended, [place], barriers, TODAY) == expected


def test_choose_ended_ends_what_is_over_or_of_inactive_people() -> None:
    suspended = [make_work("A", ends_on=date(2026, 3, 9)), make_work("B", ends_on=TODAY)]
    assert choose_ended(ROOM_FOR_40, suspended, [], {}, TODAY) == {"A": OVER}
    away = Person(is_active=False, max_weekly_hours=40)
    assert choose_ended(away, suspended[1:], [], {}, TODAY) == {"B": INACTIVE}


works = st.builds(
    lambda number, hours, start, length, is_placed: make_work(
        f"W{number}",
        hours,
        starts_on=TODAY + timedelta(days=start),
        ends_on=TODAY + timedelta(days=start + length),
        is_placed=is_placed,
    ),
    st.integers(0, 10**9),
    st.integers(1, 30),
    st.integers(-10, 10),
    st.integers(0, 20),
    st.booleans(),
)


@given(st.lists(works, max_size=5), st.lists(works, max_size=4))
def test_choose_ended_never_goes_over_where_a_plan_gave_a_place(
    suspended: list[Work], active: list[Work]
) -> None:
    ended = choose_ended(ROOM_FOR_40, suspended, active, {}, TODAY)
    kept = [work for work in suspended if work.assignment_id not in ended]
    for offset in range(31):
        day = TODAY + timedelta(days=offset)
        back = [work for work in kept if work.starts_on <= day <= work.ends_on]
        load = [*back, *(work for work in active if work.starts_on <= day <= work.ends_on)]
        if back and any(work.is_placed for work in load):
            assert sum(work.hours_per_week for work in load) <= 40
