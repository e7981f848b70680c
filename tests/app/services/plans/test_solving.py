"""Plan runs, solved for real, and picked up again when a worker ends."""

from __future__ import annotations

import multiprocessing

import pytest
from sqlalchemy import select, text

from app.database import Database
from app.jobs import build_worker_app
from app.models import Message, PlanRun, Project, Proposal, UnplacedContractor
from app.services.plans import solving
from app.services.plans.plan_results import SolvedPlan
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan, stop_plan
from app.services.plans.solving import MAX_ATTEMPTS, recover_runs, run_plan
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.services.plan_runs import (
    get_run,
    list_actions,
    once,
    start_small_plan,
)
from tests.app.world import SYSTEM, add_account, add_world, pause_p1, propose


def test_run_plan_saves_proposals_certificate_and_progress(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits())
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.error, run.attempts) == ("succeeded", None, 1)
        assert run.certificate is not None
        assert run.certificate["checker"]["ok"] is True
        assert run.summary is not None
        assert (run.summary["num_affected"], run.summary["num_covered"]) == (3, 3)
        assert [tier["tier"] for tier in run.summary["tiers"]] == ["coverage", "hours", "fit"]
        proposals = session.scalars(select(Proposal)).all()
        assert sum(row.hours_per_week for row in proposals) == 60
        assert sum(row.project_id == "P2" for row in proposals) <= 2
        assert all(row.from_projects == "P1" and row.currency == "USD" for row in proposals)
        assert list_actions(session)[-2:] == ["plan.started", "plan.saved"]
        assert multiprocessing.active_children() == []


def test_run_plan_proposals_can_all_be_approved(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits())
    with database.session() as session:
        wanted = [
            ProposalVersion(row.id, row.version) for row in session.scalars(select(Proposal)).all()
        ]
        outcomes = approve_proposals(session, actor=SYSTEM, proposals=wanted)
        assert [outcome.sentence for outcome in outcomes] == ["Approved."] * len(wanted)


def test_run_plan_lists_those_it_could_not_place_and_tells_who_asked(
    database: Database,
) -> None:
    with database.session() as session:
        add_world(session, target={"status": "closed"})
        session.get_one(Project, "P3").seats = 1
        asker = add_account(session, "ops_manager")
        session.commit()
        plan_run_id = pause_p1(session).plan_run_id
        session.get_one(PlanRun, plan_run_id).requested_by = asker.user_id
        session.commit()
    run_plan(database, plan_run_id, limits=ChildLimits())
    with database.session() as session:
        unplaced = session.scalars(select(UnplacedContractor)).all()
        assert len(unplaced) == 2
        told = session.execute(select(Message.user_id, Message.kind, Message.event)).all()
        assert (asker.user_id, "plan_ready", str(plan_run_id)) in told
        assert {(row.lost_hours, row.restored_hours, row.covered) for row in unplaced} == {
            (20, 0.0, False)
        }
        assert all(row.blocker and row.unlock for row in unplaced)


