"""The process of one solve: it reads the database, solves, and sends the answer back.

It ends at once when its parent is gone, when the parent says so, or at its memory limit.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

from app.database import Database
from app.services.plans.child_limits import limit_child
from app.services.plans.plan_loading import build_limits
from app.services.plans.solve_kinds import KINDS, Answer, SolveKind
from solver.errors import SolverError
from solver.planning import make_plan
from solver.result import Control, Progress
from solver.search.memory import measure_resident_mb

_SEARCH_PART = 0.75
"""Part of the memory limit, in memory held, at which the search ends with its best plan.

The limit itself is on the address space, which is larger, and ends the process.
"""


@dataclass(frozen=True)
class SolveFailed:
    """The child's last message when there is no answer: one sentence."""

    sentence: str


Message = Progress | Answer | SolveFailed
"""What a child sends: any number of Progress, then one of the others."""


def solve_in_child(
    database_url: str, kind_name: str, solve_id: int, memory_mb: int, pipe: Connection
) -> None:
    """Solve and send the answer through `pipe`; the target of the process."""
    should_stop = limit_child(memory_mb, pipe)
    sending = threading.Lock()

    def send(message: Message) -> None:
        with sending:  # progress comes from the search's threads
            pipe.send(message)

    control = Control(on_progress=send, should_stop=should_stop.is_set)
    try:
        send(_solve(database_url, KINDS[kind_name], solve_id, memory_mb, control))
    except MemoryError:
        send(SolveFailed(f"The solve needed more than its {memory_mb} MB of memory."))
    except SolverError as error:
        send(SolveFailed(f"The optimiser refused: {error}"))


def _solve(
    database_url: str, kind: SolveKind, solve_id: int, memory_mb: int, control: Control
) -> Answer:
    if measure_resident_mb() > memory_mb:
        # The limit only refuses more memory, and a small plan might need no more.
        raise MemoryError
    database = Database(database_url)
    with database.session() as session:
        # One snapshot for all tables: an import in between must not mix two states.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        roster, request, solve = kind.load(session, solve_id)
        limits = replace(build_limits(solve), memory_limit_mb=int(memory_mb * _SEARCH_PART))
    database.dispose()
    return kind.build(make_plan(roster, request, limits, control))
