"""The form in which somebody says which table a file holds, and which of its columns is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from app.importing.column_guess import guess_columns
from app.services.desk.import_views import FileView, UploadView
from app.services.imports.import_matching import LEFT_OUT, Match
from app.web.form_fields import read_form
from solver.roster import TABLES, Table


@dataclass(frozen=True)
class FileMatching:
    """What the form shows for a file.

    table    None = the file is left out
    columns  column of the format -> name in the header, as known or guessed
    """

    file: FileView
    table: Table | None
    columns: Mapping[str, str]

    @property
    def table_name(self) -> str:
        """The table's name, LEFT_OUT without one."""
        return LEFT_OUT if self.table is None else self.table.name


def build_matching(upload: UploadView) -> list[FileMatching]:
    """Return the form of an upload; the address may ask for another table of a file."""
    found = []
    for file in upload.tables:
        if not file.header:
            continue
        asked = request.args.get(f"table-{file.file_id}", file.table_name or LEFT_OUT)
        table = TABLES.get(asked)
        if table is None:
            columns: Mapping[str, str] = {}
        elif table.name == file.table_name:
            names = {column.name for column in table.columns}
            columns = {ours: theirs for ours, theirs in file.columns.items() if ours in names}
        else:
            columns = guess_columns(table, file.header)
        found.append(FileMatching(file, table, columns))
    return found


def read_matching(upload: UploadView) -> dict[int, Match]:
    """Return what the form says of each file, by its number.

    Raises InvalidValue for a field that the form does not have.
    """
    files = [one for one in upload.tables if one.header]
    names = {column.name for table in TABLES.values() for column in table.columns}
    form = read_form(
        *(f"table-{one.file_id}" for one in files),
        *(f"column-{one.file_id}-{name}" for one in files for name in names),
    )
    return {one.file_id: _read_file(form, one.file_id) for one in files}


def _read_file(form: Mapping[str, str], file_id: int) -> Match:
    table_name = form.get(f"table-{file_id}", LEFT_OUT)
    table = TABLES.get(table_name)
    columns = {
        column.name: theirs
        for column in (table.columns if table else ())
        if (theirs := form.get(f"column-{file_id}-{column.name}", ""))
    }
    return Match(table_name, columns)
