"""The process that solves one plan: it reads the database, solves, and sends the answer back.

It ends at once when its parent is gone, when the parent says so, or at its memory limit.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

from app.database import Database
from app.models import PlanRun
from app.services.plan_loading import build_limits, load_planning_roster
from app.services.plan_results import SolvedPlan, build_solved_plan
from solver.errors import SolverError
from solver.planning import make_plan
from solver.result import Control, Progress

STOP = "stop"
_MEGABYTE = 1024 * 1024
_SEARCH_PART = 0.75
"""Part of the memory limit, in memory held, at which the search ends with its best plan.

The limit itself is on the address space, which is larger, and ends the process.
"""


@dataclass(frozen=True)
class SolveFailed:
    """The child's last message when there is no answer: one sentence."""

    sentence: str


Message = Progress | SolvedPlan | SolveFailed
"""What a child sends: any number of Progress, then one of the others."""


def solve_in_child(database_url: str, plan_run_id: int, memory_mb: int, pipe: Connection) -> None:
    """Solve a plan run and send the answer through `pipe`; the target of the process."""
    # Ctrl-C reaches every process of the terminal; the parent decides what it means for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    should_stop = threading.Event()
    threading.Thread(target=_obey, args=(pipe, should_stop), daemon=True).start()
    limit = memory_mb * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sending = threading.Lock()

    def send(message: Message) -> None:
        with sending:  # progress comes from the search's threads
            pipe.send(message)

    control = Control(on_progress=send, should_stop=should_stop.is_set)
    try:
        send(_solve(database_url, plan_run_id, memory_mb, control))
    except MemoryError:
        send(SolveFailed(f"The solve needed more than its {memory_mb} MB of memory."))
    except SolverError as error:
        send(SolveFailed(f"The optimiser refused: {error}"))


def _solve(database_url: str, plan_run_id: int, memory_mb: int, control: Control) -> SolvedPlan:
    database = Database(database_url)
    with database.session() as session:
        # One snapshot for all tables: an import in between must not mix two states.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        run = session.get_one(PlanRun, plan_run_id)
        roster, request = load_planning_roster(session, run)
        limits = replace(build_limits(run), memory_limit_mb=int(memory_mb * _SEARCH_PART))
    database.dispose()
    return build_solved_plan(make_plan(roster, request, limits, control))


def _obey(pipe: Connection, should_stop: threading.Event) -> None:
    """Wait for the parent's word; without a parent there is nobody to solve for."""
    try:
        while pipe.recv() == STOP:
            should_stop.set()
    except (EOFError, OSError):
        os._exit(1)
