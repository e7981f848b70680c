"""The generic payroll file, and the manifest beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.exports.payroll_csv import HEADER, build_payroll_csv, build_payroll_name
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from app.exports.payroll_manifest import ControlTotal, FileFacts, add_totals, build_manifest
from tests.app.exports.payroll_formats.lines import list_formulas, names

BATCH = PayrollBatch(12, date(2026, 11, 16), date(2026, 11, 29))
LINE = PayrollLine(
    number=1,
    contractor_id="C1",
    payroll_id="00042",
    contractor="Zoë O'Connor",
    project_code="Larkspur",
    hours_kind=HoursKind.REGULAR,
    starts_on=BATCH.starts_on,
    ends_on=BATCH.ends_on,
    hours=Decimal("7.25"),
    rate_cents=3333,
    amount_cents=24_164,
    currency="EUR",
)

hours = st.decimals(Decimal("-24"), Decimal("24"), places=2)
cents = st.integers(-1_000_000, 1_000_000)


def build(lines: Iterable[PayrollLine]) -> bytes:
    return b"".join(build_payroll_csv(BATCH, lines))


def parse(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def test_payroll_file_is_this_byte_for_byte() -> None:
    back = replace(LINE, number=2, hours=Decimal("-1"), amount_cents=-3333, is_adjustment=True)
    assert (
        build([LINE, back])
        == (
            "batch,line,payroll_id,contractor,project,kind,period_starts_on,period_ends_on,hours,"
            "rate,amount,currency,adjustment\r\n"
            "12,1,00042,Zoë O'Connor,Larkspur,regular,2026-11-16,2026-11-29,7.25,33.33,241.64,"
            "EUR,\r\n"
            "12,2,00042,Zoë O'Connor,Larkspur,regular,2026-11-16,2026-11-29,-1.00,33.33,-33.33,"
            "EUR,yes\r\n"
        ).encode()
    )
    assert build_payroll_name(BATCH) == "payroll-000012.csv"


def test_payroll_file_without_lines_is_the_header() -> None:
    assert parse(build([])) == [list(HEADER)]


def test_long_file_comes_in_parts_that_hold_every_line_once() -> None:
    lines = [replace(LINE, number=number) for number in range(1, 12_002)]
    parts = list(build_payroll_csv(BATCH, lines))
    assert len(parts) == 3
    assert [row[1] for row in parse(b"".join(parts))[1:]] == [str(line.number) for line in lines]


@given(rows=st.lists(st.tuples(hours, cents), max_size=6))
def test_numbers_stay_numbers(rows: list[tuple[Decimal, int]]) -> None:
    """Check 13: negative amounts."""
    lines = [replace(LINE, hours=worked, amount_cents=amount) for worked, amount in rows]
    written = parse(build(lines))[1:]
    assert [Decimal(cells[8]) for cells in written] == [line.hours for line in lines]
    assert [Decimal(cells[10]) * 100 for cells in written] == [line.amount_cents for line in lines]


@given(text=names)
def test_no_text_becomes_a_formula_whatever_splits_the_lines(text: str) -> None:
    """Check 13: the payroll file."""
    assert list_formulas(build([replace(LINE, contractor=text, project_code=text)])) == []


def test_manifest_says_each_currency_apart_and_is_the_same_text_each_time() -> None:
    totals = [
        ControlTotal("EUR", 2, Decimal("7.5"), 25_000, 1, -300),
        ControlTotal("USD", 1, Decimal(8), 32_000),
    ]
    file = FileFacts("payroll-000012.csv", "ab" * 32, 99)
    manifest = build_manifest(BATCH, totals, file, num_days=9)
    assert manifest == build_manifest(BATCH, totals, file, num_days=9)
    content = json.loads(manifest)
    assert content["totals"]["EUR"] == {
        "lines": 2,
        "hours": "7.50",
        "amount_cents": 25_000,
        "adjustments": 1,
        "adjustment_cents": -300,
    }
    assert (content["lines"], content["days"], content["format"]) == (3, 9, 1)


def test_totals_of_several_batches_are_added_by_currency() -> None:
    one = ControlTotal("USD", 1, Decimal(8), 32_000, 1, 100)
    assert add_totals([one, ControlTotal("EUR", 1, Decimal(1), 5), one]) == (
        ControlTotal("EUR", 1, Decimal(1), 5),
        ControlTotal("USD", 2, Decimal(16), 64_000, 2, 200),
    )