def test_run_plan_again_supersedes_what_was_only_proposed(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        opened = pause_p1(session)
        old = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
        approve_proposals(session, actor=SYSTEM, proposals=old[:1])
        again = request_plan(
            session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions(workers=1)
        )
    run_plan(database, again, limits=ChildLimits())
    with database.session() as session:
        first = session.scalars(
            select(Proposal.status)
            .where(Proposal.plan_run_id == opened.plan_run_id)
            .order_by(Proposal.id)
        ).all()
        assert first == ["approved", "superseded"]
        people = session.scalars(
            select(Proposal.contractor_id).where(Proposal.plan_run_id == again)
        ).all()
        assert sorted(people) == ["C2", "C3"]


def test_no_plan_in_time_is_an_answer_and_keeps_the_last_good_plan(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.session() as session:
        add_world(session)
        opened = pause_p1(session)
        propose(session, opened.plan_run_id, [("C1", "P2", 20)])
        again = request_plan(
            session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions(time_limit_s=7)
        )
    nothing = SolvedPlan(
        is_plan=False, certificate={"status": "x"}, summary={}, proposals=[], unplaced=[]
    )
    monkeypatch.setattr(solving, "watch_child", lambda *_: nothing)
    run_plan(database, again, limits=ChildLimits())
    with database.session() as session:
        run = get_run(session, again)
        assert (run.status, run.error) == ("failed", "No plan was found within 7 seconds.")
        assert run.certificate == {"status": "x"}
        assert session.scalars(select(Proposal.status)).all() == ["proposed"]


def test_worker_shut_down_mid_solve_queues_the_run_again(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits(), should_end=lambda: True)
    assert multiprocessing.active_children() == []
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.attempts) == ("queued", 1)
        jobs = session.execute(text("SELECT id FROM procrastinate_jobs ORDER BY id")).scalars()
        assert jobs.all()[-1] == run.job_id


def test_run_plan_of_a_cancelled_run_does_nothing(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    with database.session() as session:
        stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=False)
        before = list_actions(session)
    run_plan(database, plan_run_id, limits=ChildLimits())
    with database.session() as session:
        assert list_actions(session) == before
        assert get_run(session, plan_run_id).attempts == 0


def test_recover_queues_a_dead_workers_run_again_then_gives_up(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    with database.session() as session:
        run = get_run(session, plan_run_id)
        first_job = run.job_id
        run.status, run.attempts = "running", MAX_ATTEMPTS - 1
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        session.commit()
    assert recover_runs(database) == 1
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert run.status == "queued"
        assert run.job_id != first_job
        states = session.execute(text("SELECT id, status FROM procrastinate_jobs")).all()
        assert {row.id: row.status for row in states} == {first_job: "failed", run.job_id: "todo"}
        run.status, run.attempts = "running", MAX_ATTEMPTS
        session.commit()
    assert recover_runs(database) == 1
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.error) == ("failed", "The worker that solved it died.")
    assert recover_runs(database) == 0


def test_recover_leaves_the_run_of_a_living_worker_alone(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    seen = []

    def look() -> bool:
        seen.append(recover_runs(database))
        return True

    run_plan(database, plan_run_id, limits=ChildLimits(), should_end=once(look))
    assert seen == [0]
    with database.session() as session:
        assert get_run(session, plan_run_id).attempts == 1


def test_worker_takes_the_job_and_solves_it(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    queue = build_worker_app(database, ChildLimits())
    with queue.open():
        queue.run_worker(wait=False, install_signal_handlers=False, queues=["plans"])
    with database.session() as session:
        assert get_run(session, plan_run_id).status == "succeeded"
        query = text("SELECT status FROM procrastinate_jobs WHERE queue_name = 'plans'")
        jobs = session.execute(query).scalars().all()
        assert jobs == ["succeeded"]


TAKE_BY_A_WORKER = """
    WITH worker AS (
        INSERT INTO procrastinate_workers (last_heartbeat)
        VALUES (now() - interval '60 seconds') RETURNING id)
    UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM worker)
"""


@pytest.mark.parametrize(
    ("statement", "num_lost"),
    [
        ("UPDATE procrastinate_jobs SET priority = 1", 0),
        (TAKE_BY_A_WORKER.replace("60", "1"), 0),
        (TAKE_BY_A_WORKER, 1),
        ("UPDATE procrastinate_jobs SET status = 'doing'", 1),
        ("UPDATE procrastinate_jobs SET status = 'failed'", 1),
        ("DELETE FROM procrastinate_jobs", 1),
    ],
    ids=["waiting", "worker alive", "worker silent", "worker gone", "job failed", "job gone"],
)
def test_recover_queued_run_whose_worker_died_before_it_began(
    database: Database, statement: str, num_lost: int
) -> None:
    plan_run_id = start_small_plan(database)
    with database.session() as session:
        before = get_run(session, plan_run_id).job_id
        session.execute(text(statement))
        session.commit()
    assert recover_runs(database) == num_lost
    assert recover_runs(database) == 0
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.attempts) == ("queued", 0)
        assert (run.job_id != before) == bool(num_lost)


def test_wall_added_between_approved_places_does_not_stop_the_planning(database: Database) -> None:
    with database.session() as session:
        add_world(session, num_contractors=2)
        opened = pause_p1(session)
        places = propose(session, opened.plan_run_id, [("C1", "P2", 5), ("C1", "P3", 5)])
        outcomes = approve_proposals(session, actor=SYSTEM, proposals=places)
        assert [outcome.ok for outcome in outcomes] == [True, True]
        session.execute(text("INSERT INTO walls VALUES ('K2', 'K3', 30)"))
        session.commit()
        again = request_plan(
            session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions(workers=1)
        )
    run_plan(database, again, limits=ChildLimits())
    with database.session() as session:
        run = get_run(session, again)
        assert (run.status, run.error) == ("succeeded", None)
        new = session.scalars(select(Proposal).where(Proposal.plan_run_id == again)).all()
        assert {row.contractor_id for row in new} == {"C2"}
