"""Backing up: all of one moment, for its owner alone, and bytes that can be verified."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as ThreadEvent

import pytest
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.exports.output_folder import UnusableOutput
from app.services.auditing.audit import record
from app.services.operating.backing_up import write_backup
from app.services.operating.backup_file import DamagedBackup, verify_backup
from app.services.transaction import transaction
from tests.app.disks import FILLER, small_disk, without_room
from tests.app.services.operating.backups import fill
from tests.app.world import SYSTEM


def test_backup_is_for_its_owner_and_replaces_nothing(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    write_backup(database, file, actor=SYSTEM)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(Refused, match="never replaces"):
        write_backup(database, file, actor=SYSTEM)
    with pytest.raises(UnusableOutput):
        write_backup(database, file / "inside", actor=SYSTEM)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_backup_of_a_database_without_a_schema_leaves_no_file(
    empty_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="no schema"):
        write_backup(empty_database, tmp_path / "backup.zip", actor=SYSTEM)
    assert list(tmp_path.iterdir()) == []


def test_backup_is_one_moment(database: Database, session: Session, tmp_path: Path) -> None:
    """Check 31: what commits while it is written is not in it, not even half."""
    fill(session)
    stop = ThreadEvent()

    def go_on() -> int:
        num_written = 0
        with database.session() as own:
            while not stop.is_set():
                with transaction(own):
                    record(own, actor=SYSTEM, action="thing.done", subject=("thing", 1))
                num_written += 1
        return num_written

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(go_on)
        manifest = write_backup(database, tmp_path / "backup.zip", actor=SYSTEM)
        stop.set()
        assert writer.result() > 0
    rows = {table.name: table.num_rows for table in manifest.tables}
    assert rows["audit_events"] == rows["audit_links"] == manifest.audit_head[0]


def test_written_backup_is_verified_without_a_database(database: Database, tmp_path: Path) -> None:
    """Check 31: whoever keeps the copy asks whether it is whole."""
    file = tmp_path / "backup.zip"
    manifest = write_backup(database, file, actor=SYSTEM)
    assert verify_backup(file) == manifest
    content = file.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        content.replace(b"tables/roles", b"tables/rolls"),
    ):
        file.write_bytes(damaged)
        with pytest.raises(DamagedBackup):
            verify_backup(file)


def test_backup_on_a_full_disk_leaves_nothing(database: Database, tmp_path: Path) -> None:
    """Check 28: neither half a file, nor an event that tells of one."""
    with small_disk(tmp_path):
        with without_room(tmp_path), pytest.raises(OSError, match=r"No space|too large"):
            write_backup(database, tmp_path / "backup.zip", actor=SYSTEM)
        assert [one.name for one in tmp_path.iterdir() if one.name != FILLER] == []
        manifest = write_backup(database, tmp_path / "backup.zip", actor=SYSTEM)
        assert manifest.audit_head[0] == 0
