"""`redeploy audit`, `backup`, `restore` and `db`, run as people run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from app.cli import main
from app.database import Database
from tests.app.world import add_world


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"DATABASE_URL": database.conninfo})


@pytest.fixture
def filled(database: Database) -> None:
    with database.session() as session:
        add_world(session)


def test_head_is_kept_and_the_trail_verified_against_it(
    database: Database, filled: None, tmp_path: Path
) -> None:
    """Check 38: as an operator does it."""
    line = run(database, "audit", "head")
    assert (line.exit_code, json.loads(line.stdout)["sequence"]) == (0, 1)
    heads = tmp_path / "heads.jsonl"
    heads.write_text(line.stdout)
    good = run(database, "audit", "verify", "--against", str(heads))
    assert good.exit_code == 0
    assert "The chain of 1 holds; 1 of 1 heads agree." in good.stdout
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE audit_events SET actor = 'x'"))
    bad = run(database, "audit", "verify", "--against", str(heads))
    assert bad.exit_code == 1
    assert bad.stdout == "edited: sequence 1: event 1 was edited\n"
    assert "faults in the audit trail: 1" in bad.stderr


def test_head_file_that_is_none_ends_with_2(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text("no head")
    result = run(database, "audit", "verify", "--against", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "heads.jsonl line 1" in result.stderr


def test_evidence_is_written_whole_or_not_at_all(
    database: Database, filled: None, tmp_path: Path
) -> None:
    out = tmp_path / "evidence"
    assert run(database, "audit", "evidence", "K9", "-o", str(out)).exit_code == 2
    assert not out.exists()
    assert run(database, "audit", "evidence", "K1", "-o", str(out)).exit_code == 0
    files = {path.name for path in out.iterdir()}
    assert files == {"exposure.csv", "access.csv", "readings.csv", "manifest.json"}


def test_backup_comes_back(
    database: Database, empty_database: Database, filled: None, tmp_path: Path
) -> None:
    """Check 31: as an operator does it."""
    file = tmp_path / "backup.zip"
    written = run(database, "backup", str(file))
    assert written.exit_code == 0, written.output
    assert "audit trail up to 1" in written.stdout
    again = run(database, "backup", str(file))
    assert (again.exit_code, again.stdout) == (2, "")
    restored = run(empty_database, "restore", str(file))
    assert restored.exit_code == 0, restored.output
    assert "The audit chain holds up to 1." in restored.stdout
    assert run(empty_database, "restore", str(file)).exit_code == 2
    checked = run(empty_database, "db", "check")
    assert (checked.exit_code, checked.stdout[:4]) == (0, "All ")
    assert verify(file).stdout == written.stdout
    file.write_bytes(file.read_bytes()[:-20])
    assert run(empty_database, "restore", str(file)).exit_code == 1
    assert (verify(file).exit_code, verify(file).stdout) == (1, "")


def verify(file: Path) -> Result:
    """Verify a backup on a machine that has no database."""
    arguments = ("backup", "--verify", str(file))
    return CliRunner().invoke(main, arguments, env={"DATABASE_URL": "", "REDEPLOY_HOME": "/none"})


def test_check_says_what_does_not_hold(database: Database, filled: None) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM audit_links"))
    result = run(database, "db", "check")
    assert result.exit_code == 1
    assert "audit chain: " in result.stdout


def test_grant_to_nobody_ends_with_2(database: Database) -> None:
    result = run(database, "db", "grant", "no_such_role")
    assert (result.exit_code, result.stdout) == (2, "")
