"""The backup file: a ZIP of one COPY text a table, and a manifest that says what each must be.

tables/NAME.copy   rows as PostgreSQL's COPY writes them in text format
manifest.json      revision of the schema, and per table columns, rows, bytes, SHA-256
"""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.errors import AppError

FORMAT = 1
MANIFEST = "manifest.json"

_CHUNK_BYTES = 1 << 20
_MOST_MANIFEST_BYTES = 16 << 20
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What the library raises for bytes that are no ZIP archive, or no longer one."""


class DamagedBackup(AppError):
    """A backup is not what it was when it was made; nothing of it is restored."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(f"{path} cannot be restored: " + "; ".join(faults))


@dataclass(frozen=True)
class TableEntry:
    """A table of the backup.

    columns  in the order of the fields of a row
    sha256   lower-case hex of the uncompressed rows
    """

    name: str
    columns: tuple[str, ...]
    num_rows: int
    num_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    revision     of the schema
    made_at      ISO 8601, UTC
    sequences    name -> last value, and whether it was given out
    audit_head   sequence and hash (hex) of the last link
    breaches     invariants that did not hold already: name -> rows
    """

    revision: str
    made_at: str
    server_version: str
    tables: tuple[TableEntry, ...]
    sequences: Mapping[str, tuple[int, bool]]
    audit_head: tuple[int, str]
    breaches: Mapping[str, int]

    @property
    def num_rows(self) -> int:
        """Rows of all tables."""
        return sum(table.num_rows for table in self.tables)

    def as_json(self) -> str:
        """Return the text of the manifest."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)


class BackupReader:
    """An open backup whose manifest could be read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._archive = archive

    def read_rows(self, table: TableEntry) -> Iterator[bytes]:
        """Yield the bytes of a table, a megabyte at a time.

        Raises DamagedBackup.
        """
        with _naming(self.path, table.name), self._archive.open(_name_member(table.name)) as member:
            while chunk := member.read(_CHUNK_BYTES):
                yield chunk

    def verify(self) -> None:
        """Read every table and compare it with the manifest.

        Raises DamagedBackup with everything that is wrong.
        """
        faults: list[str] = []
        for table in self.manifest.tables:
            try:
                found = measure_rows(self.read_rows(table))
            except DamagedBackup as error:
                faults += error.faults
                continue
            if found != (table.num_rows, table.num_bytes, table.sha256):
                faults.append(f"{table.name}: other rows than the manifest says")
        listed = {MANIFEST, *(_name_member(table.name) for table in self.manifest.tables)}
        others = sorted(set(self._archive.namelist()) ^ listed)
        faults += [f"{name}: not in the manifest, or twice" for name in others]
        if faults:
            raise DamagedBackup(self.path, faults)


def measure_rows(chunks: Iterator[bytes]) -> tuple[int, int, str]:
    """Return rows, bytes and SHA-256 of COPY text; in it a line break always ends a row."""
    digest, num_rows, num_bytes = hashlib.sha256(), 0, 0
    for chunk in chunks:
        digest.update(chunk)
        num_rows += chunk.count(b"\n")
        num_bytes += len(chunk)
    return num_rows, num_bytes, digest.hexdigest()


def write_rows(
    archive: zipfile.ZipFile, name: str, columns: tuple[str, ...], rows: Iterator[bytes]
) -> TableEntry:
    """Write the rows of a table into the archive, whatever their number; return its entry."""

    def keep() -> Iterator[bytes]:
        waiting = bytearray()
        for row in rows:
            waiting += row
            if len(waiting) >= _CHUNK_BYTES:
                yield bytes(waiting)
                waiting.clear()
        yield bytes(waiting)

    def write() -> Iterator[bytes]:
        for chunk in keep():
            member.write(chunk)
            yield chunk

    info = zipfile.ZipInfo(_name_member(name))
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        return TableEntry(name, columns, *measure_rows(write()))


@contextmanager
def opening_backup(path: Path) -> Iterator[BackupReader]:
    """Yield the backup at `path`.

    Raises DamagedBackup when it is none, or its manifest cannot be read.
    """
    with _naming(path, "the file"):
        archive = zipfile.ZipFile(path)
    with archive:
        with _naming(path, MANIFEST):
            if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
                raise DamagedBackup(path, [f"{MANIFEST}: too large"])
            manifest = _parse_manifest(path, json.loads(archive.read(MANIFEST)))
        yield BackupReader(path, archive, manifest)


def verify_backup(path: Path) -> Manifest:
    """Return the manifest of the backup at `path`, with which every byte of it agrees.

    Raises DamagedBackup.
    """
    with opening_backup(path) as backup:
        backup.verify()
        return backup.manifest


def _parse_manifest(path: Path, values: Any) -> Manifest:
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise DamagedBackup(path, [f"{MANIFEST}: format {FORMAT} expected"])
    try:
        tables = tuple(
            TableEntry(**{**entry, "columns": tuple(entry["columns"])})
            for entry in values.pop("tables")
        )
        sequences = {
            name: (int(last), bool(used)) for name, (last, used) in values["sequences"].items()
        }
        head = (int(values["audit_head"][0]), str(values["audit_head"][1]))
        return Manifest(**{**values, "tables": tables, "sequences": sequences, "audit_head": head})
    except (TypeError, AttributeError, KeyError, IndexError, ValueError) as error:
        raise DamagedBackup(path, [f"{MANIFEST}: not what a backup says of itself"]) from error


@contextmanager
def _naming(path: Path, place: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise DamagedBackup(path, [f"{place}: cannot be read"]) from error


def _name_member(table: str) -> str:
    return f"tables/{table}.copy"
