"""Plan runs as people ask for them."""

from __future__ import annotations

import pytest

from app.database import Database
from app.errors import NotFound, Refused
from app.models import PlanRun
from app.services.plans.horizon import MAX_WEEKS
from app.services.plans.planning import PlanOptions, request_plan, stop_plan
from app.services.plans.policy_settings import POLICY_NAMES
from solver.affected import MAX_WEEKS as SOLVER_MAX_WEEKS
from solver.policy import POLICIES
from tests.app.services.plan_runs import (
    count,
    start_small_plan,
)
from tests.app.world import SYSTEM, add_world, pause_p1


def test_request_plan_while_one_is_unfinished_is_refused(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        opened = pause_p1(session)
        with pytest.raises(Refused) as caught:
            request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())
        assert caught.value.code == "plan_running"
        assert count(session, PlanRun) == 1
        with pytest.raises(NotFound):
            request_plan(session, actor=SYSTEM, pause_id=99, options=PlanOptions())


def test_stop_of_a_plan_that_has_not_begun(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    with database.session() as session:
        with pytest.raises(Refused) as caught:
            stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=True)
        assert caught.value.code == "not_started"
        with pytest.raises(NotFound):
            stop_plan(session, actor=SYSTEM, plan_run_id=99, keep=True)


def test_constants_kept_apart_from_the_optimisers_imports_agree_with_it() -> None:
    assert MAX_WEEKS == SOLVER_MAX_WEEKS
    assert set(POLICY_NAMES) == set(POLICIES)
