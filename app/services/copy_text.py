"""Rows of the roster as PostgreSQL's COPY reads it, a header line first.

The header makes COPY refuse rows that were written for other columns, as those of an upload
that an upgrade came in between of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
from sqlalchemy.orm import Session

from app.database_errors import hiding_values
from app.importing.cells import CellValue
from app.importing.typed_table import TypedTable
from solver.instance import IntArray
from solver.roster import TABLES, Kind, Roster, Table

Int32Array: TypeAlias = npt.NDArray[np.int32]
ObjectArray: TypeAlias = npt.NDArray[np.object_]

Pieces = Mapping[str, Iterable[bytes]]
"""What `render_rows` and `render_typed` yield, by table."""

_ROWS_AT_A_TIME = 20_000
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def join_columns(table: Table) -> str:
    """Return the names of the table's columns in the database, with commas between."""
    return ", ".join(column.roster_name for column in table.columns)


def render_rows(table: Table, frame: pd.DataFrame) -> Iterator[bytes]:
    """Yield the frame in pieces of some thousand rows."""
    columns = []
    for column in table.columns:
        codes, distinct = pd.factorize(frame[column.roster_name])
        # factorize gives a missing value the code -1, which picks the last entry.
        columns.append((codes, [*distinct.tolist(), None]))
    return _render(table, columns)


def render_roster(roster: Roster) -> Pieces:
    """Return the pieces of every table of a roster."""
    frames = roster.frames()
    return {name: render_rows(TABLES[name], frames[name]) for name in TABLES}


def render_typed(typed: TypedTable) -> Iterator[bytes]:
    """Yield a table without faults, as it was read, in the same pieces."""
    columns = [typed.columns[column.name] for column in typed.table.columns]
    return _render(typed.table, [(column.codes, column.values) for column in columns])


def copy_rows(session: Session, target: str, table: Table, pieces: Iterable[bytes]) -> None:
    """Write such pieces into the database's table `target`."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    statement = f"COPY {target} ({join_columns(table)}) FROM STDIN (FORMAT text, HEADER MATCH)"
    with hiding_values(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)


def _render(
    table: Table, columns: Sequence[tuple[IntArray | Int32Array, Sequence[CellValue]]]
) -> Iterator[bytes]:
    """Yield rows whose cells are, column by column, `values[codes[row]]`."""
    yield "\t".join(column.roster_name for column in table.columns).encode() + b"\n"
    ends = ["\t"] * (len(columns) - 1) + ["\n"]
    texts = [
        _write_values(column.kind, values, end)
        for column, (_codes, values), end in zip(table.columns, columns, ends, strict=True)
    ]
    num_rows = len(columns[0][0])
    for start in range(0, num_rows, _ROWS_AT_A_TIME):
        stop = min(start + _ROWS_AT_A_TIME, num_rows)
        cells = np.empty((stop - start, len(columns)), dtype=object)
        for place, (codes, _values) in enumerate(columns):
            cells[:, place] = texts[place][codes[start:stop]]
        yield "".join(cells.ravel().tolist()).encode()


def _write_values(kind: Kind, values: Sequence[CellValue], end: str) -> ObjectArray:
    """Return each distinct value as COPY reads it, and the sign that ends its cell."""
    write = _WRITERS[kind]
    if kind in _TEXTS and not _SPECIAL.search("".join(map(str, values))):
        write = str
    return np.array([(_NULL if one is None else write(one)) + end for one in values], dtype=object)


def _write_text(value: str) -> str:
    return value.translate(_ESCAPES)


_TEXTS = frozenset({Kind.TEXT, Kind.LIST, Kind.CHOICE})
_WRITERS: Mapping[Kind, Callable[..., str]] = MappingProxyType(
    {
        Kind.TEXT: _write_text,
        Kind.LIST: _write_text,
        Kind.CHOICE: _write_text,
        Kind.BOOLEAN: lambda value: "t" if value else "f",
        Kind.WHOLE: str,
        Kind.MONEY: str,
        Kind.DECIMAL: repr,
        Kind.DATE: lambda value: value.isoformat()[:10],
    }
)
