"""Connections to PostgreSQL: what each keeps between transactions, and whether it leads there.

Both save trips. Most requests read a little, so what goes to and fro around a statement weighs
as much as the statement.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

LONGEST_IDLE_S = 60.0
"""Beyond it a connection is opened anew: a network may drop quiet ones without a word."""

MOST_PREPARED = 300
"""Statements that a connection keeps planned: about as many as all pages together send."""

_IDLE_SINCE = "redeploy_idle_since"


class KeepingConnection(psycopg.Connection[Any]):
    """A connection whose prepared statements outlive a transaction that is rolled back.

    Psycopg forgets them then, and what only reads ends with a rollback: PostgreSQL would plan
    every statement at every request, which takes longer than to run it. After an error they are
    forgotten all the same: one of them may be what failed.
    """

    def rollback(self) -> None:
        """End the transaction without keeping what it wrote."""
        if self.info.transaction_status == TransactionStatus.INTRANS:
            with self.lock:
                result = self.pgconn.exec_(b"ROLLBACK")
            if result.status == ExecStatus.COMMAND_OK:
                return
        super().rollback()


def tend_connections(engine: Engine) -> None:
    """Let `engine` open keeping connections, and replace those that lead nowhere when asked."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _refuse_dead)


def _connect(
    _dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any
) -> KeepingConnection:
    connection = KeepingConnection.connect(*arguments, **options)
    connection.prepared_max = MOST_PREPARED
    return connection


def _note_idle(_connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_IDLE_SINCE] = time.monotonic()


def _refuse_dead(
    connection: KeepingConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    idle_since: float | None = entry.info.get(_IDLE_SINCE)
    if idle_since is None:  # opened just now
        return
    if time.monotonic() - idle_since > LONGEST_IDLE_S:
        raise DisconnectionError
    if _is_dead(connection):
        raise InvalidatePoolError


def _is_dead(connection: KeepingConnection) -> bool:
    """Tell whether the server hung up, without asking it.

    It says nothing unasked but its farewell, and the system knows of a socket that was closed.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
