"""Two workers and one plan: one of them solves it, and it is saved once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.database import Database
from app.jobs import build_worker_app
from app.models import Proposal
from app.services.plans import solving
from app.services.plans.plan_results import SolvedPlan
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.solving import recover_runs, run_plan
from tests.app.services.plan_runs import (
    build_answer,
    count,
    get_run,
    list_actions,
    start_small_plan,
)


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the solve be a plan at hand; the list holds the runs that somebody solved."""
    solved: list[int] = []

    def answer(_database: Database, _kind: object, run_id: int, *_others: object) -> SolvedPlan:
        solved.append(run_id)
        return build_answer()

    monkeypatch.setattr(solving, "watch_child", answer)
    return solved


def work_off_the_queue(database: Database, _run_id: int) -> None:
    queue = build_worker_app(database, ChildLimits())
    queue.run_worker(wait=False, install_signal_handlers=False, queues=["plans"])


def take_up_the_run(database: Database, run_id: int) -> None:
    """Do what a worker does that was given the job, while another one looks for dead ones."""
    recover_runs(database)
    run_plan(database, run_id, limits=ChildLimits())


@pytest.mark.parametrize("work", [work_off_the_queue, take_up_the_run])
def test_two_workers_racing_for_one_run_solve_and_save_it_once(
    database: Database, solved: list[int], work: Callable[[Database, int], None]
) -> None:
    """Check 30: whichever worker has the run, no other one touches it."""
    run_id = start_small_plan(database)
    barrier = Barrier(2)

    def race(_number: int) -> None:
        own = Database(database.conninfo)
        barrier.wait()
        work(own, run_id)
        own.dispose()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(race, range(2)))
    assert solved == [run_id]
    with database.session() as session:
        run = get_run(session, run_id)
        assert (run.status, run.attempts) == ("succeeded", 1)
        assert count(session, Proposal) == 1
        assert list_actions(session).count("plan.saved") == 1
