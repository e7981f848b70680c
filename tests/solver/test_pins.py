from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.affected import Scope
from solver.build import build_instance
from solver.checker import check
from solver.errors import InvalidInput
from solver.instance import NO_LIMIT, Instance
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest, PlanRow
from solver.result import Assignments
from solver.roster import Roster
from tests.factories import Row, make_roster
from tests.solver.markets import CONTRACTORS, PROJECTS, markets
from tests.solver.pairs import FIRST_DAY, PAUSE_DATE


def _build(
    *pinned: PlanRow,
    project: Row | None = None,
    contractor: Row | None = None,
    away: bool = False,
    wall: bool = False,
) -> Instance:
    """Return C1 and C2 paused on P0 with 20 hours each; P1 and P2 are open."""
    roster = make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}, {"client_id": "K3"}],
        walls=[{"client_id": "K2", "competitor_id": "K3", "cooling_off_days": 0}] if wall else (),
        projects=[
            {"project_id": "P0"},
            {"project_id": "P1", "client_id": "K2", **(project or {})},
            {"project_id": "P2", "client_id": "K3"},
        ],
        contractors=[{"contractor_id": "C1", **(contractor or {})}, {"contractor_id": "C2"}],
        time_off=[
            {
                "contractor_id": "C1",
                "starts_on": FIRST_DAY if away else FIRST_DAY + timedelta(days=7),
                "ends_on": FIRST_DAY + timedelta(days=400 if away else 8),
            }
        ],
        assignments=[
            {"contractor_id": name, "project_id": "P0", "hours_per_week": 20}
            for name in ("C1", "C2")
        ],
    )
    request = PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST, pinned=pinned)
    return build_instance(roster, request).instance


def _pairs(instance: Instance) -> list[list[int]]:
    return [
        list(pair) for pair in zip(instance.pair_contractor, instance.pair_project, strict=True)
    ]


def test_pin_is_part_of_the_instance() -> None:
    instance = _build(("C2", "P1", 12))

    assert instance.pins.tolist() == [[1, 1, 12]]


def test_pin_within_the_limits_changes_none() -> None:
    free, pinned = _build(), _build(("C2", "P1", 12))

    assert pinned.open_hours.tolist() == free.open_hours.tolist()
    assert pinned.seats.tolist() == free.seats.tolist()
    assert pinned.lost_hours.tolist() == [20, 20]


def test_pin_keeps_a_pair_that_a_rule_refuses_by_now() -> None:
    project: Row = {"clearance": 4}

    assert _pairs(_build(project=project)) == [[0, 2], [1, 2]]
    assert _pairs(_build(("C2", "P1", 12), project=project)) == [[0, 2], [1, 1], [1, 2]]


def test_pin_raises_the_open_hours_to_what_it_works() -> None:
    # C1 has three days in the second week: 12 hours x 3 days are 7.2 hours, so 8 are needed.
    instance = _build(("C1", "P1", 12), project={"demand_hours": 0})

    assert instance.open_hours[1].tolist() == [12, 8, *[12] * 6]


def test_pin_raises_the_open_hours_only_while_the_project_runs() -> None:
    ends_on = FIRST_DAY + timedelta(days=6)

    instance = _build(("C2", "P1", 12), project={"demand_hours": 0, "ends_on": ends_on})

    assert instance.open_hours[1].tolist() == [12, *[0] * 7]


def test_pin_raises_the_seats() -> None:
    instance = _build(("C1", "P1", 5), ("C2", "P1", 5), project={"seats": 1})

    assert instance.seats.tolist() == [NO_LIMIT, 2, NO_LIMIT]


def test_pin_raises_the_budget_to_its_cost() -> None:
    instance = _build(("C2", "P1", 5), project={"weekly_budget_cents": 1, "pay_rate_cents": 5000})

    assert instance.weekly_budget_cents.tolist() == [NO_LIMIT, 25_000, NO_LIMIT]


def test_pin_raises_the_projects_at_a_time() -> None:
    instance = _build(("C1", "P1", 5), ("C1", "P2", 5), contractor={"max_projects": 1})

    assert instance.max_projects.tolist() == [2, 3]


def test_pin_raises_the_lost_hours() -> None:
    instance = _build(("C1", "P1", 10), ("C1", "P2", 8), contractor={"max_weekly_hours": 4})

    assert instance.lost_hours.tolist() == [18, 20]


@pytest.mark.parametrize(("hours", "limits"), [(3, (3, 10)), (8, (8, 10)), (12, (8, 12))])
def test_pin_widens_the_weekly_hours(hours: int, limits: tuple[int, int]) -> None:
    least = 8
    instance = _build(("C2", "P1", hours), project={"min_hours": least, "max_hours": 10})

    assert (instance.min_hours[1], instance.max_hours[1]) == limits


def test_pins_of_one_pair_add_up() -> None:
    assert _build(("C2", "P1", 5), ("C2", "P1", 6)).pins.tolist() == [[1, 1, 11]]


def test_pin_of_somebody_away_holds_hours_and_a_seat() -> None:
    instance = _build(("C1", "P1", 12), project={"seats": 3}, away=True)

    assert instance.contractor_ids == ("C2",)
    assert len(instance.pins) == 0
    assert instance.open_hours[1].tolist() == [88] * 8
    assert instance.seats[1] == 2


@pytest.mark.parametrize(
    ("project_rate", "budget", "left"),
    [(5000, 100_000, 40_000), (None, 100_000, 52_000), (5000, 1, 0)],
)
def test_pin_of_somebody_away_costs_its_budget_bug(
    project_rate: int | None, budget: int, left: int
) -> None:
    """Somebody approved who is not planned any more had left the whole budget to others."""
    instance = _build(
        ("C1", "P1", 12),
        project={"weekly_budget_cents": budget, "pay_rate_cents": project_rate},
        contractor={"pay_rate_cents": 4000},
        away=True,
    )

    assert instance.weekly_budget_cents.tolist() == [NO_LIMIT, left, NO_LIMIT]


def test_pins_of_unknown_ids_are_named_all_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        _build(("C9", "P1", 5), ("C1", "P9", 5), ("C1", "P1", 0))

    assert [problem.expected for problem in caught.value.problems] == [
        "a known contractor",
        "a known project",
        "at least 1 hour a week",
    ]
    assert caught.value.problems[0].place == "pinned assignment 1"


def test_pins_across_a_wall_stay_but_nothing_new_joins_them() -> None:
    both = [(0, 1, 5), (0, 2, 5)]
    instance = _build(("C1", "P1", 5), ("C1", "P2", 5), wall=True)
    assert check(instance, Assignments.build(both)).ok

    one = _build(("C1", "P1", 5), wall=True)
    codes = [violation.code for violation in check(one, Assignments.build(both)).violations]
    assert codes == ["wall"]


@given(market=markets(), data=st.data())
@settings(max_examples=30)
def test_pins_are_always_feasible(market: tuple[Roster, PlanRequest], data: st.DataObject) -> None:
    roster, request = market
    rows = st.tuples(st.sampled_from(CONTRACTORS), st.sampled_from(PROJECTS), st.integers(1, 30))
    pinned = data.draw(st.lists(rows, max_size=4))

    instance = build_instance(roster, replace(request, pinned=tuple(pinned))).instance

    plan = Assignments.build([tuple(row) for row in instance.pins.tolist()])
    assert check(instance, plan).ok
