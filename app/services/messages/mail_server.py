"""How the mail server stands: one that fails is left in peace, each time twice as long."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.models import MailServerState
from app.services.transaction import transaction

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)

_log = structlog.get_logger(__name__)


def compute_wait(num_tries: int) -> timedelta:
    """Return how long to wait after so many tries: 30 s, 1 min, 2 min and so on, 1 h at most."""
    doublings = min(num_tries - 1, 20)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def find_state(session: Session) -> MailServerState | None:
    """Return how the server stands; None when it has never failed."""
    return session.get(MailServerState, 1, populate_existing=True)


def is_server_due(session: Session, now: datetime) -> bool:
    """Tell whether the server may be asked by `now`."""
    state = find_state(session)
    session.rollback()
    return state is None or state.next_try_at <= now


def note_failure(session: Session, error: Exception, now: datetime) -> None:
    """Write down that the server failed, and until when it is left in peace."""
    _log.warning("the mail server does not answer", error=str(error))
    with transaction(session):
        state = find_state(session)
        if state is None:
            state = MailServerState(id=1, num_failures=0)
            session.add(state)
        state.failing_since = state.failing_since or now
        state.num_failures += 1
        state.next_try_at = now + compute_wait(state.num_failures)
        state.error = str(error)


def note_success(session: Session) -> None:
    """Write down that the server has taken a mail, if it had failed before."""
    with transaction(session):
        state = find_state(session)
        if state is not None and state.failing_since is not None:
            state.failing_since, state.num_failures, state.error = None, 0, ""
