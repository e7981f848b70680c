from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings

from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.explain import Shortfall, explain_shortfalls, list_blockers
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.result import Assignments
from solver.roster import Roster
from tests.factories import Row, make_roster
from tests.solver.markets import markets
from tests.solver.pairs import FIRST_DAY, PAUSE_DATE

NOBODY = Assignments.build([])


def _build(
    projects: Iterable[Row],
    *,
    contractor: Row | None = None,
    walls: Iterable[Row] = (),
) -> PlanProblem:
    """Return C0 and C1, 20 hours a week each lost on P0; `projects` follow it as 1, 2, ..."""
    roster = make_roster(
        clients=[{"client_id": name} for name in ("K1", "K2", "K3")],
        walls=walls,
        projects=[{"project_id": "P0"}, *projects],
        contractors=[{"contractor_id": "C0"}, {"contractor_id": "C1", **(contractor or {})}],
        assignments=[
            {"contractor_id": name, "project_id": "P0", "hours_per_week": 20}
            for name in ("C0", "C1")
        ],
    )
    return build_instance(roster, PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST))


def _explain(problem: PlanProblem, *rows: tuple[int, int, int]) -> Shortfall:
    """Return the shortfall of C1 under a plan of these rows."""
    shortfalls = explain_shortfalls(problem, Assignments.build(list(rows)))
    return next(one for one in shortfalls if one.contractor_idx == 1)


def test_nobody_at_the_lost_hours_is_short() -> None:
    problem = _build([{"project_id": "P1"}])

    plan = Assignments.build([(0, 1, 20), (1, 1, 20)])

    assert explain_shortfalls(problem, plan) == []


def test_refused_everywhere_names_the_rule_and_the_unlock() -> None:
    problem = _build([{"project_id": "P1", "clearance": 2}], contractor={"clearance": 1})

    assert _explain(problem) == Shortfall(1, "clearance", 1, "raise clearance from 1 to 2")


def test_nearest_project_has_the_fewest_refusing_rules() -> None:
    problem = _build(
        [
            {"project_id": "P1", "clearance": 2, "countries": "DE"},
            {"project_id": "P2", "currency": "EUR", "pay_rate_cents": 3300},
        ]
    )

    assert _explain(problem) == Shortfall(1, "currency", 2, "pay USD on Code P2")


def test_nearest_project_fits_best_among_equals() -> None:
    problem = _build(
        [
            {"project_id": "P1", "clearance": 1, "pay_rate_cents": 3300},
            {"project_id": "P2", "clearance": 2},
            {"project_id": "P3", "clearance": 3},
        ]
    )

    assert _explain(problem).project_idx == 2


def test_blocker_is_the_rule_that_stops_most_projects() -> None:
    # P1 is nearest; `country` stops both projects, `clearance` only one.
    problem = _build(
        [
            {"project_id": "P1", "clearance": 1, "countries": "DE"},
            {"project_id": "P2", "countries": "DE", "currency": "EUR", "min_hours": 30},
        ]
    )

    shortfall = _explain(problem)

    assert (shortfall.project_idx, shortfall.blocker) == (1, "country")
    assert shortfall.unlock == "raise clearance from 0 to 1 and fill in the contractor's country"


def test_unlock_names_one_rate_that_is_enough_bug() -> None:
    """A rate for the contractor's least and another for the pay cut stood side by side."""
    problem = _build(
        [{"project_id": "P1", "pay_rate_cents": 2000}], contractor={"min_pay_rate_cents": 3000}
    )

    assert _explain(problem).unlock == "pay 32.00 USD an hour on Code P1, 20.00 now"


def test_paused_and_closed_projects_are_never_the_nearest() -> None:
    problem = _build(
        [
            {"project_id": "P1", "status": "closed"},
            {"project_id": "P2", "clearance": 1, "currency": "EUR"},
        ]
    )

    assert _explain(problem).project_idx == 2


def test_no_other_open_project_leaves_none_nearest() -> None:
    problem = _build([{"project_id": "P1", "status": "closed"}])

    assert _explain(problem) == Shortfall(1, "not_open", None, "open another project")


def test_full_hours_name_what_is_missing() -> None:
    problem = _build([{"project_id": "P1", "demand_hours": 28}])

    shortfall = _explain(problem, (0, 1, 20))

    assert shortfall == Shortfall(1, "capacity", 1, "12 more open hours a week on Code P1")


