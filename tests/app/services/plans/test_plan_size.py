"""How long a search may take, by the size of its plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.models import PlanRun, Recall, Scenario
from app.services.pauses.pause_scope import PeopleScope
from app.services.plans.plan_size import allow_for_size
from app.services.plans.planning import PlanOptions
from app.services.recalls.recalling import request_recall
from app.services.scenarios.scenario_requests import Case, Variant
from app.services.scenarios.scenarios import create_scenarios
from tests.app.world import EFFECTIVE_AT, PAUSE_DATE, SYSTEM, add_world, pause_p1

OPTIONS = PlanOptions(time_limit_s=10, workers=1)
THREE_PEOPLE_S, TWO_PEOPLE_S = 19, 15
"""Ten seconds times the number of people to the power of 0.6."""


@pytest.mark.parametrize(
    ("num_people", "seconds"),
    [(0, 60), (5_000, 60), (5_100, 61), (40_000, 209), (250_000, 627)],
)
def test_time_grows_with_a_plan_of_more_than_usual(num_people: int, seconds: float) -> None:
    assert allow_for_size(60, num_people) == seconds


def test_time_is_never_more_than_a_day() -> None:
    assert allow_for_size(80_000, 250_000) == 86_400


def test_every_kind_of_solve_counts_its_people(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.plans.plan_size._USUAL_PEOPLE", 1)
    add_world(session)
    all_of_p1 = Case(project_ids=("P1",), pause_date=PAUSE_DATE)
    some = replace(all_of_p1, people=PeopleScope("list", ("C1", "C2")))
    assert _ask_scenario(session, all_of_p1) == THREE_PEOPLE_S
    assert _ask_scenario(session, some) == TWO_PEOPLE_S
    opened = pause_p1(session)
    assert session.get_one(PlanRun, opened.plan_run_id).time_limit_s == THREE_PEOPLE_S
    assert _ask_scenario(session, Case(pause_id=opened.pause_id)) == THREE_PEOPLE_S
    recall_id = request_recall(
        session, actor=SYSTEM, pause_id=opened.pause_id, options=OPTIONS, today=PAUSE_DATE
    )
    assert session.get_one(Recall, recall_id).time_limit_s == THREE_PEOPLE_S


def _ask_scenario(session: Session, case: Case) -> float:
    (scenario_id,) = create_scenarios(
        session,
        actor=SYSTEM,
        case=case,
        variants=[Variant("people-first", with_extra=False)],
        options=OPTIONS,
        now=EFFECTIVE_AT,
    )
    return session.get_one(Scenario, scenario_id).time_limit_s
