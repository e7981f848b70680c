"""A process that is killed anywhere on its way through the database, as by kill -9 or a power cut.

Every try is a child that ends by SIGKILL: before a statement, before a COMMIT is sent, or after
it was sent and before the answer came. The suite tries every few statements and each COMMIT;
`KILL_STRIDE=1` in the environment tries every statement.
"""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.database import Database

STRIDE = int(os.environ.get("KILL_STRIDE", "5"))
"""Every so many statements of a transaction somebody is killed, from its first one on."""

_ALIVE = 7_499
"""Each connection of a child shares this advisory lock: who gets it alone knows that all ended."""


class End(Enum):
    """How a child came to its end."""

    AT_STATEMENT = b"s"
    BEFORE_COMMIT = b"c"
    AFTER_COMMIT = b"a"
    BY_ITSELF = b""


@dataclass(frozen=True)
class _Place:
    """Where a child dies: at a statement of its transaction number so and so, both from 1.

    statement  None = after the COMMIT of that transaction was sent
    """

    transaction: int
    statement: int | None


@dataclass
class Deaths:
    """What a series of killed processes left.

    num_at_statements, num_at_commits  how many were killed, by where
    states  what others saw in turn; neighbours differ
    """

    num_at_statements: int = 0
    num_at_commits: int = 0
    states: list[Any] = field(default_factory=list)


def kill_everywhere(
    database: Database,
    verb: Callable[[Database], object],
    read: Callable[[Session], object],
    *,
    stride: int = STRIDE,
) -> Deaths:
    """Run `verb` in children that are killed at each place in turn, until one ends by itself.

    verb  does its work once and again: after a death it is what tries again
    read  what others see; looked at after each death

    The children get `database` with fresh connections. A transaction whose COMMIT was sent
    stays, and the next child goes on from there.
    """
    deaths = Deaths()

    def try_once(place: _Place) -> End:
        end = _run(database, verb, place)
        _wait_until_gone(database)
        with database.session() as session:
            state = read(session)
        if not deaths.states or deaths.states[-1] != state:
            deaths.states.append(state)
        deaths.num_at_statements += end is End.AT_STATEMENT
        deaths.num_at_commits += end in {End.BEFORE_COMMIT, End.AFTER_COMMIT}
        return end

    with database.session() as session:
        deaths.states.append(read(session))
    for transaction in count(1):
        for statement in count(1, stride):
            end = try_once(_Place(transaction, statement))
            if end is not End.AT_STATEMENT:
                break
        if end is End.BY_ITSELF or try_once(_Place(transaction, None)) is End.BY_ITSELF:
            return deaths
    raise AssertionError


def kill_once(database: Database, verb: Callable[[Database], object]) -> None:
    """Run `verb`, which kills its own process, in a child; return when all of it has ended."""
    _run(database, verb, _Place(0, None))
    _wait_until_gone(database)


def _run(database: Database, verb: Callable[[Database], object], place: _Place) -> End:
    """Run the verb in a child that dies at `place`; return how it ended."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # The child uses nothing of what other threads may have locked: it opens connections anew.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_killed(database, verb, place, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
    else:
        assert os.WEXITSTATUS(status) == 0, "the verb failed"
    return End(told)


def _be_killed(
    database: Database, verb: Callable[[Database], object], place: _Place, writing: int
) -> None:
    num_commits, num_statements = 0, 0

    def die(end: End) -> None:
        os.write(writing, end.value)
        os.kill(os.getpid(), signal.SIGKILL)

    def count_statement(*_arguments: Any) -> None:
        nonlocal num_statements
        num_statements += 1
        if num_commits + 1 == place.transaction and num_statements == place.statement:
            die(End.AT_STATEMENT)

    def count_commit(connection: Any) -> None:
        nonlocal num_commits, num_statements
        num_commits, num_statements = num_commits + 1, 0
        if num_commits != place.transaction:
            return
        if place.statement is not None:
            die(End.BEFORE_COMMIT)
        wire = connection.connection.driver_connection.pgconn
        wire.send_query(b"COMMIT")
        wire.flush()
        die(End.AFTER_COMMIT)

    failed = True
    try:
        database.engine.dispose(close=False)
        event.listen(database.engine, "connect", _share_lock)
        event.listen(database.engine, "before_cursor_execute", count_statement)
        event.listen(database.engine, "commit", count_commit)
        verb(database)
        failed = False
    finally:
        if failed:
            traceback.print_exc()
        # Neither pytest nor its fixtures may go on in the child.
        os._exit(failed)


def _share_lock(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", (_ALIVE,))
    connection.commit()


def _wait_until_gone(database: Database) -> None:
    """Wait until PostgreSQL has done with every connection of the child."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ALIVE,))
