"""A worker's child processes: each is forked from one that has everything loaded, in no time.

That one is the fork server of `multiprocessing`. The worker starts it as a program of its own,
so neither it nor a child has any of the worker's threads, locks or connections. It ends once
the worker and its children have, and a dead one is replaced at the next child.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["app.services.plans.child_preload"])


def prepare_children() -> None:
    """Let the fork server load what children need, so that the first one finds it loaded."""
    forkserver.ensure_running()


@contextmanager
def running_child(
    name: str, target: Callable[..., None], *arguments: Any
) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """Yield a process that runs `target(*arguments, pipe)`, and our end of that pipe.

    No child is left at the end of the block.
    """
    ours, theirs = _CONTEXT.Pipe()
    child = _CONTEXT.Process(target=target, args=(*arguments, theirs), name=name)
    child.start()
    theirs.close()
    try:
        yield child, ours
    finally:
        # The number of one that has ended may be somebody else's by now.
        if child.is_alive():
            child.kill()
        ours.close()
        child.join()
