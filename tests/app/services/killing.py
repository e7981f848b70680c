"""A process that is killed before any of its statements, as kill -9 or a power cut would."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import event

from app.database import Database


def kill_at_every_step(
    database: Database, verb: Callable[[Database], object], look: Callable[[], None]
) -> int:
    """Run `verb` in processes killed before their 1st, 2nd, ... statement, then in one that ends.

    look  called after each death, to see what it left behind

    The commit counts as a statement. Returns how many processes were killed.
    """
    for step in count(1):
        if _run(database, verb, step):
            return step - 1
        look()
    raise AssertionError


def _run(database: Database, verb: Callable[[Database], object], step: int) -> bool:
    """Return whether the process came to its end, False when it was killed."""
    with warnings.catch_warnings():
        # The child uses nothing of what other threads may have locked: it opens its own engine.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_killed(database.conninfo, verb, step)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the verb failed"
    return True


def _be_killed(address: str, verb: Callable[[Database], object], step: int) -> None:
    steps = count(1)

    def step_on(*_arguments: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    failed = True
    try:
        own = Database(address)
        event.listen(own.engine, "before_cursor_execute", step_on)
        event.listen(own.engine, "commit", step_on)
        verb(own)
        failed = False
    finally:
        # Neither pytest nor its fixtures may go on in the child.
        os._exit(failed)
