"""The database session of a request, opened when first asked for and closed with the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask.ctx import AppContext
from flask.globals import app_ctx
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, scoped_session

from app.database import Database

_EXTENSION = "redeploy.session"
_ENGINE = "redeploy.engine"


def init_sessions(app: Flask, database: Database) -> scoped_session[Session]:
    """Give `app` one session per request over `database`, and return their registry."""
    registry = scoped_session(database.session_factory, scopefunc=_get_context_id)
    app.extensions[_EXTENSION] = registry
    app.extensions[_ENGINE] = database.engine

    def close_session(_error: BaseException | None) -> None:
        registry.remove()

    app.teardown_appcontext(close_session)
    return registry


def get_session() -> Session:
    """Return the session of this request."""
    registry: scoped_session[Session] = current_app.extensions[_EXTENSION]
    return registry()


@contextmanager
def open_own_session() -> Iterator[Session]:
    """Yield a session beside the request's own, whatever state that one is in."""
    registry: scoped_session[Session] = current_app.extensions[_EXTENSION]
    with registry.session_factory() as session:
        yield session


@contextmanager
def open_connection() -> Iterator[Connection]:
    """Yield a connection on which every statement stands for itself: nothing begins or ends.

    For a statement or two that need no session; it saves the trips of a transaction.
    """
    engine: Engine = current_app.extensions[_ENGINE]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _get_context_id() -> int:
    context: AppContext = app_ctx._get_current_object()  # type: ignore[attr-defined]  # the way through a proxy
    return id(context)
