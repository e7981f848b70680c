"""Backup and restore: what comes back is what was there, or nothing comes back."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from pathlib import Path
from threading import Event as ThreadEvent
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.exports.output_folder import UnusableOutput
from app.services.audit import record
from app.services.audit_chain import read_head
from app.services.audit_verifying import verify_chain
from app.services.backing_up import write_backup
from app.services.backup_file import MANIFEST, DamagedBackup, opening_backup
from app.services.invariants import find_breaches
from app.services.payroll_export import export_period
from app.services.period_closing import close_period
from app.services.restoring import restore_backup
from app.services.stored_tables import LEFT_OUT, list_columns, list_sequences
from app.services.transaction import transaction
from tests.app.pay_world import add_period, approve_day
from tests.app.world import SYSTEM, add_account, add_world, pause_p1, propose
from tests.databases import Databases

DAY = date(2026, 2, 2)


def fill(session: Session) -> None:
    """Add a vendor with a pause, a plan, accounts, and a closed pay period with its batch."""
    add_world(session, contractor={"name": "Zoë\t\\N\n☃"})
    add_account(session, "payroll")
    opened = pause_p1(session)
    propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    approve_day(session, 1, DAY, "8")
    period_id = add_period(session, DAY, DAY)
    export_period(session, actor=SYSTEM, period_id=period_id)
    close_period(session, actor=SYSTEM, period_id=period_id)
    session.rollback()


@pytest.fixture
def filled(session: Session) -> None:
    """That vendor in the test's database."""
    fill(session)


