"""The child process of a solve: watched, stopped, cancelled, killed, and never left behind.

`should_end` is asked several times a second while a child solves; tests act from inside it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import select

from app import create_app
from app.config import Settings
from app.database import Database
from app.errors import Refused
from app.models import PlanProgress, Proposal
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan, stop_plan
from app.services.plans.solving import recover_runs, run_plan
from tests.app.processes import list_family, wait_until_gone
from tests.app.services.plan_runs import (
    count,
    get_run,
    list_actions,
    once,
    start_long_plan,
    start_small_plan,
)
from tests.app.world import SYSTEM, add_world, pause_p1, propose
from tests.secret import SECRET


def test_cancel_ends_the_child_and_writes_nothing(database: Database) -> None:
    """Check 33: found at the next look, a fraction of a second later, and killed: the process
    here is stopped, so that it could not end by itself."""
    plan_run_id = start_long_plan(database)
    looks: list[str] = []

    def look() -> bool:
        looks.append("look")
        if len(looks) == 1:
            for child in multiprocessing.active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGSTOP)
            with database.session() as session:
                stop_plan(session, actor=SYSTEM, plan_run_id=plan_run_id, keep=False)
        return False

    run_plan(database, plan_run_id, limits=ChildLimits(), should_end=look)
    assert looks == ["look"]
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
    """Check 30: its child, killed."""
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
    """Check 32: pages answer meanwhile, and the last good plan stays."""
    with database.session() as session:
        add_world(session)
        opened = pause_p1(session)
        propose(session, opened.plan_run_id, [("C1", "P2", 20)])
        options = PlanOptions(workers=1)
        again = request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=options)
    settings = Settings.from_environment({"SECRET_KEY": SECRET, "SECURE_COOKIES": "false"})
    browser = create_app(settings, database).test_client()

    def look() -> bool:
        assert browser.get("/login").status_code == 200
        return False

    run_plan(database, again, limits=ChildLimits(memory_mb=16), should_end=look)
    with database.session() as session:
        run = get_run(session, again)
        assert run.status == "failed"
        assert run.error
        assert session.scalars(select(Proposal.status)).all() == ["proposed"]


def test_child_over_its_time_is_killed(database: Database) -> None:
    """Check 32: time."""
    plan_run_id = start_small_plan(database)
    run_plan(database, plan_run_id, limits=ChildLimits(grace_s=-10.0, grace_part=0.0))
    assert multiprocessing.active_children() == []
    with database.session() as session:
        run = get_run(session, plan_run_id)
        assert (run.status, run.error) == (
            "failed",
            "The solve did not end within its time limit and was killed.",
        )


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
    """Check 30: a real worker, killed."""
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
