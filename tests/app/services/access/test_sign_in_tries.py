"""Tries to sign in: counted across processes, for five minutes, failures only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import SignInTries
from app.services.access.sign_in_tries import TRIES_COUNT_FOR, TryLimit, give_back_try, take_try

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ACCOUNT = TryLimit("account ada", 2)
ADDRESS = TryLimit("address 10.0.0.1", 3)


def test_take_try_is_refused_beyond_the_limit_until_its_end(session: Session) -> None:
    opens_at = NOW + TRIES_COUNT_FOR
    for _ in range(ACCOUNT.most):
        assert take_try(session, [ACCOUNT], now=NOW) is None
    assert take_try(session, [ACCOUNT], now=NOW) == opens_at
    assert take_try(session, [ADDRESS], now=NOW) is None
    later = opens_at.replace(second=59, minute=4)
    assert take_try(session, [ACCOUNT], now=later) == opens_at
    for _ in range(ACCOUNT.most):
        assert take_try(session, [ACCOUNT], now=opens_at) is None
    assert take_try(session, [ACCOUNT], now=opens_at) == opens_at + TRIES_COUNT_FOR


def test_take_try_refused_by_one_limit_counts_for_none(session: Session) -> None:
    for _ in range(ADDRESS.most + 2):
        take_try(session, [ADDRESS, ACCOUNT], now=NOW)
    counts = session.scalars(select(SignInTries.num_tries)).all()
    assert counts == [ACCOUNT.most, ACCOUNT.most]


def test_give_back_try_leaves_the_failures(session: Session) -> None:
    assert take_try(session, [ACCOUNT], now=NOW) is None
    for _ in range(ACCOUNT.most + 1):
        assert take_try(session, [ACCOUNT], now=NOW) is None
        give_back_try(session, [ACCOUNT], now=NOW)
    give_back_try(session, [ACCOUNT], now=NOW)
    give_back_try(session, [ACCOUNT], now=NOW)
    assert session.scalars(select(SignInTries.num_tries)).one() == 0


def test_take_try_removes_counts_that_are_over(session: Session) -> None:
    for number in range(5):
        take_try(session, [TryLimit(f"account {number}", 2)], now=NOW)
    take_try(session, [ACCOUNT], now=NOW + TRIES_COUNT_FOR)
    assert session.scalar(select(func.count()).select_from(SignInTries)) == 1


def test_tries_at_once_are_no_more_than_the_limit_bug(database: Database) -> None:
    """A failure had counted after the password was looked at, and in one process only."""
    num_at_once = 8
    barrier = Barrier(num_at_once)

    def try_once(_number: int) -> bool:
        with database.session() as session:
            barrier.wait()
            return take_try(session, [ADDRESS, ACCOUNT], now=NOW) is None

    with ThreadPoolExecutor(num_at_once) as pool:
        assert sum(pool.map(try_once, range(num_at_once))) == ACCOUNT.most
