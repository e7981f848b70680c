"""The cells of files for programs: written as they are, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, islice

from app.errors import AppError
from app.exports.cell_safety import is_safe_id
from app.exports.delimited import build_row
from app.exports.payroll_line import HoursKind, PayrollLine
from solver.errors import Problem

_PROBLEMS_SHOWN = 5
_LINE_END = "\r\n"
_ROWS_A_PART = 5_000


class UnusableLines(AppError):
    """A format cannot say what some lines say; no file was made.

    problems  every one of them, in the order of the file
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - _PROBLEMS_SHOWN
        shown = [str(problem) for problem in self.problems[:_PROBLEMS_SHOWN]]
        super().__init__("; ".join(shown + [f"and {more} more"] * (more > 0)))


class RowCells:
    """Writes the cells of one row; what cannot be written becomes a problem.

    place     the row for people: `row 2 (Ada)`
    problems  of the whole file; grows
    """

    def __init__(self, row: int, line: PayrollLine, problems: list[Problem]) -> None:
        self._place = f"row {row} ({line.contractor})"
        self._problems = problems

    def refuse(self, column: str, value: str, expected: str) -> None:
        """Note that `column` cannot hold `value`."""
        self._problems.append(Problem(f"{self._place}, {column}", value, expected))

    def write_text(self, column: str, text: str, pattern: str = "", expected: str = "") -> str:
        """Return a text that is safe as it is, and matches the pattern whole if there is one."""
        if pattern and not re.fullmatch(pattern, text, re.ASCII):
            self.refuse(column, text, expected)
        elif not is_safe_id(text):
            self.refuse(column, text, "text that no spreadsheet takes for a formula")
        return text

    def write_hours(self, column: str, hours: Decimal, *, least: Decimal, most: Decimal) -> str:
        """Return hours with two decimals; both limits are included."""
        text = f"{hours:.2f}"
        if not least <= hours <= most:
            self.refuse(column, text, f"{least} to {most}")
        return text

    def write_money(self, column: str, cents: int, *, least: int, most: int) -> str:
        """Return an amount with two decimals; both limits, in cents, are included."""
        text = write_cents(cents)
        if not least <= cents <= most:
            self.refuse(column, text, f"{write_cents(least)} to {write_cents(most)}")
        return text


def write_cents(cents: int) -> str:
    """Return an amount in cents as a plain number with two decimals, such as -0.05."""
    return f"{Decimal(cents).scaleb(-2):.2f}"


def price(hours: Decimal, rate_cents: int) -> int:
    """Return hours times rate in whole cents, rounded half away from zero as the ledger does."""
    return int((hours * rate_cents).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def find_remainder_cents(line: PayrollLine) -> int:
    """Return what a receiver that multiplies hours and rate itself leaves out of the amount.

    Adjustments have such remainders. Overtime has none that we know: the receiver prices it by
    a rule of its own.
    """
    if line.hours_kind is HoursKind.OVERTIME and line.hours:
        return 0
    return line.amount_cents - price(line.hours, line.rate_cents)


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name: the last word is the last name."""
    first_name, _space, last_name = name.strip().rpartition(" ")
    return first_name.strip(), last_name


def build_file(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield the rows below their header: UTF-8 without byte order mark, commas, CRLF."""
    return join_rows(chain([build_row(header)], map(build_row, rows)), _LINE_END, "utf-8")


def join_rows(rows: Iterable[str], line_end: str, encoding: str) -> Iterator[bytes]:
    """Yield the rows, each with the end of its line, in parts of some hundred kilobytes."""
    remaining = iter(rows)
    while some := list(islice(remaining, _ROWS_A_PART)):
        # What the encoding does not have has been refused by name: no file comes of it.
        yield line_end.join([*some, ""]).encode(encoding, "replace")


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raise UnusableLines when there is any problem."""
    if problems:
        raise UnusableLines(problems)
