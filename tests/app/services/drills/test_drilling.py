"""Pause drills with a real child process, and what becomes of them when things go wrong."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, NotFound, Refused
from app.models import Assignment, AuditEvent, Drill, DrillResult
from app.services.access.access import Actor
from app.services.desk.drills import build_drill_state, get_drill, list_drills
from app.services.drills.drilling import recover_drills, request_drill, run_drill
from app.services.paging import PageRequest
from app.services.pauses.pause_impact import find_pause_impact
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.policies import create_policy, set_default_policy
from app.services.plans.policy_settings import PolicySettings
from app.services.review.reviewing import approve_proposals
from solver.policy import PEOPLE_FIRST, Policy
from tests.app.world import EFFECTIVE_AT, PAUSE_DATE, SYSTEM, add_world, pause_p1, propose

CONTRACTOR = Actor(1, "Ada", frozenset({"contractor"}), "C1")
BY_SHARE = PageRequest("share")


def list_results(session: Session) -> list[DrillResult]:
    statement = select(DrillResult).order_by(DrillResult.id)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def finish(session: Session, client_id: str, num_coverable: int, nights_ago: int) -> None:
    """Save a finished drill of a client with four affected people, one of them away."""
    drill = Drill(drilled_on=PAUSE_DATE)
    session.add(drill)
    session.flush()
    session.add(
        DrillResult(
            drill_id=drill.id,
            client_id=client_id,
            status="done",
            finished_at=EFFECTIVE_AT - timedelta(days=nights_ago),
            num_projects=1,
            num_affected=4,
            num_away=1,
            num_coverable=num_coverable,
            num_bound=3,
            lost_hours=80,
            restorable_hours=num_coverable * 20,
            lost_pay_cents={"USD": 240_000},
            unlocks=[],
        )
    )
    session.commit()


def test_drill_tells_what_a_pause_would_do(database: Database, session: Session) -> None:
    add_world(session, target={"seats": 2})
    before = session.execute(text("SELECT * FROM assignments ORDER BY 1")).all()
    drill_id = request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = list_results(session)
    assert (result.drill_id, result.client_id, result.status) == (drill_id, "K1", "queued")
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits())
    page = get_drill(session, result.id)
    # P2 has two seats and P3 room for all: everybody could keep their hours.
    assert (page.status, page.num_affected, page.num_coverable, page.num_bound) == (
        "done",
        3,
        3,
        3,
    )
    assert (page.lost_hours, page.restorable_hours) == (60, 60)
    assert page.lost_pay_cents == {"USD": 3 * 20 * 4000}
    assert page.unlocks == ()
    assert session.execute(text("SELECT * FROM assignments ORDER BY 1")).all() == before
    assert session.execute(text("SELECT count(*) FROM proposals")).scalar_one() == 0
    assert session.scalars(select(AuditEvent.action)).all()[-1] == "drill.requested"


def test_drill_names_what_would_help(database: Database, session: Session) -> None:
    add_world(session, target={"seats": 2, "demand_hours": 1000})
    session.execute(text("UPDATE projects SET status = 'closed' WHERE project_id = 'P3'"))
    session.commit()
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = list_results(session)
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits())
    page = get_drill(session, result.id)
    assert (page.num_coverable, page.num_bound, page.restorable_hours) == (2, 2, 40)
    assert page.unlocks[0]["verified"]
    assert page.unlocks[0]["hours_per_week"] == 20
    assert "Kestrel" in page.unlocks[0]["sentence"]


def test_drill_and_impact_go_by_the_default_policy_and_say_which(
    database: Database, session: Session
) -> None:
    add_world(session)
    session.execute(text("UPDATE projects SET status = 'closed' WHERE project_id = 'P3'"))
    session.commit()
    impact = {"project_ids": ["P1"], "effective_at": EFFECTIVE_AT, "now": EFFECTIVE_AT}
    usual = find_pause_impact(session, **impact)  # type: ignore[arg-type]  # said twice
    assert (usual.policy, usual.placeable.num_covered) == ("people-first", 3)
    aims = Policy("Away from Kestrel", PEOPLE_FIRST.tiers)
    settings = PolicySettings(aims, excluded_project_ids=("P2",), weeks=4)
    policy_id = create_policy(session, actor=SYSTEM, name=aims.name, settings=settings)
    set_default_policy(session, actor=SYSTEM, policy_id=policy_id, is_default=True)
    found = find_pause_impact(session, **impact)  # type: ignore[arg-type]  # said twice
    assert (found.policy, found.placeable.num_covered) == (aims.name, 0)
    assert (found.horizon_ends_on - found.horizon_starts_on).days == 4 * 7 - 1
    session.rollback()
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = list_results(session)
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits())
    page = get_drill(session, result.id)
    assert (page.status, page.policy, page.num_coverable) == ("done", aims.name, 0)
    assert [one["code"] for one in page.unlocks] == ["left_out"]
    assert "does not leave out Kestrel" in page.unlocks[0]["sentence"]
    session.rollback()
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE, policy="clients-first")
    assert session.scalars(select(Drill.policy).order_by(Drill.id.desc())).first() == (
        "clients-first"
    )


def test_drill_spends_no_budget_that_approvals_have_spent_bug(
    database: Database, session: Session
) -> None:
    """It had shown places as coverable that no plan could pay for."""
    one_place = 20 * 4000
    add_world(session, target={"demand_hours": 1000, "weekly_budget_cents": one_place})
    session.get_one(Assignment, "A3").project_id = "P3"
    session.commit()
    proposals = propose(session, pause_p1(session).plan_run_id, [("C1", "P2", 20)])
    approve_proposals(session, actor=SYSTEM, proposals=proposals)
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = (row for row in list_results(session) if row.client_id == "K3")
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits())
    page = get_drill(session, result.id)
    assert (page.num_affected, page.num_coverable, page.num_bound) == (1, 0, 0)


def test_drill_beyond_its_time_fails_with_its_reason(database: Database, session: Session) -> None:
    add_world(session)
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = list_results(session)
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits(grace_s=-60))
    page = get_drill(session, result.id)
    assert (page.status, page.error) == (
        "failed",
        "The drill did not end within its time limit and was killed.",
    )
    assert [one.result_id for one in build_drill_state(session).failed] == [result.id]


def test_drill_of_a_worker_that_shuts_down_waits_again(
    database: Database, session: Session
) -> None:
    add_world(session)
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    (result,) = list_results(session)
    first_job = result.job_id
    session.rollback()
    with psycopg.connect(database.conninfo) as holding:
        # The child waits for it, so it is at work when the worker shuts down.
        holding.execute("LOCK TABLE contractors IN ACCESS EXCLUSIVE MODE")
        run_drill(database, result.id, limits=ChildLimits(), should_end=lambda: True)
    (result,) = list_results(session)
    assert result.status == "queued"
    assert result.job_id != first_job


def test_drill_that_has_ended_is_not_run_again(database: Database, session: Session) -> None:
    add_world(session)
    finish(session, "K1", 2, nights_ago=0)
    (result,) = list_results(session)
    session.rollback()
    run_drill(database, result.id, limits=ChildLimits(memory_mb=1))
    assert list_results(session)[0].status == "done"


def test_drill_of_a_dead_worker_is_closed(database: Database, session: Session) -> None:
    add_world(session)
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    assert recover_drills(database) == 0  # its job still waits for a worker
    session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    session.execute(text("UPDATE drill_results SET status = 'running'"))
    session.commit()
    assert recover_drills(database) == 1
    (result,) = list_results(session)
    assert (result.status, result.error) == ("failed", "The worker that had taken it died.")
    session.rollback()
    request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    assert [one.status for one in list_results(session)] == ["failed", "queued"]


def test_request_is_for_those_who_plan(session: Session) -> None:
    with pytest.raises(Forbidden):
        request_drill(session, actor=CONTRACTOR, today=PAUSE_DATE)


def test_request_needs_work_that_could_pause(session: Session) -> None:
    with pytest.raises(Refused, match="nothing can pause"):
        request_drill(session, actor=SYSTEM, today=PAUSE_DATE)
    add_world(session)
    with pytest.raises(Refused, match="nothing can pause"):
        request_drill(session, actor=SYSTEM, today=PAUSE_DATE, client_id="K2")
    with pytest.raises(NotFound):
        request_drill(session, actor=SYSTEM, today=PAUSE_DATE, client_id="K9")


def test_requests_at_once_drill_a_client_once(database: Database, session: Session) -> None:
    add_world(session)
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        with database.session() as own:
            barrier.wait()
            try:
                request_drill(own, actor=SYSTEM, today=PAUSE_DATE)
                outcomes.append("made")
            except Refused as refused:
                outcomes.append(refused.code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["drill_running"] * 3 + ["made"]
    assert len(list_results(session)) == 1


def test_list_shows_the_latest_with_its_trend(session: Session) -> None:
    add_world(session)
    for client_id, num_coverable, nights_ago in (
        ("K1", 0, 2),
        ("K1", 2, 1),
        ("K2", 3, 1),
        ("K1", 1, 0),
    ):
        finish(session, client_id, num_coverable, nights_ago)
    page = list_drills(session, BY_SHARE)
    assert [(row.title, row.num_coverable) for row in page.rows] == [("Chordus", 1), ("Kestrel", 3)]
    assert page.rows[0].share == pytest.approx(1 / 3)
    assert [point.num_coverable for point in page.rows[0].trend] == [0, 2, 1]
    assert page.total == 2


def test_page_of_an_old_drill_knows_only_its_past(session: Session) -> None:
    add_world(session)
    for num_coverable in (0, 2, 1):
        finish(session, "K1", num_coverable, nights_ago=3 - num_coverable)
    second = list_results(session)[1]
    assert [point.num_coverable for point in get_drill(session, second.id).past] == [0, 2]
    with pytest.raises(NotFound):
        get_drill(session, 987654)


def test_state_counts_what_is_under_way(session: Session) -> None:
    add_world(session)
    state = build_drill_state(session)
    assert (state.num_waiting, state.failed, state.last_finished_at) == (0, (), None)
    finish(session, "K2", 3, nights_ago=1)
    request_drill(session, actor=SYSTEM, today=date(2026, 3, 3))
    state = build_drill_state(session)
    assert state.num_waiting == 1
    assert state.last_finished_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
