"""What holds a worker's child process: its memory, and the parent that it works for."""

from __future__ import annotations

import os
import resource
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection

STOP = "stop"
_MEGABYTE = 1024 * 1024
_NICENESS = 15
"""Pages and payroll come first where they share the cores with a solve.

Of two solving threads a page of 5 ms notices nothing then; at 10 every twentieth took twice as
long. At 19 a solve would hardly go on while all cores are taken.
"""


@dataclass(frozen=True)
class Failed:
    """Why there is no answer: one sentence."""

    sentence: str


def limit_child(memory_mb: int, pipe: Connection) -> threading.Event:
    """Hold this process to its memory, its place and its parent; return what says to stop."""
    os.nice(_NICENESS)
    # Ctrl-C reaches every process of the terminal; the parent decides what it means for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    should_stop = threading.Event()
    threading.Thread(target=_obey, args=(pipe, should_stop), daemon=True).start()
    limit = memory_mb * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return should_stop


def _obey(pipe: Connection, should_stop: threading.Event) -> None:
    """Wait for the parent's word; without a parent there is nobody to work for."""
    try:
        while pipe.recv() == STOP:
            should_stop.set()
    except (EOFError, OSError):
        os._exit(1)
