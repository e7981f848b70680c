"""A worker killed at any statement of a plan leaves all of the plan or nothing."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import jobs
from app.database import Database
from app.jobs import build_worker_app
from app.models import AuditEvent, Message
from app.services.job_queue import close_dead_jobs
from app.services.plans import solving
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan
from app.services.plans.solving import recover_runs, run_plan
from tests.app.services.killing import kill_everywhere, kill_once
from tests.app.services.plan_runs import build_answer, get_run, list_actions, start_small_plan
from tests.app.world import add_account, add_world, pause_p1, propose

LOOK = """
    SELECT (SELECT string_agg(status, ' ' ORDER BY id) FROM proposals),
           (SELECT count(*) FROM unplaced),
           (SELECT count(*) FROM plan_runs WHERE certificate IS NOT NULL),
           (SELECT count(*) FROM plan_runs WHERE status = 'succeeded')
"""


def test_worker_killed_anywhere_saves_a_whole_plan_or_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check 27: saving a plan. Check 30: another worker takes the run up."""
    with database.session() as session:
        add_world(session)
        manager = add_account(session, "ops_manager")
        opened = pause_p1(session)
        propose(session, opened.plan_run_id, [("C2", "P2", 20)])
        run_id = request_plan(
            session, actor=manager, pause_id=opened.pause_id, options=PlanOptions()
        )
    # The solve itself is a process of its own, which has only to be started again.
    monkeypatch.setattr(solving, "watch_child", lambda *_arguments: build_answer())
    monkeypatch.setattr(solving, "MAX_ATTEMPTS", 1000)

    def work(own: Database) -> None:
        recover_runs(own)
        run_plan(own, run_id, limits=ChildLimits())

    def read(session: Session) -> object:
        told = Counter(session.scalars(select(Message.kind)))
        saved = [one for one in session.scalars(select(AuditEvent.action)) if one == "plan.saved"]
        return tuple(session.execute(text(LOOK)).one()), told["plan_ready"], len(saved)

    deaths = kill_everywhere(database, work, read)
    assert deaths.states == [
        (("proposed", 0, 1, 1), 0, 1),
        (("superseded proposed", 1, 2, 2), 1, 2),
    ]
    assert deaths.num_at_statements > 3
    assert deaths.num_at_commits >= 4


HEARTBEATS_ARE_OLD = """
    UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'
"""
JOB = "SELECT status FROM procrastinate_jobs WHERE task_name = 'plan'"


def test_worker_killed_before_its_job_is_marked_as_done_bug(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan was saved, and its job counted as under way for ever."""
    run_id = start_small_plan(database)
    monkeypatch.setattr(solving, "watch_child", lambda *_arguments: build_answer())

    def save_and_die(own: Database, run_id: int, **options: Any) -> None:
        run_plan(own, run_id, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(jobs, "run_plan", save_and_die)

    def work(own: Database, queue_name: str = "plans") -> None:
        queue = build_worker_app(own, ChildLimits())
        queue.run_worker(wait=False, install_signal_handlers=False, queues=[queue_name])

    kill_once(database, work)
    with database.session() as session:
        assert session.scalar(text(JOB)) == "doing"
        # It may only be slow.
        assert close_dead_jobs(session) == 0
        session.execute(text(HEARTBEATS_ARE_OLD))
        session.commit()
    work(database, "upkeep")
    with database.session() as session:
        assert session.scalar(text(JOB)) == "failed"
        run = get_run(session, run_id)
        assert (run.status, run.attempts) == ("succeeded", 1)
        assert list_actions(session).count("plan.saved") == 1
