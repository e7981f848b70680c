"""What a reading leaves behind for people: how files were read, their faults and bad rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exports.cell_safety import protect_text
from app.importing.folder import ReadTables
from app.importing.problems import CellProblem, ProblemLog
from app.importing.raw_table import RawTable
from app.models import ImportFile, ImportProblem, ImportRow
from app.services.bulk import add_rows
from app.services.imports.import_differences import HIDDEN

FIRST_ROWS = 5
MAX_BAD_ROWS = 5_000
"""Bad rows of one file that can be taken away and mended."""

_LONGEST_SHOWN = 60
_LONGEST_VALUE = 200
_LONGEST_ROW = 20_000
"""Characters; a longer row is no row of anybody's roster, and is not kept."""

NOT_SHOWN = "not shown"


def keep_readings(files: Sequence[ImportFile], read: ReadTables) -> None:
    """Write into the files how they were read, and their first rows."""
    readings = {one.file: one for one in read.readings}
    for file in files:
        reading, typed = readings.get(file.name), read.tables.get(file.table_name or "")
        if reading is None or typed is None:
            continue
        file.encoding, file.delimiter = reading.encoding, reading.delimiter
        file.num_rows = reading.rows
        hidden = _find_hidden(file)
        file.first_rows = [
            [
                NOT_SHOWN if place in hidden else show_text(text, _LONGEST_SHOWN)
                for place, text in enumerate(typed.raw.get_record(row_idx))
            ]
            for row_idx in range(min(FIRST_ROWS, reading.rows))
        ]


def keep_problems(
    session: Session,
    upload_id: int,
    files: Sequence[ImportFile],
    read: ReadTables,
    log: ProblemLog,
) -> None:
    """Write the faults of an upload, and the rows that have them."""
    rows = [build_problem(upload_id, seq, one) for seq, one in enumerate(log.problems, start=1)]
    add_rows(session, ImportProblem, rows)
    lines: dict[str, set[int]] = defaultdict(set)
    for one in log.problems:
        if one.line is not None:
            lines[one.file].add(one.line)
    for file in files:
        typed = read.tables.get(file.table_name or "")
        if typed is not None:
            _keep_bad_rows(session, file, typed.raw, sorted(lines[file.name]))


def mend_cells(header: Sequence[str], cells: Sequence[str], mended: Mapping[str, str]) -> list[str]:
    """Return a bad row as it counts once mended: as wide as the header.

    A cell that came back as it was handed out is left as it stood in the file: spreadsheets
    get an apostrophe before what they would take for a formula.
    """
    stood = [*cells, *[""] * len(header)][: len(header)]
    return [
        text if mended.get(name, protect_text(text)) == protect_text(text) else mended[name]
        for name, text in zip(header, stood, strict=True)
    ]


def show_text(text: str, longest: int) -> str:
    """Return a cell as a page shows it: its start, and a sign where a NUL character stands."""
    cut = text[:longest].replace("\0", "\N{SYMBOL FOR NULL}")
    return cut if len(text) <= longest else f"{cut}…"


def _find_hidden(file: ImportFile) -> set[int]:
    """Return the places in the header whose cells no page shows."""
    ours_by_theirs = {theirs: ours for ours, theirs in (file.columns or {}).items()}
    return {
        place
        for place, theirs in enumerate(file.header or ())
        if (file.table_name, ours_by_theirs.get(theirs, theirs)) in HIDDEN
    }


def build_problem(upload_id: int, seq: int, one: CellProblem) -> dict[str, object]:
    """Return a fault as the columns of `app.models.ImportProblem`."""
    return {
        "upload_id": upload_id,
        "seq": seq,
        "file": one.file,
        "line": one.line,
        "column_name": one.column and show_text(one.column, _LONGEST_SHOWN),
        "value": show_text(one.value, _LONGEST_VALUE),
        "expected": show_text(one.expected, _LONGEST_VALUE),
    }


def _keep_bad_rows(session: Session, file: ImportFile, raw: RawTable, lines: list[int]) -> None:
    known = set(session.scalars(select(ImportRow.line).where(ImportRow.file_id == file.id)))
    places = np.searchsorted(raw.lines, lines[:MAX_BAD_ROWS])
    rows = []
    for line, place in zip(lines, places.tolist(), strict=False):
        # A line of the header, or one on which reading broke off, is no row.
        if place >= len(raw.lines) or raw.lines[place] != line or line in known:
            continue
        cells = [text.replace("\0", "\N{SYMBOL FOR NULL}") for text in raw.get_record(place)]
        if sum(map(len, cells)) <= _LONGEST_ROW:
            rows.append({"file_id": file.id, "line": line, "cells": cells})
    add_rows(session, ImportRow, rows)
