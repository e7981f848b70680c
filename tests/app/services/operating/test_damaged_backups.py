"""Backups that are damaged, forged or out of place: refused, with nothing written."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.database import Database
from app.errors import Refused
from app.services.operating.backup_file import MANIFEST, DamagedBackup, opening_backup
from app.services.operating.restoring import restore_backup
from tests.app.services.operating.backups import find_tables, make_backup, read_all
from tests.app.world import SYSTEM
from tests.databases import Databases


@pytest.fixture(scope="module")
def content(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a backup, made once."""
    path = tmp_path_factory.mktemp("backup") / "backup.zip"
    make_backup(databases, path)
    return path.read_bytes()


@pytest.fixture
def file(content: bytes, tmp_path: Path) -> Path:
    """A backup of that vendor."""
    path = tmp_path / "backup.zip"
    path.write_bytes(content)
    return path


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
    # Of empty tables there are many, whose heads are mostly dates that no reader looks at.
    assert num_refused > 20
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