def test_full_hours_count_only_the_hours_still_missing() -> None:
    problem = _build([{"project_id": "P1", "demand_hours": 28}])

    shortfall = _explain(problem, (0, 1, 20), (1, 1, 8))

    assert shortfall.unlock == "12 more open hours a week on Code P1"


def test_full_seats_and_budget_are_named_together() -> None:
    problem = _build([{"project_id": "P1", "seats": 1, "weekly_budget_cents": 100_000}])

    shortfall = _explain(problem, (0, 1, 20))

    assert shortfall.unlock == "one more seat and 600.00 USD more weekly budget on Code P1"


def test_capacity_takes_the_best_fitting_eligible_project() -> None:
    problem = _build(
        [
            {"project_id": "P1", "demand_hours": 0, "pay_rate_cents": 3300},
            {"project_id": "P2", "demand_hours": 0},
        ]
    )

    assert _explain(problem).project_idx == 2


def test_capacity_passes_over_a_project_that_gives_its_most_already() -> None:
    problem = _build(
        [
            {"project_id": "P1", "max_hours": 8},
            {"project_id": "P2", "demand_hours": 0, "pay_rate_cents": 3300},
        ]
    )

    shortfall = _explain(problem, (1, 1, 8))

    assert (shortfall.project_idx, shortfall.unlock) == (2, "12 more open hours a week on Code P2")


def test_capacity_names_the_limit_of_projects_at_a_time() -> None:
    problem = _build(
        [{"project_id": "P1", "max_hours": 8}, {"project_id": "P2"}],
        contractor={"max_projects": 1},
    )

    assert _explain(problem, (1, 1, 8)).unlock == "allow one more project at a time, 1 now"


def test_capacity_names_a_wall_between_new_projects() -> None:
    problem = _build(
        [
            {"project_id": "P1", "client_id": "K2", "max_hours": 8},
            {"project_id": "P2", "client_id": "K3"},
        ],
        walls=[{"client_id": "K2", "competitor_id": "K3", "cooling_off_days": 0}],
    )

    assert _explain(problem, (1, 1, 8)).unlock == (
        "end the new work for a competitor of the client of Code P2"
    )


def test_capacity_names_the_least_hours_of_a_new_project() -> None:
    problem = _build([{"project_id": "P1", "max_hours": 18}, {"project_id": "P2", "min_hours": 5}])

    assert _explain(problem, (1, 1, 18)).unlock == (
        "lower the least weekly hours of Code P2 from 5 to 2"
    )


def test_capacity_tells_room_that_the_search_left_over() -> None:
    problem = _build([{"project_id": "P1"}])

    assert (
        _explain(problem).unlock
        == "plan again with more time: Code P1 has room for 20 hours a week"
    )


def test_capacity_tells_of_weeks_in_which_no_project_runs() -> None:
    ends_on = FIRST_DAY + timedelta(days=6)
    problem = _build([{"project_id": "P1", "ends_on": ends_on}])

    assert _explain(problem, (1, 1, 20)).unlock == "work in weeks in which Code P1 does not run"


def test_list_blockers_puts_the_nearest_first() -> None:
    problem = _build(
        [
            {"project_id": "P1", "clearance": 1, "countries": "DE"},
            {"project_id": "P2", "clearance": 1},
            {"project_id": "P3"},
        ]
    )

    listed = list_blockers(problem, "C1")

    assert [one.project_id for one in listed] == ["P3", "P2", "P1"]
    assert [[refusal.code for refusal in one.refusals] for one in listed] == [
        [],
        ["clearance"],
        ["clearance", "country"],
    ]
    assert listed[0].fit == 100


def test_list_blockers_of_somebody_not_affected() -> None:
    with pytest.raises(KeyError, match="C9"):
        list_blockers(_build([]), "C9")


@given(market=markets())
@settings(max_examples=30)
def test_everybody_below_the_lost_hours_gets_a_reason(market: tuple[Roster, PlanRequest]) -> None:
    problem = build_instance(*market)
    codes = set(problem.eligibility.sentences)

    shortfalls = explain_shortfalls(problem, NOBODY)

    below = np.flatnonzero(problem.affected.lost_hours > 0)
    assert [one.contractor_idx for one in shortfalls] == below.tolist()
    for one in shortfalls:
        assert one.unlock
        eligible = [
            seen
            for seen in list_blockers(problem, problem.affected.contractor_ids[one.contractor_idx])
            if not seen.refusals
        ]
        assert (one.blocker == "capacity") == bool(eligible)
        assert one.blocker in codes | {"capacity"}
