"""Restoring: what comes back is what was there, whatever schema it was made with."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database, find_revision
from app.services.auditing.audit_chain import read_head
from app.services.auditing.audit_verifying import verify_chain
from app.services.operating.backing_up import write_backup
from app.services.operating.invariants import find_breaches
from app.services.operating.restoring import restore_backup
from app.services.operating.stored_tables import LEFT_OUT, list_sequences
from tests.app.services.operating.backups import fill, read_all
from tests.app.world import SYSTEM, add_account


@pytest.fixture
def filled(session: Session) -> None:
    """That vendor in the test's database."""
    fill(session)


@pytest.fixture
def own_file(database: Database, filled: None, tmp_path: Path) -> Path:
    """A backup of the test's own database."""
    path = tmp_path / "backup.zip"
    write_backup(database, path, actor=SYSTEM)
    return path


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


def test_backup_of_an_earlier_schema_comes_back_in_the_newest(
    database: Database, empty_database: Database, session: Session, tmp_path: Path
) -> None:
    """Check 31: the rows go into the schema that they were made with, and are migrated then."""
    fill(session)
    with database.engine.connect() as connection:
        newest = find_revision(connection)
    database.downgrade("0032")
    path = tmp_path / "backup.zip"
    manifest = write_backup(database, path, actor=SYSTEM)
    assert manifest.revision == "0032"
    restored = restore_backup(empty_database, path, actor=SYSTEM)
    assert restored.breaches == ()
    with empty_database.engine.connect() as connection:
        assert find_revision(connection) == newest
    before, after = read_all(database), read_all(empty_database)
    assert before["contractors"] == after["contractors"]
    assert "webhook_endpoints" in after.keys() - before.keys()
