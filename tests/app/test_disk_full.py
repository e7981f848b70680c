"""A full disk leaves no part of a file, and what was there stays."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.cli import main
from app.database import Database
from tests.app.cli.test_solve_and_check import INSTANCE
from tests.app.disks import ALLOW_ROWS, FILLER, refuse_rows, small_disk, without_room
from tests.app.pay_world import FIRST, add_period, approve_day, export
from tests.app.world import add_world

WRITTEN = """
    SELECT (SELECT count(*) FROM export_batches), (SELECT count(*) FROM export_days),
           (SELECT count(*) FROM export_file_parts),
           (SELECT count(*) FROM timesheets WHERE status = 'locked')
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk, where mounting is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder):
        yield folder


def run_without_room(disk: Path, *arguments: str) -> list[Path]:
    """Run a command on the full disk, see it fail with the reason; return what is on the disk."""
    with without_room(disk):
        result = CliRunner().invoke(main, arguments)
        left = [path for path in sorted(disk.rglob("*")) if path.name != FILLER]
    assert result.exit_code == 1, result.output
    assert "No space left" in result.stderr or "File too large" in result.stderr
    return left


def test_command_that_writes_a_folder_leaves_the_earlier_one(disk: Path) -> None:
    """Check 28: folders of files are put in place whole."""
    earlier = disk / "out" / "projects.csv"
    earlier.parent.mkdir()
    earlier.write_text("earlier")
    arguments = ("sample", "--size", "S", "--starting", "2026-11-23", "-o", str(disk / "out"))
    assert run_without_room(disk, *arguments) == [disk / "out", earlier]
    assert earlier.read_text() == "earlier"


def test_command_that_writes_a_file_leaves_the_earlier_one(disk: Path, tmp_path: Path) -> None:
    """Check 28: a file on its own is put in place whole, too."""
    instance, earlier = tmp_path / "instance.json", disk / "solution.json"
    instance.write_text(json.dumps(INSTANCE))
    earlier.write_text("earlier")
    arguments = ("solve", str(instance), "--workers", "1", "-o", str(earlier))
    assert run_without_room(disk, *arguments) == [earlier]
    assert earlier.read_text() == "earlier"


def add_due_hours(session: Session) -> int:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    return add_period(session)


def test_export_without_room_for_its_file_writes_no_batch(
    session: Session, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check 28: a payroll file, on its way through the folder for passing files."""
    period_id = add_due_hours(session)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    with without_room(disk), pytest.raises(OSError, match=r"No space left|File too large"):
        export(session, period_id)
    assert session.execute(text(WRITTEN)).one() == (0, 0, 0, 0)
    session.rollback()
    export(session, period_id)
    assert session.execute(text(WRITTEN)).one() == (1, 1, 1, 1)
    assert list(disk.iterdir()) == []


@pytest.fixture
def filling_up(
    database: Database, tmp_path: Path
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Return what takes the database's room away: parts of files have a small disk of their own."""
    with (
        small_disk(tmp_path) as is_mounted,
        psycopg.connect(database.conninfo, autocommit=True) as connection,
    ):
        if not is_mounted:
            # For machines on which nothing can be mounted.
            connection.execute(refuse_rows("export_file_parts").encode())
            yield nullcontext
            connection.execute(ALLOW_ROWS)
            return
        folder = tmp_path / "space"
        folder.mkdir()
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        owner = Path(data).stat()
        for path in (tmp_path, folder):
            os.chown(path, owner.st_uid, owner.st_gid)
        for path in (tmp_path, *list(tmp_path.parents)[:-2]):
            path.chmod(path.stat().st_mode | 0o011)
        place = sql.Literal(str(folder))
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(place))
        # Rows of earlier tests would leave a page with room in it.
        connection.execute("VACUUM FULL export_file_parts")
        connection.execute("ALTER TABLE export_file_parts SET TABLESPACE small")
        yield lambda: without_room(tmp_path)
        connection.execute("ALTER TABLE export_file_parts SET TABLESPACE pg_default")
        connection.execute("DROP TABLESPACE small")


def test_export_on_a_database_without_room_writes_nothing(
    session: Session, filling_up: Callable[[], AbstractContextManager[None]]
) -> None:
    """Check 28: the disk of the database itself; nothing of the batch stays."""
    period_id = add_due_hours(session)
    with filling_up(), pytest.raises(DBAPIError) as refused:
        export(session, period_id)
    assert getattr(refused.value.orig, "sqlstate", "") == "53100"
    assert session.execute(text(WRITTEN)).one() == (0, 0, 0, 0)
    # The table goes back to the other disk, for which nobody may have it open.
    session.rollback()
