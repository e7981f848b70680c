"""The commands that serve and tend, run as people run them, against a real database."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import main
from app.cli.demo_state import DemoState, SignIn, load_state, save_state
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.exports.roster_folder import write_roster_folder
from app.models import Contractor, User
from tests.app.processes import find_free_port, list_family, wait_until_gone
from tests.factories import make_roster
from tests.secret import SECRET

START_S = 120


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: the name of PostgreSQL's socket has little room."""
    with TemporaryDirectory(prefix="redeploy-test-") as name:
        yield Path(name)


def run(database: Database | None, *arguments: str, text_in: str = "", **settings: str) -> Result:
    environment = dict(settings)
    if database is not None:
        environment["DATABASE_URL"] = database.conninfo
    return CliRunner().invoke(main, arguments, env=environment, input=text_in)


def test_import_writes_a_folder_and_says_what_it_did(database: Database, tmp_path: Path) -> None:
    write_roster_folder(make_roster(contractors=[{"contractor_id": "C1"}]), tmp_path)
    result = run(database, "import", str(tmp_path))
    assert result.exit_code == 0
    assert "contractors: 1 added, 0 changed, 0 unchanged, 0 removed" in result.stdout
    assert "contractors.csv: 1 row, UTF-8" in result.stderr
    with database.session() as session:
        assert session.scalars(select(Contractor.contractor_id)).all() == ["C1"]


@pytest.mark.parametrize(
    "arguments", [("db", "check"), ("audit", "verify"), ("import", "."), ("backup", "file.zip")]
)
def test_command_without_a_schema_says_so_bug(
    empty_database: Database,
    tmp_path: Path,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(empty_database, *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database has no schema" in result.stderr
    assert "redeploy db upgrade" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_command_without_a_database_says_so_bug(tmp_path: Path) -> None:
    nowhere = f"postgresql://127.0.0.1:{find_free_port()}/redeploy"
    result = run(None, "import", str(tmp_path), DATABASE_URL=nowhere)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database does not answer" in result.stderr


def test_import_bad_folder_exits_2_and_names_the_fault(database: Database, tmp_path: Path) -> None:
    result = run(database, "import", str(tmp_path))
    assert result.exit_code == 2
    assert "contractors.csv" in result.stderr
    assert result.stdout == ""


def test_user_add_prints_a_password_once(database: Database) -> None:
    arguments = ["--email", "ops@vendor.example", "--name", "Ops", "--role", "ops_manager"]
    result = run(database, "user", "add", *arguments)
    assert result.exit_code == 0
    assert len(result.stdout.strip()) >= 16
    again = run(database, "user", "add", *arguments)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "an account for ops@vendor.example already" in again.stderr


def test_user_add_takes_a_password_from_standard_input(database: Database) -> None:
    result = run(
        database,
        *("user", "add", "--email", "a@vendor.example", "--name", "A", "--role", "admin"),
        "--password-stdin",
        text_in="correct horse battery\n",
    )
    assert (result.exit_code, result.stdout) == (0, "")
    with database.session() as session:
        assert session.scalars(select(User.email)).all() == ["a@vendor.example"]


def test_db_upgrade_of_an_empty_database(empty_database: Database) -> None:
    assert run(empty_database, "db", "upgrade").exit_code == 0
    assert run(empty_database, "db", "upgrade").exit_code == 0
    with empty_database.session() as session:
        assert session.scalars(select(User.id)).all() == []


def test_db_upgrade_without_an_address_uses_the_embedded_server(home: Path) -> None:
    assert run(None, "db", "upgrade", REDEPLOY_HOME=str(home), DATABASE_URL="").exit_code == 0
    assert not EmbeddedPostgres(home).is_running()
    assert (home / "postgres" / "PG_VERSION").is_file()


def test_db_upgrade_of_an_open_home_brings_no_warning_bug(home: Path) -> None:
    """Started by root, the server's user has to pass through the folder."""
    home.chmod(0o711)
    environment = {**os.environ, "REDEPLOY_HOME": str(home), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "app.cli", "db", "upgrade"]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=START_S, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "The schema is up to date.\n")


@pytest.mark.parametrize("command", ["up", "web"])
def test_serving_without_a_secret_is_refused(database: Database, command: str) -> None:
    """Check 45: `up` and `web`."""
    result = run(database, command, SECRET_KEY="")
    assert result.exit_code != 0
    assert "SECRET_KEY" in result.stderr


def test_command_with_a_secret_of_an_example_does_not_start(postgres_url: str) -> None:
    """Check 45: the real command, as it is run on a server."""
    environment = {**os.environ, "DATABASE_URL": postgres_url, "SECRET_KEY": f"change me {SECRET}"}
    command = [sys.executable, "-m", "app.cli", "web"]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=START_S, check=False
    )
    assert ended.returncode not in {0, -9}
    assert "SECRET_KEY" in ended.stderr
    assert SECRET not in ended.stderr


def test_second_factor_of_the_last_administrator_is_reset(database: Database) -> None:
    arguments = ("user", "reset-second-factor", "--email", "a@vendor.example")
    assert "no user a@vendor.example" in run(database, *arguments).stderr
    added = ("--email", "a@vendor.example", "--name", "A", "--role", "admin")
    run(database, "user", "add", *added)
    assert "has no second factor" in run(database, *arguments).stderr
    with database.session() as session:
        session.scalars(select(User)).one().tf_totp_secret = "a key"
        session.commit()
    assert run(database, *arguments).exit_code == 0
    with database.session() as session:
        assert session.scalars(select(User.tf_totp_secret)).one() is None


@pytest.mark.parametrize("command", ["web", "worker"])
def test_serving_without_a_database_is_refused(command: str) -> None:
    result = run(None, command, DATABASE_URL="", SECRET_KEY=SECRET)
    assert result.exit_code != 0
    assert "DATABASE_URL" in result.stderr


def test_up_on_a_taken_port_is_refused(database: Database) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run(database, "up", SECRET_KEY=SECRET, PORT=port)
    assert result.exit_code == 1
    assert f"http://127.0.0.1:{port} is taken" in result.stderr


def test_up_serves_until_it_is_interrupted_and_leaves_no_process(home: Path) -> None:
    port = find_free_port()
    environment = {
        **os.environ,
        "REDEPLOY_HOME": str(home),
        "DATABASE_URL": "",
        "SECRET_KEY": SECRET,
        "SECURE_COOKIES": "false",
        "PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "up"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("Serving on"):
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            assert json.load(answer) == {"status": "ok"}
        family = list_family(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    wait_until_gone(family)
    assert not EmbeddedPostgres(home).is_running()


def test_demo_state_is_private_and_comes_back(home: Path) -> None:
    fresh = load_state(home)
    assert not fresh.is_ready
    assert len(fresh.secret_key) == 64
    state = fresh.with_sign_ins((SignIn("admin", "A", "a@vendor.example", "secret"),))
    save_state(home, state)
    assert (home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert load_state(home) == state == DemoState(fresh.secret_key, state.sign_ins)
    assert load_state(home).is_ready


def test_connections_of_a_command_are_closed(database: Database) -> None:
    run(database, "db", "upgrade")
    with psycopg.connect(database.conninfo) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()
    assert others == (0,)
