"""A file by the receiver's own template: its header to the byte, and a source for each column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.exports.cell_safety import is_safe_id
from app.exports.delimited import build_row
from app.exports.payroll_formats.cells import RowCells, join_rows, raise_problems
from app.exports.payroll_formats.map_fields import (
    DATE_FORMATS,
    DECIMAL_MARKS,
    FIELDS,
    HOURS_FORMATS,
    Facts,
    Notation,
)
from app.exports.payroll_formats.template_header import (
    DELIMITERS,
    ENCODINGS,
    LINE_ENDS,
    decode_header,
    find_header_problems,
    split_header,
)
from app.exports.payroll_line import PayrollBatch, PayrollLine
from solver.errors import Problem

MAX_CONSTANT = 200
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?", re.ASCII)


@dataclass(frozen=True)
class MapColumn:
    """Where the cells of a column come from: a field, or a constant (blank: an empty column)."""

    field: str = ""
    constant: str = ""


@dataclass(frozen=True)
class ColumnMap:
    """How a file for one receiver is written.

    header       first line of the template, byte order mark included, without its end
    columns      one for each name in the header
    quote_all    every cell stands in quotes
    adjustments  "signed": rows with a minus sign; "refused": the receiver cannot take any
    """

    header: bytes
    encoding: str
    delimiter: str
    line_end: str
    columns: tuple[MapColumn, ...]
    notation: Notation = field(default_factory=Notation)
    quote_all: bool = False
    adjustments: str = "signed"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return split_header(decode_header(self.header, self.encoding), self.delimiter)

    @property
    def has_currency(self) -> bool:
        """Whether a column says the currency."""
        return any(column.field == "currency" for column in self.columns)


def check_map(column_map: ColumnMap) -> list[Problem]:
    """Return what keeps the map from being used, each fault at its place in the editor."""
    problems = [
        Problem(place, value, "one of the choices")
        for place, value, choices in (
            ("encoding", column_map.encoding, ENCODINGS),
            ("delimiter", column_map.delimiter, DELIMITERS),
            ("line_end", column_map.line_end, LINE_ENDS),
            ("date_format", column_map.notation.date_format, DATE_FORMATS),
            ("decimal_mark", column_map.notation.decimal_mark, DECIMAL_MARKS),
            ("hours_format", column_map.notation.hours_format, HOURS_FORMATS),
            ("adjustments", column_map.adjustments, ("signed", "refused")),
        )
        if value not in choices
    ]
    if problems:
        return problems
    try:
        names = column_map.names
    except UnicodeDecodeError:
        return [Problem("encoding", column_map.encoding, "the encoding of the template")]
    if len(names) != len(column_map.columns):
        return [Problem("columns", str(len(column_map.columns)), f"{len(names)} columns")]
    return [
        *find_header_problems(names),
        *_check_columns(column_map),
        *_check_codes(column_map),
    ]


def _check_columns(column_map: ColumnMap) -> list[Problem]:
    problems = [
        Problem(f"column_{number}", column.field, "a field of the list")
        for number, column in enumerate(column_map.columns)
        if column.field and column.field not in FIELDS
    ]
    problems += [
        Problem(f"constant_{number}", column.constant, expected)
        for number, column in enumerate(column_map.columns)
        if (expected := _find_constant_fault(column.constant, column_map.encoding))
    ]
    used = {column.field for column in column_map.columns}
    if "payroll_id" not in used:
        problems.append(Problem("columns", "no payroll id", "a column with the payroll id"))
    if not used & {"hours", "regular_hours", "overtime_hours", "amount"}:
        problems.append(Problem("columns", "no hours", "a column with hours or amounts"))
    return problems


def _check_codes(column_map: ColumnMap) -> list[Problem]:
    return [
        Problem(f"pay_code_{kind}", code, expected)
        for kind, code in column_map.notation.pay_codes.items()
        if (expected := _find_constant_fault(code, column_map.encoding))
    ]


def _find_constant_fault(text: str, encoding: str) -> str:
    """Return what a constant should have been; "" when it is fine."""
    if len(text) > MAX_CONSTANT:
        return f"up to {MAX_CONSTANT} characters"
    if text and not is_safe_id(text) and not _NUMBER.fullmatch(text):
        return "a number, or text that no spreadsheet takes for a formula"
    return "" if _can_encode(text, encoding) else f"characters that {ENCODINGS[encoding]} has"


def build_mapped(
    batch: PayrollBatch, lines: Iterable[PayrollLine], column_map: ColumnMap
) -> Iterator[bytes]:
    """Yield the file; raises UnusableLines naming every row that cannot be written."""
    problems: list[Problem] = []
    names = column_map.names
    rows = (
        _build_row(
            Facts(batch, line, column_map.notation),
            column_map,
            names,
            RowCells(number, line, problems),
        )
        for number, line in enumerate(lines, start=2)
    )
    yield column_map.header + column_map.line_end.encode(column_map.encoding)
    yield from join_rows(rows, column_map.line_end, column_map.encoding)
    raise_problems(problems)


def _build_row(facts: Facts, column_map: ColumnMap, names: tuple[str, ...], cells: RowCells) -> str:
    if facts.line.is_adjustment and column_map.adjustments == "refused":
        cells.refuse("hours", f"an adjustment of {facts.line.hours} h", "no adjustments")
    titles = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    row = [
        FIELDS[column.field].write(facts, title, cells) if column.field else column.constant
        for title, column in zip(titles, column_map.columns, strict=True)
    ]
    whole = build_row(row, delimiter=column_map.delimiter, quote_all=column_map.quote_all)
    if not _can_encode(whole, column_map.encoding):
        for title, text in zip(titles, row, strict=True):
            if not _can_encode(text, column_map.encoding):
                cells.refuse(title, text, f"characters that {ENCODINGS[column_map.encoding]} has")
    return whole


def _can_encode(text: str, encoding: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def write_map(column_map: ColumnMap) -> dict[str, Any]:
    """Return the map as plain values, as they are stored."""
    notation = column_map.notation
    return {
        "header": column_map.header.hex(),
        "encoding": column_map.encoding,
        "delimiter": column_map.delimiter,
        "line_end": column_map.line_end,
        "quote_all": column_map.quote_all,
        "adjustments": column_map.adjustments,
        "date_format": notation.date_format,
        "decimal_mark": notation.decimal_mark,
        "hours_format": notation.hours_format,
        "pay_codes": dict(notation.pay_codes),
        "columns": [[column.field, column.constant] for column in column_map.columns],
    }


def read_map(values: Mapping[str, Any]) -> ColumnMap:
    """Return the map that `write_map` wrote."""
    return ColumnMap(
        header=bytes.fromhex(values["header"]),
        encoding=values["encoding"],
        delimiter=values["delimiter"],
        line_end=values["line_end"],
        columns=tuple(MapColumn(field, constant) for field, constant in values["columns"]),
        notation=Notation(
            date_format=values["date_format"],
            decimal_mark=values["decimal_mark"],
            hours_format=values["hours_format"],
            pay_codes=values["pay_codes"],
        ),
        quote_all=values["quote_all"],
        adjustments=values["adjustments"],
    )
