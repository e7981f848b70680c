from __future__ import annotations

import pytest

from solver.explanation.person_unlocks import EFFORT, list_unlocks
from tests.solver.explanation.plans import make_plan, make_problem


def test_least_effort_comes_first_and_walls_last() -> None:
    problem = make_problem(
        [
            {"clearance": 2},
            {"countries": "DE"},
            {"client_id": "K2"},
            {"clearance": 1, "countries": "DE"},
        ],
        contractors=[{"country": "FR"}],
        walls=[{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 30}],
    )

    unlocks = list_unlocks(problem, make_plan(problem), "C0")

    assert [(one.project_id, one.effort) for one in unlocks] == [
        ("P2", EFFORT["country"]),
        ("P1", EFFORT["clearance"]),
        ("P4", EFFORT["clearance"] + EFFORT["country"]),
        ("P3", None),
    ]
    assert unlocks[2].changes == ("raise clearance from 0 to 1", "allow FR on Code P4")
    assert unlocks[2].blockers == ("clearance", "country")


def test_more_hours_come_first_among_equals() -> None:
    problem = make_problem(
        [{"countries": "DE", "max_hours": 6}, {"countries": "DE"}], contractors=[{"country": "FR"}]
    )
    unlocks = list_unlocks(problem, make_plan(problem), "C0")
    assert [(one.project_id, one.hours) for one in unlocks] == [("P2", 20), ("P1", 6)]


def test_full_project_asks_for_capacity() -> None:
    problem = make_problem([{"demand_hours": 20}], contractors=[{}, {}])
    (unlock,) = list_unlocks(problem, make_plan(problem, (0, 1, 20)), "C1")
    assert (unlock.blockers, unlock.effort) == (("capacity",), EFFORT["capacity"])
    assert unlock.changes == ("20 more open hours a week on Code P1",)


def test_both_rules_on_pay_are_one_change() -> None:
    problem = make_problem([{"pay_rate_cents": 2000}], contractors=[{"min_pay_rate_cents": 3900}])
    (unlock,) = list_unlocks(problem, make_plan(problem), "C0")
    assert unlock.changes == ("pay 39.00 USD an hour on Code P1, 20.00 now",)
    assert unlock.effort == EFFORT["pay_cut"]


def test_nobody_with_all_hours_needs_an_unlock() -> None:
    problem = make_problem([{}, {"clearance": 2}])
    assert list_unlocks(problem, make_plan(problem, (0, 1, 20)), "C0") == ()


def test_effort_is_given_for_every_rule_that_can_be_removed() -> None:
    rules = set(make_problem([{}]).eligibility.sentences)
    assert rules - set(EFFORT) == {"not_open", "wall", "same_project"}
    assert set(EFFORT) - rules == {"capacity"}


def test_unknown_contractor_is_refused() -> None:
    problem = make_problem([{}])
    with pytest.raises(KeyError, match="C9"):
        list_unlocks(problem, make_plan(problem), "C9")
