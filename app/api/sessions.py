"""The database session of a call: opened when first asked for, closed with the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from app.database import Database

_EXTENSION = "redeploy.database"


def init_sessions(app: Flask, database: Database) -> None:
    """Give each call of `app` a session over `database`."""
    app.extensions[_EXTENSION] = database
    app.teardown_appcontext(_close_session)


def get_session() -> Session:
    """Return the session of this call."""
    if "session" not in g:
        database: Database = current_app.extensions[_EXTENSION]
        g.session = database.session_factory()
    session: Session = g.session
    return session


@contextmanager
def open_own_session() -> Iterator[Session]:
    """Yield a session beside the call's own."""
    database: Database = current_app.extensions[_EXTENSION]
    with database.session() as session:
        yield session


def _close_session(_error: BaseException | None) -> None:
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()
