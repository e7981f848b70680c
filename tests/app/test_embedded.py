"""The embedded PostgreSQL: it starts, is found again, and stops."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from app.embedded import EmbeddedPostgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's name has little room."""
    with TemporaryDirectory(prefix="redeploy-test-") as name:
        yield Path(name)


def test_running_stops_at_the_end_and_keeps_the_data(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    assert not postgres.is_running()
    with postgres.running() as url, psycopg.connect(url, autocommit=True) as connection:
        assert postgres.is_running()
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    assert not postgres.is_running()
    with EmbeddedPostgres(folder).running() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert not postgres.is_running()


def test_running_leaves_a_server_alone_that_it_found(folder: Path) -> None:
    with EmbeddedPostgres(folder).running() as url:
        with EmbeddedPostgres(folder).running(leave_found=True) as found:
            assert found == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not EmbeddedPostgres(folder).is_running()


def test_server_listens_on_no_port(folder: Path) -> None:
    with EmbeddedPostgres(folder).running() as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
