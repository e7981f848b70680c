"""Watching a solve and ending it with Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading

import click
import pytest

from app.cli.running import run_watched
from solver.policy import Tier
from solver.result import Control, Progress

WAIT_S = 30.0


def test_answer_of_the_work_comes_back() -> None:
    assert run_watched(lambda _control: 42) == 42


def test_error_of_the_work_comes_back() -> None:
    def fail(_control: Control) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_watched(fail)


def test_interrupt_asks_the_work_to_stop_and_keeps_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = threading.Event()
    monkeypatch.setattr(click, "echo", lambda *_args, **_options: told.set())

    def work(control: Control) -> tuple[bool, bool]:
        before = control.should_stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert told.wait(WAIT_S)
        return before, control.should_stop()

    assert run_watched(work) == (False, True)


def test_handler_of_interrupts_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    run_watched(lambda _control: None)
    assert signal.getsignal(signal.SIGINT) is before


def test_progress_tells_starts_first_plans_and_a_change_a_second(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(control: Control) -> None:
        for value, elapsed_s in ((None, 1.0), (80, 1.1), (85, 1.2), (90, 2.2), (90, 9.0)):
            control.on_progress(Progress(Tier.COVERAGE, value, 100, elapsed_s))
        control.on_progress(Progress(Tier.HOURS, None, 500, 9.1))

    run_watched(work)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "    1.0 s  coverage no plan yet, at most 100 contractors",
        "    1.1 s  coverage 80 contractors, at most 100 contractors, gap 20.0 %",
        "    2.2 s  coverage 90 contractors, at most 100 contractors, gap 10.0 %",
        "    9.1 s  hours    no plan yet, at most 100 hour-weeks x priority",
    ]
