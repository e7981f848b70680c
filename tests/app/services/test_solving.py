"""Plan runs, solved for real: in a child process, watched, stopped, killed, picked up again.

`should_end` is asked several times a second while a child solves; tests act from inside it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.importing import read_folder
from app.jobs import build_worker_app
from app.models import AuditEvent, PlanProgress, PlanRun, Project, Proposal, UnplacedContractor
from app.sampling import CHORDUS_PAUSE_DATE
from app.services import solving
from app.services.horizon import MAX_WEEKS
from app.services.importing import import_roster
from app.services.pausing import open_pause
from app.services.plan_results import SolvedPlan
from app.services.plan_watch import ChildLimits
from app.services.planning import POLICY_NAMES, PlanOptions, request_plan, stop_plan
from app.services.reviewing import ProposalVersion, approve_proposals
from app.services.solving import MAX_ATTEMPTS, recover_runs, run_plan
from solver.affected import MAX_WEEKS as SOLVER_MAX_WEEKS
from solver.policy import POLICIES
from tests.app.processes import list_family, wait_until_gone
from tests.app.world import SYSTEM, add_world, pause_p1, propose

CHORDUS = Path(__file__).parents[3] / "sample_data" / "chordus"
LONG_S = 600.0


def get_run(session: Session, plan_run_id: int) -> PlanRun:
    return session.get_one(PlanRun, plan_run_id, populate_existing=True)


def start_small_plan(database: Database) -> int:
    with database.session() as session:
        add_world(session, target={"seats": 2})
        return pause_p1(session).plan_run_id


def start_long_plan(database: Database) -> int:
    """Pause Chordus of the sample data, with far more time than the test will give it."""
    with database.session() as session:
        import_roster(session, read_folder(CHORDUS).roster, actor=SYSTEM, source="chordus")
        project_id = session.scalars(
            select(Project.project_id).where(Project.codename == "Chordus")
        ).one()
        midnight = datetime.combine(CHORDUS_PAUSE_DATE, datetime.min.time(), UTC)
        return open_pause(
            session,
            actor=SYSTEM,
            project_ids=[project_id],
            effective_at=midnight,
            reason_class="other",
            options=PlanOptions(time_limit_s=LONG_S, gap=0.0, workers=1),
        ).plan_run_id


def once(act: Callable[[], bool]) -> Callable[[], bool]:
    """Return a `should_end` that calls `act` until it says that it has acted."""
    done = False

    def should_end() -> bool:
        nonlocal done
        done = done or act()
        return False

    return should_end


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def list_actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


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


def test_run_plan_lists_those_it_could_not_place(database: Database) -> None:
    with database.session() as session:
        add_world(session, target={"status": "closed"})
        session.get_one(Project, "P3").seats = 1
        session.commit()
        plan_run_id = pause_p1(session).plan_run_id
    run_plan(database, plan_run_id, limits=ChildLimits())
    with database.session() as session:
        unplaced = session.scalars(select(UnplacedContractor)).all()
        assert len(unplaced) == 2
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


def test_cancel_ends_the_child_and_writes_nothing(database: Database) -> None:
    plan_run_id = start_long_plan(database)

    def cancel() -> bool:
        with database.session() as session:
            stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=False)
        return True

    run_plan(database, plan_run_id, limits=ChildLimits(), should_end=once(cancel))
    assert multiprocessing.active_children() == []
    with database.session() as session:
        assert get_run(session, plan_run_id).status == "cancelled"
        assert count(session, Proposal) == 0
        assert list_actions(session)[-2:] == ["plan.cancel_requested", "plan.cancelled"]
        with pytest.raises(Refused, match="has cancelled already"):
            stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=True)


def test_stop_keeps_the_best_plan_so_far(database: Database) -> None:
    plan_run_id = start_long_plan(database)

    def stop_once_there_is_a_plan() -> bool:
        with database.session() as session:
            found = select(PlanProgress).where(PlanProgress.value.is_not(None)).limit(1)
            if session.scalars(found).first() is None:
                return False
            stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=True)
        return True

    run_plan(
        database, plan_run_id, limits=ChildLimits(), should_end=once(stop_once_there_is_a_plan)
    )
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.stop_requested) == ("succeeded", "keep")
        assert run.certificate is not None
        reasons = {tier["stop_reason"] for tier in run.certificate["tiers"]}
        assert "stopped by a person" in reasons
        assert count(session, Proposal) > 0
        points = session.scalars(select(PlanProgress).order_by(PlanProgress.seq)).all()
        assert [point.seq for point in points] == list(range(1, len(points) + 1))
        assert all(
            point.value <= point.bound
            for point in points
            if point.value is not None and point.bound is not None
        )


def test_child_killed_from_outside_fails_with_its_reason(database: Database) -> None:
    plan_run_id = start_small_plan(database)

    def kill() -> bool:
        for child in multiprocessing.active_children():
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
        return True

    run_plan(database, plan_run_id, limits=ChildLimits(), should_end=once(kill))
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert run.status == "failed"
        assert run.error is not None
        assert "killed by SIGKILL" in run.error
        assert count(session, Proposal) == 0
        assert list_actions(session)[-1] == "plan.failed"


def test_child_over_its_memory_fails_with_its_reason(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits(memory_mb=64))
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert run.status == "failed"
        assert run.error
        assert count(session, Proposal) == 0


def test_child_over_its_time_is_killed(database: Database) -> None:
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits(grace_s=-10.0))
    assert multiprocessing.active_children() == []
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.error) == (
            "failed",
            "The solve did not end within its time limit and was killed.",
        )


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


TELL = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('told', TG_ARGV[0]); RETURN NULL; END $$;
CREATE TRIGGER tell_progress AFTER INSERT ON plan_progress
    EXECUTE FUNCTION tell('progress');
CREATE TRIGGER tell_end AFTER UPDATE OF finished_at ON plan_runs FOR EACH ROW
    WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION tell('finished');
LISTEN told;
"""


def test_worker_process_killed_mid_solve_leaves_a_run_that_is_queued_again(
    database: Database,
) -> None:
    plan_run_id = start_long_plan(database)
    environment = {**os.environ, "DATABASE_URL": database.conninfo}
    with psycopg.connect(database.conninfo, autocommit=True) as listener:
        listener.execute(TELL)
        worker = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=environment)
        try:
            told = [notice.payload for notice in listener.notifies(timeout=120, stop_after=1)]
            assert told == ["progress"]
            family = list_family(worker.pid)
        finally:
            worker.kill()
            worker.wait()
        # The dead worker's hold on the run ends with its connection.
        listener.execute("SELECT pg_advisory_lock(7461, %s)", (plan_run_id,))
        listener.execute("SELECT pg_advisory_unlock_all()")
    wait_until_gone(family)
    assert recover_runs(database) == 1
    with database.session() as session:
        assert get_run(session, plan_run_id).status == "queued"
        assert count(session, Proposal) == 0


def test_constants_kept_apart_from_the_optimisers_imports_agree_with_it() -> None:
    assert MAX_WEEKS == SOLVER_MAX_WEEKS
    assert set(POLICY_NAMES) == set(POLICIES)
