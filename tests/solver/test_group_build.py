"""The rules between people of a roster, as the optimiser gets them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from solver.affected import Scope
from solver.build import build_instance
from solver.groups import NO_LEADS, NO_TEAM, GroupRules
from solver.planning import make_plan
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest, PlanRow
from solver.result import Control, SolveLimits
from solver.roster import Roster
from tests.factories import Row, make_roster

LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


def make_world(
    *,
    project: Row | None = None,
    contractors: Iterable[Row] = ({}, {}, {}),
    skills: Iterable[Row] = (),
    levels: Iterable[Row] = (),
    assignments: Iterable[Row] = (),
    more_projects: Iterable[Row] = (),
) -> Roster:
    """P0 is paused, C1 to C3 work there; P1 is open."""
    people = [{"contractor_id": f"C{n + 1}", **row} for n, row in enumerate(contractors)]
    return make_roster(
        projects=[{"project_id": "P0"}, {"project_id": "P1", **(project or {})}, *more_projects],
        contractors=[*people, {"contractor_id": "S1"}, {"contractor_id": "S2"}],
        project_skills=[{"project_id": "P1", **row} for row in skills],
        contractor_skills=levels,
        assignments=[
            *({"contractor_id": row["contractor_id"], "project_id": "P0"} for row in people),
            *assignments,
        ],
    )


def make_request(*pinned: PlanRow) -> PlanRequest:
    return PlanRequest(Scope(("P0",)), date(2026, 11, 18), PEOPLE_FIRST, pinned=pinned)


def read_groups(roster: Roster, *pinned: PlanRow) -> GroupRules:
    groups = build_instance(roster, make_request(*pinned)).instance.groups
    assert groups is not None
    return groups


def test_roster_of_version_1_has_no_rules_between_people() -> None:
    assert build_instance(make_world(), make_request()).instance.groups is None


def test_teams_are_those_of_the_affected() -> None:
    roster = make_world(contractors=[{"team": "blue"}, {"team": ""}, {"team": "blue"}])
    groups = read_groups(roster)
    assert groups.team_names == ("blue",)
    assert groups.team.tolist() == [0, NO_TEAM, 0]


def test_team_does_not_wait_for_who_has_no_hours_to_place() -> None:
    members: list[Row] = [
        {"team": "blue"},
        {"team": "blue"},
        {"team": "blue", "max_weekly_hours": 0},
    ]
    assert read_groups(make_world(contractors=members)).team.tolist() == [0, 0, NO_TEAM]


def test_surviving_people_count_and_stay() -> None:
    roster = make_world(
        project={"min_people": 3},
        assignments=[
            {"contractor_id": "S1", "project_id": "P1", "hours_per_week": 5},
            {"contractor_id": "S1", "project_id": "P1", "hours_per_week": 5},
            {"contractor_id": "S2", "project_id": "P1", "ends_on": "2026-11-20"},
            {"contractor_id": "C2", "project_id": "P1", "hours_per_week": 5},
        ],
    )
    groups = read_groups(roster)
    assert groups.min_people.tolist() == [1, 3]
    assert groups.people.tolist() == [0, 2]
    assert groups.staying.tolist() == [[1, 1]]


def test_pin_of_somebody_not_planned_counts_as_present() -> None:
    roster = make_world(project={"min_people": 2})
    assert read_groups(roster, ("S1", "P1", 5)).people.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("level", "weight", "leads"),
    [(4, 1, True), (3, 1, False), (3, 2, False), (5, 1, True)],
)
def test_lead_has_the_mean_level_by_weights(level: int, weight: int, leads: bool) -> None:
    # SQL at level 4 with weight 1: the mean is (4 + weight * level) / (1 + weight).
    roster = make_world(
        project={"people_per_lead": 5},
        skills=[
            {"skill": "SQL"},
            {"skill": "Go", "weight": weight, "required": False},
        ],
        levels=[
            {"contractor_id": one, "skill": skill, "level": held}
            for one in ("C1", "S1")
            for skill, held in (("SQL", 4), ("Go", level))
        ],
        assignments=[{"contractor_id": "S1", "project_id": "P1", "hours_per_week": 5}],
    )
    groups = read_groups(roster)
    assert groups.people_per_lead.tolist() == [NO_LEADS, 5]
    assert groups.leading.tolist() == ([[0, 1]] if leads else [])
    assert groups.leads.tolist() == [0, int(leads)]


def test_lead_level_is_the_projects() -> None:
    roster = make_world(
        project={"people_per_lead": 5, "lead_level": 3},
        skills=[{"skill": "SQL"}],
        levels=[
            {"contractor_id": "C1", "skill": "SQL", "level": 3},
            {"contractor_id": "C2", "skill": "SQL", "level": 2},
        ],
    )
    assert read_groups(roster).leading.tolist() == [[0, 1]]


def test_everybody_leads_where_no_skill_is_named() -> None:
    groups = read_groups(make_world(project={"people_per_lead": 5}))
    assert groups.leading.tolist() == [[0, 1], [1, 1], [2, 1]]


def test_plan_keeps_a_team_together() -> None:
    # P1 has room for two, so a third member keeps the team away; the other goes alone.
    roster = make_world(
        project={"seats": 2},
        contractors=[{"team": "blue"}, {"team": "blue"}, {"team": "blue"}],
        more_projects=[{"project_id": "P2", "demand_hours": 30}],
    )
    plan = make_plan(roster, make_request(), LIMITS, Control())
    assert set(plan.proposals["project_id"]) == {"P2"}
    assert sorted(plan.proposals["contractor_id"]) == ["C1", "C2", "C3"]


@pytest.mark.parametrize(
    ("project", "contractors", "unlock"),
    [
        (
            {"demand_hours": 30},
            [{"team": "blue"}, {"team": "blue"}, {"team": "blue"}],
            "make room for all of team blue on Code P1",
        ),
        ({"min_people": 4}, [{}, {}, {}], "find enough people and leads for Code P1 to start"),
        (
            {"people_per_lead": 9, "lead_level": 5},
            [{}, {}, {}],
            "find enough people and leads for Code P1 to start",
        ),
    ],
)
def test_unlock_names_the_rule_between_people(
    project: Row, contractors: list[Row], unlock: str
) -> None:
    roster = make_world(
        project={"min_hours": 20, **project},
        contractors=contractors,
        skills=[{"skill": "SQL", "required": False}],
    )
    unplaced = make_plan(roster, make_request(), LIMITS, Control()).unplaced
    assert unplaced["unlock"].iat[0] == unlock
