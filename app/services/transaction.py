"""The one way a service commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit at the end of the block; roll everything back when it raises."""
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
