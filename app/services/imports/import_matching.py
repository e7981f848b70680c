"""Which table a file holds and which of its columns is which: by name, by memory, by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.importing.column_guess import fits_exactly, guess_columns, guess_table, list_missing
from app.models import ImportFile, ImportMatching
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.imports.import_files import list_files
from app.services.imports.import_uploads import (
    lock_upload,
    read_again,
    refuse_unless_read,
    require_import,
)
from app.services.transaction import retried, transaction
from solver.roster import TABLES, Table

LEFT_OUT = ""
"""Table of a file that is not to be read."""


@dataclass(frozen=True)
class Match:
    """What somebody says of a file: its table, LEFT_OUT = none; column of the format -> header."""

    table_name: str
    columns: Mapping[str, str]


@retried
def match_files(
    session: Session, *, actor: Actor, upload_id: int, matches: Mapping[int, Match]
) -> None:
    """Keep what somebody says of the files, remember it, and have the upload read again.

    Raises NotFound, InvalidValue, or Refused (`columns`, `busy`, `ended`).
    """
    require_import(actor)
    with transaction(session):
        upload = lock_upload(session, actor, upload_id)
        refuse_unless_read(upload)
        files = {one.id: one for one in list_files(session, upload_id) if one.kind == "table"}
        if set(matches) - set(files):
            raise NotFound("file of the import", min(set(matches) - set(files)))
        _refuse_tables_twice(matches)
        for file_id, match in matches.items():
            _match(session, actor, files[file_id], match)
        read_again(session, upload)
        record(
            session,
            actor=actor,
            action="import.matched",
            subject=("import", upload_id),
            after={files[key].name: match.table_name for key, match in matches.items()},
        )


def find_match(session: Session, file: ImportFile, header: Sequence[str]) -> None:
    """Set table and columns of a file that nobody has said them of; a guess is marked as one."""
    stem = file.name.rsplit(".", 1)[0].lower()
    if stem in TABLES and fits_exactly(TABLES[stem], header):
        _set(file, stem, None, is_guess=False)
        return
    known = session.get(ImportMatching, build_header_key(header))
    if known is not None and known.table_name in TABLES:
        _set(file, known.table_name, known.columns, is_guess=False)
        return
    exact = [name for name, table in TABLES.items() if fits_exactly(table, header)]
    if len(exact) == 1 and stem not in TABLES:
        _set(file, exact[0], None, is_guess=False)
        return
    guess = guess_table(file.name, header)
    _set(file, guess.name, guess_columns(guess, header), is_guess=True)


def build_header_key(header: Sequence[str]) -> str:
    """Return what is the same for every file with these names of columns, in any order."""
    return hashlib.sha256("\x1f".join(sorted(set(header))).encode()).hexdigest()


def mark_tables_twice(files: Sequence[ImportFile]) -> None:
    """Take a table that two files are said to hold for a guess, of both."""
    tables = [one.table_name for one in files]
    for one in files:
        if one.table_name and tables.count(one.table_name) > 1:
            one.is_guess = True


def _set(
    file: ImportFile, table_name: str, columns: Mapping[str, str] | None, *, is_guess: bool
) -> None:
    file.table_name, file.is_guess = table_name, is_guess
    file.columns = None if columns is None else dict(columns)


def _match(session: Session, actor: Actor, file: ImportFile, match: Match) -> None:
    if match.table_name == LEFT_OUT:
        _set(file, LEFT_OUT, None, is_guess=False)
        return
    if match.table_name not in TABLES:
        raise InvalidValue("table", match.table_name, "one of " + ", ".join(TABLES))
    table, header = TABLES[match.table_name], file.header or []
    _check_columns(file, table, match.columns, header)
    _set(file, table.name, match.columns, is_guess=False)
    values = {
        "table_name": table.name,
        "columns": dict(match.columns),
        "saved_by": actor.user_id,
        "saved_at": datetime.now(UTC),
    }
    session.execute(
        insert(ImportMatching)
        .values(header_key=build_header_key(header), **values)
        .on_conflict_do_update(index_elements=["header_key"], set_=values)
    )


def _check_columns(
    file: ImportFile, table: Table, columns: Mapping[str, str], header: Sequence[str]
) -> None:
    known = {column.name for column in table.columns}
    for ours, theirs in columns.items():
        if ours not in known or theirs not in header:
            raise InvalidValue("column", f"{ours}: {theirs}", f"a column of {file.name}")
    given = list(columns.values())
    twice = sorted({name for name in given if given.count(name) > 1})
    if twice:
        sentence = f"{file.name}: the column {twice[0]} can stand for one column only."
        raise Refused("columns", sentence)
    missing = list_missing(table, columns)
    if missing:
        sentence = f"{file.name}: say which column is {', '.join(missing)}."
        raise Refused("columns", sentence)


def _refuse_tables_twice(matches: Mapping[int, Match]) -> None:
    given = [one.table_name for one in matches.values() if one.table_name != LEFT_OUT]
    twice = sorted({name for name in given if given.count(name) > 1})
    if twice:
        raise Refused("columns", f"Two files can't both be {twice[0]}: leave one out.")
