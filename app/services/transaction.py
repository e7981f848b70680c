"""The one way a service commits, and the one way it tries again.

Locks are taken in one order everywhere: projects, contractors, pauses, plan runs,
proposals; inside a table in the order of the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import Busy
from app.services.plans.walls import find_wall_breach

P = ParamSpec("P")
T = TypeVar("T")

MAX_TRIES = 3
"""How often a verb is tried before its caller hears that others were in the way."""

_CONFLICTS = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: PostgreSQL chose who goes on."""


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit at the end of the block; roll everything back when it raises.

    Raises Busy when PostgreSQL broke the transaction off in favour of another one, and
    WallBreached when it refused work across a wall.
    """
    try:
        yield
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if getattr(error.orig, "sqlstate", None) in _CONFLICTS:
            raise Busy from error
        breach = find_wall_breach(error)
        if breach is not None:
            raise breach from error
        raise
    except BaseException:
        session.rollback()
        raise


def retried(verb: Callable[P, T]) -> Callable[P, T]:
    """Run a verb again when it was broken off, MAX_TRIES times in all; then raise Busy.

    The verb does all that it does in one `transaction`, whose rollback also expires what
    the session had read: each try starts from the present state.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MAX_TRIES - 1):
            try:
                return verb(*args, **kwargs)
            except Busy:
                continue
        return verb(*args, **kwargs)

    return run
