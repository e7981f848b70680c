"""What a column of a column map can hold, and how days and numbers are written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from app.exports.payroll_formats.cells import RowCells, split_name, write_cents
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine

DATE_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "%Y-%m-%d": "2026-11-23",
        "%m/%d/%Y": "11/23/2026",
        "%d/%m/%Y": "23/11/2026",
        "%d.%m.%Y": "23.11.2026",
        "%Y%m%d": "20261123",
    }
)
DECIMAL_MARKS: Mapping[str, str] = MappingProxyType({".": "1234.50", ",": "1234,50"})
HOURS_FORMATS: Mapping[str, str] = MappingProxyType(
    {"decimal": "Hours, 7.50", "minutes": "Minutes, 450", "clock": "Hours and minutes, 7:30"}
)
PAY_CODES = ("regular", "overtime", "adjustment")
"""For what a receiver has names; a blank one of adjustments is that of the hours."""


@dataclass(frozen=True)
class Notation:
    """How a receiver writes things; the keys are those of the tables above.

    pay_codes  the receiver's names, by PAY_CODES
    """

    date_format: str = "%Y-%m-%d"
    decimal_mark: str = "."
    hours_format: str = "decimal"
    pay_codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """All that a cell is made of."""

    batch: PayrollBatch
    line: PayrollLine
    notation: Notation


@dataclass(frozen=True)
class MapField:
    """One thing that a column can hold; `write` gets the column's name for its problems."""

    title: str
    write: Callable[[Facts, str, RowCells], str]


def _text(read: Callable[[Facts], str]) -> Callable[[Facts, str, RowCells], str]:
    return lambda facts, column, cells: cells.write_text(column, read(facts))


def _day(read: Callable[[Facts], date]) -> Callable[[Facts, str, RowCells], str]:
    return lambda facts, _column, _cells: read(facts).strftime(facts.notation.date_format)


def _money(read: Callable[[Facts], int]) -> Callable[[Facts, str, RowCells], str]:
    return lambda facts, _column, _cells: _mark(write_cents(read(facts)), facts.notation)


def _whole(read: Callable[[Facts], int]) -> Callable[[Facts, str, RowCells], str]:
    return lambda facts, _column, _cells: str(read(facts))


def _hours(kind: HoursKind | None) -> Callable[[Facts, str, RowCells], str]:
    def write(facts: Facts, column: str, cells: RowCells) -> str:
        if kind is not None and facts.line.hours_kind is not kind:
            return ""
        return write_hours(facts.line.hours, facts.notation, column, cells)

    return write


def _write_first_name(facts: Facts, column: str, cells: RowCells) -> str:
    first_name, _last_name = split_name(facts.line.contractor)
    return cells.write_text(column, first_name)


def _write_pay_code(facts: Facts, column: str, cells: RowCells) -> str:
    codes, line = facts.notation.pay_codes, facts.line
    code = codes.get("adjustment", "") if line.is_adjustment else ""
    code = code or codes.get(line.hours_kind.value, "")
    if not code:
        cells.refuse(column, "", f"a pay code for {line.hours_kind.value} hours in the column map")
    return code


def write_hours(hours: Decimal, notation: Notation, column: str, cells: RowCells) -> str:
    """Return hours as the receiver writes them; whole minutes only where it counts minutes."""
    if notation.hours_format == "decimal":
        return _mark(f"{hours:.2f}", notation)
    minutes = hours * 60
    if minutes != int(minutes):
        cells.refuse(column, f"{hours:.2f}", "hours of whole minutes")
    if notation.hours_format == "minutes":
        return str(int(minutes))
    whole, rest = divmod(abs(int(minutes)), 60)
    return f"{'-' if minutes < 0 else ''}{whole}:{rest:02d}"


def _mark(number: str, notation: Notation) -> str:
    return number.replace(".", notation.decimal_mark)


FIELDS: Mapping[str, MapField] = MappingProxyType(
    {
        "payroll_id": MapField("Payroll id", _text(lambda facts: facts.line.payroll_id)),
        "contractor_id": MapField("Contractor id", _text(lambda facts: facts.line.contractor_id)),
        "contractor": MapField("Name", _text(lambda facts: facts.line.contractor)),
        "first_name": MapField("First name", _write_first_name),
        "last_name": MapField(
            "Last name", _text(lambda facts: split_name(facts.line.contractor)[1])
        ),
        "codename": MapField("Codename", _text(lambda facts: facts.line.project_code)),
        "pay_code": MapField("Pay code", _write_pay_code),
        "hours": MapField("Hours", _hours(None)),
        "regular_hours": MapField("Regular hours", _hours(HoursKind.REGULAR)),
        "overtime_hours": MapField("Overtime hours", _hours(HoursKind.OVERTIME)),
        "rate": MapField("Rate", _money(lambda facts: facts.line.rate_cents)),
        "amount": MapField("Amount", _money(lambda facts: facts.line.amount_cents)),
        "currency": MapField("Currency", _text(lambda facts: facts.line.currency)),
        "starts_on": MapField("First day of the hours", _day(lambda facts: facts.line.starts_on)),
        "ends_on": MapField("Last day of the hours", _day(lambda facts: facts.line.ends_on)),
        "batch_starts_on": MapField(
            "First day of the batch", _day(lambda facts: facts.batch.starts_on)
        ),
        "batch_ends_on": MapField("Last day of the batch", _day(lambda facts: facts.batch.ends_on)),
        "batch_number": MapField("Number of the batch", _whole(lambda facts: facts.batch.number)),
        "line_number": MapField("Number of the line", _whole(lambda facts: facts.line.number)),
    }
)
"""Key -> field, in the order in which the editor offers them."""
