"""Work beside a worker's jobs: an error is logged and does not end it."""

from __future__ import annotations

from threading import Event

from structlog.testing import capture_logs

from app.beside import keep_running, running_beside


def test_work_begins_again_after_an_error_which_is_logged() -> None:
    stop, tries = Event(), []

    def work(told: Event) -> None:
        tries.append(told)
        if len(tries) == 1:
            raise ZeroDivisionError
        stop.set()

    with capture_logs() as logs:
        keep_running("mail", work, stop)
    assert len(tries) == 2
    (entry,) = logs
    assert (entry["log_level"], entry["work"]) == ("error", "mail")
    assert isinstance(entry["exc_info"], ZeroDivisionError)


def test_work_ends_with_the_block() -> None:
    has_begun, has_ended = Event(), Event()

    def work(stop: Event) -> None:
        has_begun.set()
        stop.wait()
        has_ended.set()

    with running_beside("mail", work):
        assert has_begun.wait(60)
        assert not has_ended.is_set()
    assert has_ended.is_set()


def test_error_while_it_is_told_to_end_does_not_hold_it_up() -> None:
    def work(stop: Event) -> None:
        stop.wait()
        raise ZeroDivisionError

    with capture_logs() as logs, running_beside("mail", work):
        pass
    assert len(logs) == 1
