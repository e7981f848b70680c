"""Lines of pay for tests of formats, and a reader of what the formats wrote."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from hypothesis import strategies as st

from app.exports.cell_safety import is_formula_like
from app.exports.payroll_formats.cells import price
from app.exports.payroll_formats.column_map import ColumnMap, build_mapped
from app.exports.payroll_formats.payroll_format import PayrollFormat, Settings
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine

BATCH = PayrollBatch(12, date(2026, 11, 16), date(2026, 11, 29))
LINE = PayrollLine(
    number=1,
    contractor_id="C001",
    payroll_id="004211",
    contractor="Ada Mae Brandt",
    project_code="Chordus",
    hours_kind=HoursKind.REGULAR,
    starts_on=date(2026, 11, 16),
    ends_on=date(2026, 11, 29),
    hours=Decimal("38.50"),
    rate_cents=4250,
    amount_cents=163625,
    currency="USD",
)
TAKEN_BACK = replace(
    LINE,
    number=2,
    starts_on=date(2026, 11, 2),
    ends_on=date(2026, 11, 15),
    hours=Decimal("-7.25"),
    amount_cents=-30813,
    is_adjustment=True,
)
"""Hours times rate is -308.125, which rounds away from zero: nothing is left over."""
CORRECTED_CENT = replace(TAKEN_BACK, number=3, hours=Decimal(0), amount_cents=-1)
OVERTIME = replace(
    LINE,
    number=4,
    hours_kind=HoursKind.OVERTIME,
    hours=Decimal("2.25"),
    amount_cents=9563,
)

_AROUND = ' \r\n\t"'
_NUMBER = re.compile(r"-?\d+([.,:]\d+)?", re.ASCII)

names = st.one_of(
    st.sampled_from(
        [
            "=1+1",
            "Ada =B",
            "\uff1dA B",
            "Zoë\tB",
            "A,B C",
            'A "B" C',
            "A;=1 B",
            "A\n=1 B",
            "A\u2028",
        ]
    ),
    st.text("=+-@;,|\t\r\n\0\"' \uff1d\uff0bab", max_size=8),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)


def build(
    payroll_format: PayrollFormat,
    batch: PayrollBatch,
    lines: Iterable[PayrollLine],
    settings: Settings,
) -> bytes:
    """Return the whole file of a format."""
    return b"".join(payroll_format.build(batch, lines, settings))


def write_mapped(batch: PayrollBatch, lines: Iterable[PayrollLine], column_map: ColumnMap) -> bytes:
    """Return the whole file of a column map."""
    return b"".join(build_mapped(batch, lines, column_map))


def make_line(**changes: Any) -> PayrollLine:
    """Return LINE with changes; the amount is hours times rate unless it is given."""
    line = replace(LINE, **changes)
    if "amount_cents" in changes:
        return line
    return replace(line, amount_cents=price(line.hours, line.rate_cents))


@st.composite
def draw_lines(draw: st.DrawFn, *, least: int = -80) -> list[PayrollLine]:
    """Return lines of one currency, of at least `least` hours, some with cents left over."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["004211", "004212", "004213"]),
                st.sampled_from(["Chordus", "Larkspur"]),
                st.sampled_from([3333, 4250, 4251]),
                st.decimals(Decimal(least), Decimal(80), places=2),
                st.integers(min(least, 0) and -2, 2),
            ),
            min_size=1,
            max_size=12,
        )
    )
    # As in a batch, the lines of one person stand together.
    in_order = sorted(drawn, key=itemgetter(0))
    return [
        make_line(
            number=number,
            payroll_id=payroll_id,
            project_code=project,
            rate_cents=rate,
            hours=hours,
            amount_cents=price(hours, rate) + cents,
            is_adjustment=hours <= 0 or cents != 0,
        )
        for number, (payroll_id, project, rate, hours, cents) in enumerate(in_order, start=1)
    ]


def read(content: bytes, *, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a file by the names of its columns."""
    stream = io.StringIO(content.decode(encoding), newline="")
    return list(csv.DictReader(stream, delimiter=delimiter, strict=True))


def list_formulas(content: bytes) -> list[str]:
    """Return the cells that a spreadsheet could run, whatever it splits lines at."""
    text = content.decode("utf-8-sig")
    return [
        cell
        for delimiter in (",", ";", "\t")
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cell in row
        # At a foreign separator, the file's own quotes, separators and line ends stand in cells.
        if is_formula_like(cell.strip(_AROUND)) and not _NUMBER.fullmatch(cell)
    ]


def sum_hours(lines: list[PayrollLine]) -> Decimal:
    """Return the control total of the hours."""
    return sum((line.hours for line in lines), Decimal(0))


def sum_cents(lines: list[PayrollLine]) -> int:
    """Return the control total of the amounts."""
    return sum(line.amount_cents for line in lines)


def read_number(text: str) -> Decimal:
    """Return the number of a cell, 0 of a blank one."""
    return Decimal(text or "0")


def read_cents(text: str) -> int:
    """Return the cents of an amount, 0 of a blank one."""
    return int(read_number(text) * 100)
