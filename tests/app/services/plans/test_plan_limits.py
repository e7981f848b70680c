"""What limits a plan, with a real child process on rows whose limits are known."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused
from app.models import PlanLimits, PlanRun
from app.services.access.access import Actor
from app.services.plans.limits_child import build_limit_figures
from app.services.plans.plan_limits import find_limits, recover_limits, request_limits, run_limits
from app.services.plans.plan_loading import load_planning_roster
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.policy_settings import PolicySettings, write_settings
from app.services.review.reviewing import approve_proposals
from solver.build import build_instance
from solver.policy import PEOPLE_FIRST, Policy
from tests.app.world import SYSTEM, add_world, pause_p1, propose

CONTRACTOR = Actor(1, "Ada", frozenset({"contractor"}), "C1")


@pytest.fixture
def run_id(session: Session) -> int:
    """P2 has two seats: C1 is approved for one, C2 proposed for the other, C3 is left over."""
    add_world(session, target={"seats": 2})
    session.execute(text("UPDATE projects SET status = 'closed' WHERE project_id = 'P3'"))
    session.commit()
    opened = pause_p1(session)
    wanted = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    approve_proposals(session, actor=SYSTEM, proposals=wanted[:1])
    return opened.plan_run_id


def test_full_project_is_the_limit(database: Database, session: Session, run_id: int) -> None:
    assert find_limits(session, run_id) is None
    session.rollback()
    request_limits(session, actor=SYSTEM, plan_run_id=run_id)
    run_limits(database, run_id, limits=ChildLimits())
    limits = find_limits(session, run_id)
    assert limits is not None
    assert (limits.status, limits.error) == ("done", None)
    (seats,) = limits.bottlenecks
    assert (seats["resource"], seats["codename"], seats["amount"], seats["left"]) == (
        "seats",
        "Kestrel",
        1,
        0,
    )
    assert seats["worth_people"] == pytest.approx(1, abs=0.2)
    best = limits.unlocks[0]
    assert (best["hours_per_week"], best["num_people"], best["verified"]) == (20, 1, True)
    assert "Kestrel" in best["sentence"]
    assert limits.skill_gaps == []


def test_project_that_the_policy_leaves_out_is_named_so(
    database: Database, session: Session
) -> None:
    """More hours had been asked for on a project that gets nobody new."""
    add_world(session)
    session.execute(text("UPDATE projects SET status = 'closed' WHERE project_id = 'P3'"))
    run = session.get_one(PlanRun, pause_p1(session).plan_run_id)
    away = PolicySettings(Policy("Away", PEOPLE_FIRST.tiers), excluded_project_ids=("P2",))
    run.policy, run.policy_settings = "Away", write_settings(away)
    session.commit()
    propose(session, run.id, [])
    request_limits(session, actor=SYSTEM, plan_run_id=run.id)
    run_limits(database, run.id, limits=ChildLimits())
    limits = find_limits(session, run.id)
    assert limits is not None
    assert [one["code"] for one in limits.unlocks] == ["left_out"]
    assert limits.unlocks[0]["sentence"] == "plan with a policy that does not leave out Kestrel"


def test_bottleneck_on_a_project_left_out_is_marked(session: Session, run_id: int) -> None:
    run = session.get_one(PlanRun, run_id)
    problem = build_instance(*load_planning_roster(session, run))
    rows = (("C2", "P2", 20),)
    for left_out, is_marked in (({}, False), ({"P2": "Kestrel"}, True)):
        found = build_limit_figures(problem, rows, left_out)
        assert [one["left_out"] for one in found.bottlenecks] == [is_marked]


def test_request_waits_for_the_one_before(session: Session, run_id: int) -> None:
    request_limits(session, actor=SYSTEM, plan_run_id=run_id)
    with pytest.raises(Refused, match="already"):
        request_limits(session, actor=SYSTEM, plan_run_id=run_id)


def test_request_needs_a_plan_and_the_permission(session: Session, run_id: int) -> None:
    with pytest.raises(Forbidden):
        request_limits(session, actor=CONTRACTOR, plan_run_id=run_id)
    with pytest.raises(NotFound):
        request_limits(session, actor=SYSTEM, plan_run_id=987654)
    session.execute(text("UPDATE plan_runs SET status = 'cancelled'"))
    session.commit()
    with pytest.raises(Refused, match="no limits"):
        request_limits(session, actor=SYSTEM, plan_run_id=run_id)


def test_search_of_a_dead_worker_is_closed_and_can_be_asked_again(
    database: Database, session: Session, run_id: int
) -> None:
    request_limits(session, actor=SYSTEM, plan_run_id=run_id)
    assert recover_limits(database) == 0
    session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    session.execute(text("UPDATE plan_limits SET status = 'running'"))
    session.commit()
    assert recover_limits(database) == 1
    row = session.get_one(PlanLimits, run_id, populate_existing=True)
    assert (row.status, row.error) == ("failed", "The worker that had taken it died.")
    session.rollback()
    request_limits(session, actor=SYSTEM, plan_run_id=run_id)
    assert session.get_one(PlanLimits, run_id).status == "queued"
