"""The loop of what a worker sends beside its jobs: mail, and events to other systems."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog
from sqlalchemy.exc import OperationalError

_LOOK_AGAIN_S = 5.0

_log = structlog.get_logger(__name__)


def keep_sending(
    send: Callable[[], int], stop: Event, *, sent: str, counted: str, waits: str
) -> None:
    """Send what is due until `stop` is set; a database that is away is waited for.

    send     sends it, and returns how much went
    sent     what the log says when something went
    counted  the field of that line that holds how much
    waits    what the log says when the database is away
    """
    while not stop.is_set():
        try:
            if num_sent := send():
                _log.info(sent, **{counted: num_sent})
        except OperationalError as error:
            _log.warning(waits, error=type(error.orig).__name__)
        stop.wait(_LOOK_AGAIN_S)
