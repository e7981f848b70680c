from __future__ import annotations

import pytest

from solver.explanation.ranking import Held, rank_people, rank_projects
from tests.factories import Row
from tests.solver.explanation.plans import make_plan, make_problem

SKILLS: list[Row] = [{"project_id": "P1", "skill": "Go", "min_level": 1}]


def test_people_are_ranked_by_fit_with_hours_pay_and_proposals() -> None:
    problem = make_problem(
        [{"demand_hours": 30, "pay_rate_cents": 4200}, {"demand_hours": 10}],
        contractors=[{}, {}, {"clearance": 1}],
        project_skills=SKILLS,
        contractor_skills=[
            {"contractor_id": "C0", "skill": "Go", "level": 2},
            {"contractor_id": "C1", "skill": "Go", "level": 5},
        ],
    )
    plan = make_plan(problem, (0, 1, 20), (1, 2, 10))

    first, second = rank_people(problem, plan, "P1")

    assert (first.contractor_id, second.contractor_id) == ("C1", "C0")
    assert first.fit > second.fit
    assert (first.hours_per_week, first.hours_on_top, first.hours_instead) == (0, 10, 10)
    assert (second.hours_per_week, second.hours_on_top, second.hours_instead) == (20, 0, 20)
    assert (first.rate_cents, first.pay_change_cents) == (4200, 200)
    assert first.held == (Held("P2", "Code P2", 10),)
    assert rank_people(problem, plan, "P1", most=1) == (first,)


def test_projects_are_ranked_by_fit_and_refused_ones_are_left_out() -> None:
    problem = make_problem(
        [{"pay_rate_cents": 3300}, {}, {"clearance": 1}],
    )
    ranked = rank_projects(problem, make_plan(problem), "C0")
    assert [one.project_id for one in ranked] == ["P2", "P1"]
    assert [one.pay_change_cents for one in ranked] == [0, -700]


def test_unknown_ids_are_refused() -> None:
    problem = make_problem([{}])
    with pytest.raises(KeyError, match="P9"):
        rank_people(problem, make_plan(problem), "P9")
    with pytest.raises(KeyError, match="C9"):
        rank_projects(problem, make_plan(problem), "C9")
