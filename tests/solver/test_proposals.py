from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.policy import PEOPLE_FIRST
from solver.proposals import PROPOSAL_COLUMNS, UNPLACED_COLUMNS, build_proposals, build_unplaced
from solver.reasons import list_reasons
from solver.request import PlanRequest
from solver.result import Assignments
from solver.roster import Roster
from solver.summary import BlockerCount, build_summary
from tests.factories import Cell, make_roster
from tests.solver.pairs import PAUSE_DATE


def _make_roster(**of_p2: Cell) -> Roster:
    """P0 and P1 are paused; C1 may work on P2, C2 nowhere, C3 is away."""
    return make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}],
        projects=[
            {"project_id": "P0"},
            {"project_id": "P1"},
            {
                "project_id": "P2",
                "client_id": "K2",
                "pay_rate_cents": 4500,
                "starts_on": "2026-12-07",
                "ends_on": "2027-02-28",
                "utc_offset": 2.0,
                **of_p2,
            },
            {"project_id": "P3", "clearance": 3},
        ],
        project_skills=[
            {"project_id": "P2", "skill": "Python", "min_level": 2},
            {"project_id": "P2", "skill": "Go", "min_level": 5, "required": False},
        ],
        contractors=[
            {"contractor_id": "C1", "utc_offset": 5.5},
            {"contractor_id": "C2", "min_pay_rate_cents": 5000},
            {"contractor_id": "C3"},
        ],
        contractor_skills=[
            {"contractor_id": "C1", "skill": "Python", "level": 4},
            {"contractor_id": "C1", "skill": "Go", "level": 5},
        ],
        time_off=[
            {"contractor_id": "C1", "starts_on": "2026-11-23", "ends_on": "2026-11-24"},
            {"contractor_id": "C3", "starts_on": "2026-01-01", "ends_on": "2027-12-31"},
        ],
        assignments=[
            {"contractor_id": "C1", "project_id": "P0", "hours_per_week": 10},
            {
                "contractor_id": "C1",
                "project_id": "P1",
                "hours_per_week": 20,
                "pay_rate_cents": 4100,
            },
            {"contractor_id": "C2", "project_id": "P0", "hours_per_week": 20},
            {"contractor_id": "C3", "project_id": "P0", "hours_per_week": 7},
        ],
    )


REQUEST = PlanRequest(Scope(("P0", "P1")), PAUSE_DATE, PEOPLE_FIRST)
PLAN = Assignments.build([(0, 2, 12)])


def _build() -> PlanProblem:
    return build_instance(_make_roster(), REQUEST)


def test_proposals_have_the_columns_of_the_contract() -> None:
    frame = build_proposals(_build(), PLAN)

    assert tuple(frame.columns) == PROPOSAL_COLUMNS
    # 10 x 40.00 and 20 x 41.00 are 40.67 an hour; P2 runs in six of the eight weeks.
    assert frame.to_dict("records") == [
        {
            "contractor_id": "C1",
            "project_id": "P2",
            "hours_per_week": 12,
            "starts_on": pd.Timestamp("2026-12-07"),
            "ends_on": pd.Timestamp("2027-02-28"),
            "fit": 85,
            "pay_rate_cents": 4500,
            "previous_pay_rate_cents": 4067,
            "from_projects": "P0|P1",
            "restored_hour_weeks": 72.0,
        }
    ]


def test_proposals_of_an_open_ended_project_have_no_end() -> None:
    problem = build_instance(_make_roster(ends_on=None), REQUEST)

    frame = build_proposals(problem, PLAN)

    assert frame["ends_on"].isna().tolist() == [True]
    assert frame["ends_on"].dtype == "datetime64[s]"


def test_proposals_leave_out_what_is_pinned() -> None:
    problem = build_instance(_make_roster(), replace(REQUEST, pinned=(("C1", "P2", 12),)))

    assert len(build_proposals(problem, PLAN)) == 0


def test_proposals_of_an_empty_plan_keep_their_types() -> None:
    empty = build_proposals(_build(), Assignments.build([]))

    assert empty.dtypes.to_dict() == build_proposals(_build(), PLAN).dtypes.to_dict()


def test_unplaced_lists_everybody_below_the_lost_hours() -> None:
    frame = build_unplaced(_build(), PLAN)

    assert tuple(frame.columns) == UNPLACED_COLUMNS
    # C1 works 38 of 40 days, 30 of them with P2: 12 x 30 / 38 = 9.473 hours a week.
    assert frame.to_dict("records") == [
        {
            "contractor_id": "C1",
            "lost_hours": 30,
            "restored_hours": 9.47,
            "floor_hours": 15,
            "covered": False,
            "blocker": "capacity",
            "nearest_project": "P2",
            "unlock": "plan again with more time: Code P2 has room for 18 hours a week",
        },
        {
            "contractor_id": "C2",
            "lost_hours": 20,
            "restored_hours": 0.0,
            "floor_hours": 10,
            "covered": False,
            "blocker": "min_pay",
            "nearest_project": "P3",
            "unlock": "raise clearance from 0 to 3 and pay 50.00 USD an hour on Code P3, 40.00 now",
        },
        {
            "contractor_id": "C3",
            "lost_hours": 7,
            "restored_hours": 0.0,
            "floor_hours": 4,
            "covered": False,
            "blocker": "away",
            "nearest_project": "",
            "unlock": "on leave for the whole horizon",
        },
    ]


def test_unplaced_leaves_out_who_got_all_hours_back() -> None:
    problem = build_instance(_make_roster(starts_on="2026-01-01"), REQUEST)

    frame = build_unplaced(problem, Assignments.build([(0, 2, 30)]))

    assert frame["contractor_id"].tolist() == ["C2", "C3"]


def test_summary_counts_people_and_hours() -> None:
    problem = _build()

    summary = build_summary(problem, PLAN, build_unplaced(problem, PLAN), ())

    assert (summary.num_affected, summary.num_away, summary.num_covered) == (3, 1, 0)
    assert summary.lost_hours == 57
    assert round(summary.restored_hours, 3) == round(12 * 30 / 38, 3)
    assert summary.lost_hour_weeks == (30 * 38 + 20 * 40) / 5
    assert summary.restored_hour_weeks == 72.0
    assert summary.top_blockers == (
        BlockerCount("away", "on leave for the whole horizon", 1),
        BlockerCount("capacity", "the projects that suit are full", 1),
        BlockerCount("min_pay", "the new rate is below the contractor's least rate", 1),
    )


def test_reasons_add_up_to_the_fit() -> None:
    reasons = list_reasons(_build(), "C1", "P2")

    assert [(one.part, one.sentence) for one in reasons] == [
        ("skills", "Go 5 of 5, Python 4 of 5"),
        ("rate", "45.00 an hour (project's rate), 40.67 before (+10.7 %)"),
        ("time_zone", "3.5 hours apart"),
        ("known_client", "new to this client"),
    ]
    assert [one.most for one in reasons] == [70, 15, 10, 5]
    assert round(sum(one.points for one in reasons)) == 85


def test_starts_on_is_the_first_day_of_the_horizon_for_a_running_project() -> None:
    problem = build_instance(_make_roster(), replace(REQUEST, scope=Scope(("P0",))))

    frame = build_proposals(problem, Assignments.build([(0, 1, 10)]))

    assert frame["starts_on"].dt.date.tolist() == [date(2026, 11, 23)]
