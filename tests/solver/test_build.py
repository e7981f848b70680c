from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings

from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.errors import InvalidInput
from solver.instance import NO_LIMIT
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.roster import Roster
from tests.factories import Row, make_roster
from tests.solver.markets import markets
from tests.solver.pairs import FIRST_DAY, PAUSE_DATE

WEEK = timedelta(days=7)


def _build(
    *,
    project: Row | None = None,
    survivors: Iterable[Row] = (),
    walls: Iterable[Row] = (),
    weeks: int = 4,
) -> PlanProblem:
    """Return C1 paused on P0, with `survivors` of C2 and C3 on P1 (100 hours a week wanted)."""
    roster = make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}, {"client_id": "K3"}],
        walls=walls,
        projects=[
            {"project_id": "P0"},
            {"project_id": "P1", "client_id": "K2", **(project or {})},
        ],
        contractors=[{"contractor_id": name} for name in ("C1", "C2", "C3")],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0"},
            *({"contractor_id": "C2", "project_id": "P1", **row} for row in survivors),
        ],
    )
    return build_instance(roster, PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST, weeks))


def _open_hours(problem: PlanProblem) -> list[int]:
    hours: list[int] = problem.instance.open_hours[1].tolist()
    return hours


def test_open_hours_are_the_demand_without_survivors() -> None:
    assert _open_hours(_build()) == [100] * 4


def test_open_hours_leave_out_what_survivors_work() -> None:
    survivors: list[Row] = [{"hours_per_week": 30}, {"contractor_id": "C3", "hours_per_week": 25}]

    assert _open_hours(_build(survivors=survivors)) == [45] * 4


def test_open_hours_are_never_below_0() -> None:
    survivors: list[Row] = [{"hours_per_week": 60}, {"hours_per_week": 60}]

    assert _open_hours(_build(survivors=survivors)) == [0] * 4


def test_open_hours_count_a_survivor_in_the_weeks_it_is_active() -> None:
    survivors: list[Row] = [
        {"hours_per_week": 10, "ends_on": FIRST_DAY},
        {"hours_per_week": 20, "starts_on": FIRST_DAY + 2 * WEEK - timedelta(days=1)},
        {"hours_per_week": 40, "status": "ended"},
    ]

    assert _open_hours(_build(survivors=survivors)) == [90, 80, 80, 80]


def test_open_hours_are_0_in_weeks_outside_the_dates() -> None:
    project: Row = {
        "starts_on": FIRST_DAY + timedelta(days=1),
        "ends_on": FIRST_DAY + 2 * WEEK + timedelta(days=6),
    }

    problem = _build(project=project)

    assert _open_hours(problem) == [0, 100, 100, 0]
    assert problem.instance.active[1].tolist() == [False, True, True, False]


def test_open_hours_count_the_last_monday() -> None:
    assert _open_hours(_build(project={"ends_on": FIRST_DAY + WEEK})) == [100, 100, 0, 0]


def test_open_hours_do_not_count_the_paused_work() -> None:
    problem = _build()

    assert problem.instance.open_hours[0].tolist() == [100] * 4


@pytest.mark.parametrize(
    ("seats", "left"), [(None, NO_LIMIT), (3, 1), (2, 0), (1, 0)], ids=["no limit", "3", "2", "1"]
)
def test_seats_leave_out_people_with_a_surviving_assignment(seats: int | None, left: int) -> None:
    survivors: list[Row] = [
        {"hours_per_week": 1},
        {"hours_per_week": 1},
        {"contractor_id": "C3", "hours_per_week": 1, "ends_on": FIRST_DAY},
        {"contractor_id": "C1", "hours_per_week": 1, "ends_on": FIRST_DAY - timedelta(days=1)},
    ]

    problem = _build(project={"seats": seats}, survivors=survivors)

    assert problem.instance.seats.tolist() == [NO_LIMIT, left]


def test_budget_is_what_the_roster_says() -> None:
    problem = _build(project={"weekly_budget_cents": 500_000}, survivors=[{"hours_per_week": 30}])

    assert problem.instance.weekly_budget_cents.tolist() == [NO_LIMIT, 500_000]


@pytest.mark.parametrize(("rate", "expected"), [(5_500, 5_500), (None, 4_000)])
def test_rate_is_the_projects_or_the_contractors_own(rate: int | None, expected: int) -> None:
    problem = _build(project={"pay_rate_cents": rate})

    assert problem.instance.pair_rate_cents.tolist() == [expected]


def test_walls_between_new_assignments_are_pairs_of_clients_in_order() -> None:
    walls: list[Row] = [
        {"client_id": "K3", "competitor_id": "K2", "cooling_off_days": 0},
        {"client_id": "K2", "competitor_id": "K3", "cooling_off_days": 90},
    ]

    problem = _build(walls=walls)

    assert problem.instance.client_names == ("K1", "K2", "K3")
    assert problem.instance.client.tolist() == [0, 1]
    assert problem.instance.walls.tolist() == [[1, 2]]


def test_dates_of_a_new_assignment_are_kept() -> None:
    later = date(2026, 12, 1)

    problem = _build(project={"starts_on": later, "ends_on": date(2026, 12, 20)})

    days = [problem.context.start_day[1], problem.context.end_day[1]]
    assert np.array(days).astype("datetime64[D]").tolist() == [later, date(2026, 12, 20)]


def test_least_hours_above_the_most_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as caught:
        _build(project={"min_hours": 20, "max_hours": 10})

    (fault,) = caught.value.problems
    assert fault.place == "projects.csv, project P1, max_hours"
    assert fault.value == "10"
    assert fault.expected == "at least the project's min_hours, 20"


def test_a_pause_that_affects_nobody_is_an_instance_without_contractors() -> None:
    roster = make_roster(projects=[{"project_id": "P0"}, {"project_id": "P1"}])

    problem = build_instance(roster, PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST))

    assert (problem.instance.num_contractors, problem.instance.num_pairs) == (0, 0)


@given(market=markets())
@settings(max_examples=30)
def test_pairs_are_the_eligible_ones_in_order(market: tuple[Roster, PlanRequest]) -> None:
    problem = build_instance(*market)

    mask = problem.eligibility.build_mask(0, problem.instance.num_contractors)

    pairs = np.stack([problem.instance.pair_contractor, problem.instance.pair_project], axis=1)
    assert pairs.tolist() == np.argwhere(mask).tolist()
    fit = problem.instance.pair_fit
    assert ((fit >= 0) & (fit <= 100)).all()
