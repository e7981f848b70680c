"""Runs a solve so that a person can watch it and end it with Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import click

from app.cli.wording import describe_gap, describe_value
from solver.result import Control, Progress

Answer = TypeVar("Answer")


def run_watched(work: Callable[[Control], Answer]) -> Answer:
    """Return what `work` returns, called in a thread; progress goes to standard error.

    The first Ctrl-C asks the solve to stop and keep its best plan; the second gives up.
    """
    stop = threading.Event()
    control = Control(on_progress=_ProgressLines(), should_stop=stop.is_set)
    # The main thread stays free: Python handles signals only there.
    with ThreadPoolExecutor(max_workers=1) as pool, _stopping_on_interrupt(stop):
        return pool.submit(work, control).result()


class _ProgressLines:
    """Prints a line whenever what it says has changed."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        told = f"{progress.tier.value:<8} {describe_value(progress.tier, progress.value)}"
        if progress.bound is not None:
            told += f", at most {describe_value(progress.tier, progress.bound)}"
            if progress.value is not None:
                told += f", gap {describe_gap(progress.value, progress.bound)}"
        if told != self._last:
            self._last = told
            click.echo(f"{progress.elapsed_s:7.1f} s  {told}", err=True)


@contextmanager
def _stopping_on_interrupt(stop: threading.Event) -> Iterator[None]:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        click.echo("Stopping: the best plan so far is kept. Ctrl-C once more to give up.", err=True)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
