"""The embedded PostgreSQL: it starts, is found again, and stops."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from app.embedded import EmbeddedPostgres
from app.errors import ConfigurationError


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


def test_server_logs_no_values_of_failed_statements_bug(folder: Path) -> None:
    """Its own log, beside the application's, had quoted the row of every broken constraint."""
    for _ in range(2):
        with EmbeddedPostgres(folder).running() as url, psycopg.connect(url) as connection:
            connection.execute("CREATE TEMPORARY TABLE kept (email text UNIQUE)")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute(
                    "INSERT INTO kept VALUES (%(who)s), (%(who)s)", {"who": "CANARY"}
                )
    log = (folder / "postgres" / "log").read_text()
    assert "ready to accept connections" in log
    assert "CANARY" not in log
    settings = (folder / "postgres" / "postgresql.conf").read_text()
    assert settings.count("log_min_messages = log\n") == 1


NOBODY = 65534
CONNECT_AS_NOBODY = f"""
import os, sys, psycopg
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
try:
    psycopg.connect(sys.argv[1])
except psycopg.OperationalError as error:
    print(error)
else:
    print("connected")
"""


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_no_other_user_of_the_machine_connects_bug(folder: Path) -> None:
    """The socket of a long path lay in a folder of everyone, and the server trusted them all."""
    home = folder / "above" / "home"
    home.mkdir(mode=0o700, parents=True)
    (folder / "above").chmod(0o750)
    with EmbeddedPostgres(home).running() as url:
        assert get_mode(home / "postgres") == 0o700
        hba = (home / "postgres" / "pg_hba.conf").read_text()
        assert hba == "local all all peer map=redeploy\n"
        if os.geteuid() == 0:
            # The server runs as another user: it may pass through, nobody may look around.
            assert (get_mode(home), get_mode(folder / "above")) == (0o711, 0o751)
            assert get_mode(folder) == 0o711
            assert "Permission denied" in connect_as_nobody(url)
            # Even a socket within reach is of no use to them.
            (home / "postgres").chmod(0o711)
            assert "Peer authentication failed" in connect_as_nobody(url)
        else:
            assert (get_mode(home), get_mode(folder / "above")) == (0o700, 0o750)


def connect_as_nobody(url: str) -> str:
    """Return what another user of the machine gets to read when connecting."""
    command = [sys.executable, "-c", CONNECT_AS_NOBODY, url]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_home_with_too_long_a_path_is_refused_bug(folder: Path) -> None:
    home = folder / ("long" * 20)
    with pytest.raises(ConfigurationError, match="a path of at most 80 characters"):
        EmbeddedPostgres(home).start()
    assert not (home / "postgres").exists()


def test_home_that_everyone_may_write_to_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.raises(ConfigurationError, match="not everyone may write"):
        EmbeddedPostgres(folder).start()


def test_home_of_an_earlier_release_trusts_nobody_any_more(folder: Path) -> None:
    EmbeddedPostgres(folder).start()
    hba = folder / "postgres" / "pg_hba.conf"
    EmbeddedPostgres(folder).start()
    postgres = EmbeddedPostgres(folder)
    with postgres.running():
        pass
    hba.write_text("local all all trust\n")
    with EmbeddedPostgres(folder).running() as url, psycopg.connect(url) as connection:
        methods = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
    assert methods == [("peer",)]