@pytest.fixture(scope="module")
def content(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a backup of that vendor, made once."""
    path = tmp_path_factory.mktemp("backup") / "backup.zip"
    with databases.lend() as url:
        database = Database(url)
        with database.session() as session:
            fill(session)
        write_backup(database, path, actor=SYSTEM)
        database.dispose()
    return path.read_bytes()


@pytest.fixture
def file(content: bytes, tmp_path: Path) -> Path:
    """A backup of that vendor."""
    path = tmp_path / "backup.zip"
    path.write_bytes(content)
    return path


@pytest.fixture
def own_file(database: Database, filled: None, tmp_path: Path) -> Path:
    """A backup of the test's own database."""
    path = tmp_path / "backup.zip"
    write_backup(database, path, actor=SYSTEM)
    return path


def read_all(database: Database) -> dict[str, list[str]]:
    """Return every row of every table that a backup holds, as text."""
    with database.engine.connect() as connection:
        return {
            name: sorted(connection.scalars(text(f'SELECT t::text FROM "{name}" t')))
            for name in list_columns(connection)
        }


def find_tables(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(list_columns(connection))


def test_restored_backup_is_what_was_there_and_sound(
    database: Database, empty_database: Database, own_file: Path
) -> None:
    """Check 31: every row, every invariant, the audit chain, and the next numbers."""
    restored = restore_backup(empty_database, own_file, actor=SYSTEM)
    assert restored.breaches == ()
    before, after = read_all(database), read_all(empty_database)
    trail = {"audit_events", "audit_links"}
    assert {name: after[name] for name in before if name not in trail} == {
        name: rows for name, rows in before.items() if name not in trail
    }
    assert sum(map(len, before.values())) > 60
    with database.session() as old, empty_database.session() as new:
        assert find_breaches(new) == []
        # The last event of the old trail tells of the backup, that of the new one of the restore.
        kept = read_head(old).sequence - 1
        report = verify_chain(new)
        assert (report.num_links, report.faults) == (kept + 1, ())
        told = text("SELECT action FROM audit_events ORDER BY id DESC LIMIT 1")
        assert old.scalar(told) == "database.backed_up"
        assert new.scalar(told) == "database.restored"


def test_restored_database_goes_on_with_its_numbers_and_rules(
    database: Database, empty_database: Database, own_file: Path
) -> None:
    """Check 31: triggers, foreign keys and sequences are there again."""
    restore_backup(empty_database, own_file, actor=SYSTEM)
    with database.engine.connect() as old, empty_database.engine.connect() as new:
        counted = "audit_events_id_seq"
        numbers = dict(list_sequences(new))
        numbers.pop(counted)
        assert numbers.items() <= dict(list_sequences(old)).items()
        keys = text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2")
        assert new.execute(keys).all() == old.execute(keys).all()
    with empty_database.session() as session:
        for refused in (
            "DELETE FROM audit_events",
            "UPDATE hours_entries SET hours = 1",
            "INSERT INTO walls VALUES ('nobody', 'K1', 1)",
        ):
            with pytest.raises(IntegrityError):
                session.execute(text(refused))
            session.rollback()
        add_account(session, "admin")
        assert verify_chain(session).faults == ()


def test_sign_ins_do_not_come_back(
    database: Database, empty_database: Database, session: Session, tmp_path: Path
) -> None:
    """Check 31: a sign-in that has ended since the backup must not open anything again."""
    user = add_account(session, "admin")
    session.execute(
        text(
            "INSERT INTO user_sessions (token_sha256, user_id, last_seen_at, expires_at) "
            "VALUES ('x', :user_id, now(), now() + interval '1 day')"
        ),
        {"user_id": user.user_id},
    )
    session.commit()
    path = tmp_path / "backup.zip"
    write_backup(database, path, actor=SYSTEM)
    restore_backup(empty_database, path, actor=SYSTEM)
    with empty_database.session() as restored:
        assert restored.scalar(text("SELECT count(*) FROM users")) == 1
        assert restored.scalar(text("SELECT count(*) FROM user_sessions")) == 0
    assert "user_sessions" in LEFT_OUT


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


def test_restore_into_a_database_with_tables_is_refused(database: Database, file: Path) -> None:
    before = read_all(database)
    with pytest.raises(Refused, match="restore into an empty one"):
        restore_backup(database, file, actor=SYSTEM)
    assert read_all(database) == before


def list_damages(content: bytes) -> Iterator[bytes]:
    """Yield what a disk or a transfer may make of a file."""
    yield b""
    yield content[:-1]
    yield content[: len(content) // 2]
    yield content[len(content) // 2 :]
    middle = len(content) // 2
    yield content[:middle] + b"\0" * 64 + content[middle + 64 :]
    # A bit at forty places, everywhere in the file.
    for place in range(30, len(content), len(content) // 40):
        yield content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


def test_damaged_backup_is_refused_with_nothing_written(
    empty_database: Database, file: Path, tmp_path: Path
) -> None:
    """Check 31: cut, overwritten or with one bit turned."""
    damaged = tmp_path / "damaged.zip"
    num_refused = 0
    for content in list_damages(file.read_bytes()):
        damaged.write_bytes(content)
        try:
            with opening_backup(damaged) as backup:
                backup.verify()
                # A bit that no reader looks at, such as a date: all the same rows.
                with opening_backup(file) as sound:
                    assert backup.manifest == sound.manifest
        except DamagedBackup:
            num_refused += 1
            with pytest.raises((DamagedBackup, Refused)):
                restore_backup(empty_database, damaged, actor=SYSTEM)
    assert num_refused > 30
    assert find_tables(empty_database) == []


Change = Callable[[dict[str, Any], dict[str, bytes]], None]


def rewrite(file: Path, change: Change) -> None:
    """Change a backup's manifest and members as somebody would who knows the format."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(manifest, members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))


def get_table(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return next(table for table in manifest["tables"] if table["name"] == name)


def edit_rows(name: str, old: bytes, new: bytes) -> Change:
    """Return the change of a table's rows, with a manifest that says so."""

    def change(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
        member = f"tables/{name}.copy"
        assert old in members[member]
        members[member] = members[member].replace(old, new)
        get_table(manifest, name).update(
            sha256=sha256(members[member]).hexdigest(),
            num_bytes=len(members[member]),
            num_rows=members[member].count(b"\n"),
        )

    return change


def drop_table(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["tables"].remove(get_table(manifest, "walls"))
    del members["tables/walls.copy"]


FORGED: dict[str, tuple[Change, str]] = {
    "another format": (lambda manifest, _: manifest.update(format=99), "format 1 expected"),
    "no tables": (lambda manifest, _: manifest.pop("tables") and None, "not what a backup says"),
    "a table of its own": (
        lambda manifest, members: members.update({"tables/own.copy": b""}),
        "own.copy: not in the manifest",
    ),
    "a table gone": (drop_table, "walls: missing"),
    "rows changed": (
        lambda _, members: members.update({"tables/clients.copy": b"K1\tOther\n"}),
        "clients: other rows",
    ),
    "another column": (
        lambda manifest, _: get_table(manifest, "clients").update(columns=["client_id", "x"]),
        "clients: other columns",
    ),
    "a key to nowhere": (edit_rows("projects", b"\tK1\t", b"\tK9\t"), "projects: "),
    "no number": (edit_rows("projects", b"\t1000\t", b"\tmany\t"), "projects: "),
    "an event edited": (edit_rows("audit_events", b"a test", b"nobody"), "audit chain: "),
    "a batch's hours edited": (
        edit_rows("export_lines", b"\t8.00\t", b"\t9.00\t"),
        "batch totals: ",
    ),
    "another head": (
        lambda manifest, _: manifest.update(audit_head=[1, "ab" * 32]),
        "does not end where the manifest says",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_forged_backup_is_refused_with_nothing_written(
    empty_database: Database, file: Path, case: str
) -> None:
    """Check 31: even with checksums that fit, keys, invariants and the chain must hold."""
    change, sentence = FORGED[case]
    rewrite(file, change)
    with pytest.raises(DamagedBackup, match=sentence):
        restore_backup(empty_database, file, actor=SYSTEM)
    assert find_tables(empty_database) == []


def test_backup_of_a_newer_version_is_refused(empty_database: Database, file: Path) -> None:
    rewrite(file, lambda manifest, _: manifest.update(revision="9999"))
    with pytest.raises(Refused, match="newer version"):
        restore_backup(empty_database, file, actor=SYSTEM)


def test_what_did_not_hold_before_does_not_keep_the_data_away(
    database: Database, empty_database: Database, session: Session, filled: None, tmp_path: Path
) -> None:
    """Check 31: a vendor must get its data back, and be told what is wrong with them."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE export_lines SET hours = 9"))
    session.commit()
    path = tmp_path / "backup.zip"
    manifest = write_backup(database, path, actor=SYSTEM)
    assert manifest.breaches == {"batch totals": 1, "lines and days": 1, "cents": 1}
    restored = restore_backup(empty_database, path, actor=SYSTEM)
    assert [breach.name for breach in restored.breaches] == list(manifest.breaches)


def test_backup_is_one_moment(database: Database, filled: None, tmp_path: Path) -> None:
    """Check 31: what commits while it is written is not in it, not even half."""
    stop = ThreadEvent()

    def go_on() -> int:
        num_written = 0
        with database.session() as session:
            while not stop.is_set():
                with transaction(session):
                    record(session, actor=SYSTEM, action="thing.done", subject=("thing", 1))
                num_written += 1
        return num_written

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(go_on)
        manifest = write_backup(database, tmp_path / "backup.zip", actor=SYSTEM)
        stop.set()
        assert writer.result() > 0
    rows = {table.name: table.num_rows for table in manifest.tables}
    assert rows["audit_events"] == rows["audit_links"] == manifest.audit_head[0]
