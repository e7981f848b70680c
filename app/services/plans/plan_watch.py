"""The parent's side of a solve: start the child, watch it, pass wishes on, leave none behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from sqlalchemy.orm import Session

from app.database import Database
from app.services.plans.child_limits import STOP
from app.services.plans.child_processes import running_child
from app.services.plans.plan_child import SolveFailed, solve_in_child
from app.services.plans.solve_kinds import Answer, SolveKind
from app.services.transaction import transaction
from solver.result import Progress

_POLL_S = 0.2


@dataclass(frozen=True)
class ChildLimits:
    """What the solving process may take; far beyond its time limit it is killed.

    grace_s, grace_part  beyond the limit: seconds, and a part of the limit, which grows with
                         the plan. They cover loading, building and checking, which the limit
                         does not count, and a machine that is busy with other work

    import_memory_mb    of the process that reads an upload
    import_unpacked_mb  of all files of an uploaded zip
    """

    memory_mb: int = 4096
    grace_s: float = 120.0
    grace_part: float = 1.0
    import_memory_mb: int = 2048
    import_unpacked_mb: int = 1024


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for the run to end with nothing."""


@dataclass(frozen=True)
class Interrupted:
    """The worker is shutting down; the run goes back into the queue."""


Ending = Answer | SolveFailed | Cancelled | Interrupted


def watch_child(
    database: Database,
    kind: SolveKind,
    solve_id: int,
    limits: ChildLimits,
    should_end: Callable[[], bool],
) -> Ending:
    """Start the child and stay with it to the end; no child is left when this returns."""
    arguments = (database.conninfo, kind.name, solve_id, limits.memory_mb)
    with (
        running_child(f"{kind.name}-{solve_id}", solve_in_child, *arguments) as (child, pipe),
        database.session() as session,
    ):
        limit_s = _get_time_limit(session, kind, solve_id) * (1 + limits.grace_part)
        deadline = limit_s + limits.grace_s + time.monotonic()
        watch = _Watch(session, (kind, solve_id), child, pipe, deadline)
        return watch.wait(should_end)


def _get_time_limit(session: Session, kind: SolveKind, solve_id: int) -> float:
    with transaction(session):
        return kind.get(session, solve_id).time_limit_s


class _Watch:
    """Reads what the child says and what people ask for, until one of them ends the run."""

    def __init__(
        self,
        session: Session,
        solve: tuple[SolveKind, int],
        child: ForkServerProcess,
        pipe: Connection,
        deadline: float,
    ) -> None:
        self._session = session
        self._kind, self._solve_id = solve
        self._child = child
        self._pipe = pipe
        self._deadline = deadline
        self._seq = 0
        self._was_told_to_stop = False

    def wait(self, should_end: Callable[[], bool]) -> Ending:
        while True:
            ending = self._read_messages() or self._read_wishes()
            if ending is not None:
                return ending
            if should_end():
                return Interrupted()
            if time.monotonic() > self._deadline:
                return SolveFailed("The solve did not end within its time limit and was killed.")

    def _read_messages(self) -> Ending | None:
        """Wait a moment for messages; save progress, return the answer once it is there."""
        points: list[Progress] = []
        ending: Ending | None = None
        try:
            wait_s = _POLL_S
            while ending is None and self._pipe.poll(wait_s):
                message = self._pipe.recv()
                wait_s = 0.0
                if isinstance(message, Progress):
                    points.append(message)
                else:
                    ending = message
        except (EOFError, ConnectionResetError):
            ending = SolveFailed(self._describe_death())
        self._save_progress(points)
        return ending

    def _describe_death(self) -> str:
        self._child.join()
        code = self._child.exitcode or 0
        if code < 0:
            return (
                f"The solving process was killed by {signal.Signals(-code).name}, "
                "from outside or by its memory limit."
            )
        return f"The solving process ended with exit code {code}; the worker's log says why."

    def _save_progress(self, points: list[Progress]) -> None:
        with transaction(self._session):
            self._kind.add_progress(self._session, self._solve_id, self._seq + 1, points)
        self._seq += len(points)

    def _read_wishes(self) -> Ending | None:
        """Look at what people asked for meanwhile; pass a stop on to the child once."""
        with transaction(self._session):
            wish = self._kind.get(self._session, self._solve_id).stop_requested
        if wish == "cancel":
            return Cancelled()
        if wish == "keep" and not self._was_told_to_stop:
            self._was_told_to_stop = True
            self._pipe.send(STOP)
        return None
