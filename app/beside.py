"""Work that goes on beside the jobs of a worker, until the worker is told to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import structlog

_LONGEST_WAIT_S = 300.0

_log = structlog.get_logger(__name__)


@contextmanager
def running_beside(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Run `work` in a thread; at the end of the block tell it so by its event, and wait for it."""
    stop = Event()
    thread = Thread(target=keep_running, args=(name, work, stop), name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def keep_running(name: str, work: Callable[[Event], None], stop: Event) -> None:
    """Run `work` until `stop` is set. What it raises is logged, and after a while it begins again.

    It waits for a second, then twice as long each time, 5 minutes at most; less again once it
    has run for longer than that.
    """
    num_failures = 0
    with ThreadPoolExecutor(1, thread_name_prefix=name) as pool:
        while not stop.is_set():
            begun = time.monotonic()
            error = pool.submit(work, stop).exception()
            if error is None:
                continue
            has_run_well = time.monotonic() - begun > _LONGEST_WAIT_S
            num_failures = 0 if has_run_well else num_failures + 1
            wait_s = min(2.0 ** min(num_failures - 1, 20), _LONGEST_WAIT_S)
            _log.error("ended by an error, begins again", work=name, wait_s=wait_s, exc_info=error)
            stop.wait(wait_s)
