"""The generic payroll file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.payroll_csv import HEADER, PayrollRow, UnsafePayrollId, build_payroll_csv
from tests.app.exports.payroll_formats.lines import list_formulas, names

ROW = PayrollRow(
    payroll_id="00042",
    contractor="Zoë O'Connor",
    project="Larkspur",
    worked_on=date(2026, 11, 24),
    hours=Decimal("7.25"),
    rate_cents=3333,
    currency="EUR",
)

hours = st.decimals(Decimal("-24"), Decimal("24"), places=2)
rates = st.integers(0, 1_000_000)


def parse(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def test_payroll_file_is_this_byte_for_byte() -> None:
    assert (
        build_payroll_csv([ROW])
        == (
            "payroll_id,contractor,project,date,hours,rate,amount,currency\r\n"
            "00042,Zoë O'Connor,Larkspur,2026-11-24,7.25,33.33,241.64,EUR\r\n"
        ).encode()
    )


def test_payroll_file_without_rows_is_the_header() -> None:
    assert parse(build_payroll_csv([])) == [list(HEADER)]


@given(hours=hours, rate_cents=rates)
def test_amount_is_rounded_half_away_from_zero(hours: Decimal, rate_cents: int) -> None:
    exact = Fraction(hours) * rate_cents
    amount = replace(ROW, hours=hours, rate_cents=rate_cents).amount_cents
    assert abs(amount - exact) <= Fraction(1, 2)
    if abs(amount - exact) == Fraction(1, 2):
        assert abs(amount) > abs(exact)


@given(rows=st.lists(st.tuples(hours, rates), max_size=6))
def test_numbers_stay_numbers_and_lines_add_up(rows: list[tuple[Decimal, int]]) -> None:
    listed = [replace(ROW, hours=hours, rate_cents=rate) for hours, rate in rows]
    written = parse(build_payroll_csv(listed))[1:]
    assert [Decimal(cells[4]) for cells in written] == [row.hours for row in listed]
    total = sum((Decimal(cells[6]) for cells in written), Decimal(0))
    assert total * 100 == sum(row.amount_cents for row in listed)


@pytest.mark.parametrize(
    "payroll_id", ["", "=1", "+1", "-1", "@a", "\uff0d1", "\t1", "1\n2", "1\x002", " =1"]
)
def test_unsafe_payroll_id_is_refused_by_name(payroll_id: str) -> None:
    bad = replace(ROW, payroll_id=payroll_id)
    with pytest.raises(UnsafePayrollId, match="Zoë") as caught:
        build_payroll_csv([ROW, bad])
    assert caught.value.rows == (bad,)


@given(text=names)
def test_no_text_becomes_a_formula_whatever_splits_the_lines(text: str) -> None:
    assert list_formulas(build_payroll_csv([replace(ROW, contractor=text, project=text)])) == []
