"""A frame of the roster as PostgreSQL's COPY reads it, a header line first.

The header makes COPY refuse rows that were written for other columns, as those of an upload
that an upgrade came in between of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import psycopg
from sqlalchemy.orm import Session

from app.database_errors import hiding_values
from solver.roster import Kind, Table

Pieces = Mapping[str, Iterable[bytes]]
"""What `render_rows` yields, by table."""

_ROWS_AT_A_TIME = 20_000
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def join_columns(table: Table) -> str:
    """Return the names of the table's columns in the database, with commas between."""
    return ", ".join(column.roster_name for column in table.columns)


def render_rows(table: Table, frame: pd.DataFrame) -> Iterator[bytes]:
    """Yield the frame in pieces of some thousand rows."""
    yield "\t".join(column.roster_name for column in table.columns).encode() + b"\n"
    cells = [_render_column(column.kind, frame[column.roster_name]) for column in table.columns]
    for start in range(0, len(frame), _ROWS_AT_A_TIME):
        part = (column[start : start + _ROWS_AT_A_TIME].tolist() for column in cells)
        yield "".join("\t".join(row) + "\n" for row in zip(*part, strict=True)).encode()


def copy_rows(session: Session, target: str, table: Table, pieces: Iterable[bytes]) -> None:
    """Write the pieces of `render_rows` into the database's table `target`."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    statement = f"COPY {target} ({join_columns(table)}) FROM STDIN (FORMAT text, HEADER MATCH)"
    with hiding_values(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)


def _render_column(kind: Kind, values: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the cells of a column; each distinct value is written out once."""
    codes, distinct = pd.factorize(values)
    write = _WRITERS[kind]
    # factorize gives a missing value the code -1, which picks the last entry.
    texts = np.array([*map(write, distinct.tolist()), _NULL], dtype=object)
    cells: np.ndarray[tuple[int], np.dtype[np.object_]] = texts[codes]
    return cells


def _write_text(value: str) -> str:
    return value.translate(_ESCAPES)


_WRITERS: Mapping[Kind, Callable[..., str]] = MappingProxyType(
    {
        Kind.TEXT: _write_text,
        Kind.LIST: _write_text,
        Kind.CHOICE: _write_text,
        Kind.BOOLEAN: lambda value: "t" if value else "f",
        Kind.WHOLE: str,
        Kind.MONEY: str,
        Kind.DECIMAL: repr,
        Kind.DATE: lambda value: value.date().isoformat(),
    }
)
