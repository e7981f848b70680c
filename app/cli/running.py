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

_PROGRESS_STEP_S = 1.0


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
    """Prints how a solve goes: each goal's start and first plan, then a line a second."""

    def __init__(self) -> None:
        self._told: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        if not self._is_news(progress):
            return
        self._told = progress
        line = f"{progress.tier.value:<8} {describe_value(progress.tier, progress.value)}"
        if progress.bound is not None:
            line += f", at most {describe_value(progress.tier, progress.bound)}"
            if progress.value is not None:
                line += f", gap {describe_gap(progress.value, progress.bound)}"
        click.echo(f"{progress.elapsed_s:7.1f} s  {line}", err=True)

    def _is_news(self, progress: Progress) -> bool:
        told = self._told
        if told is None or told.tier is not progress.tier:
            return True
        if told.value is None and progress.value is not None:
            return True
        changed = (told.value, told.bound) != (progress.value, progress.bound)
        return changed and progress.elapsed_s - told.elapsed_s >= _PROGRESS_STEP_S


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
