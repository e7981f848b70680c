"""Paychex SPI: one of rate and amount, signs, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.payroll_formats.cells import UnusableLines, price
from app.exports.payroll_formats.paychex import PAYCHEX
from app.exports.payroll_formats.payroll_format import check_settings
from app.exports.payroll_line import PayrollLine
from tests.app.exports.payroll_formats.lines import (
    BATCH,
    CORRECTED_CENT,
    LINE,
    OVERTIME,
    TAKEN_BACK,
    build,
    draw_lines,
    list_formulas,
    make_line,
    names,
    read,
    read_cents,
    read_number,
    sum_cents,
    sum_hours,
)

SETTINGS = {
    "client_id": "0042A1B7",
    "pay_component": "Hourly",
    "overtime_component": "Overtime",
    "amount_component": "Adjustment",
    "pay_by": "rate",
    "job": "none",
}
HEADER = (
    b"CLIENT ID,WORKER ID,ORG,JOB NUMBER,PAY COMPONENT,RATE,RATE NUMBER,HOURS,UNITS,LINE DATE,"
    b"AMOUNT,CHECK SEQ NUMBER,OVERRIDE STATE,OVERRIDE LOCAL,OVERRIDE LOCAL JURISDICTION,"
    b"LABOR ASSIGNMENT\r\n"
)
LINES = [LINE, TAKEN_BACK, CORRECTED_CENT, OVERTIME]


def test_file_by_rate_is_this_byte_for_byte() -> None:
    assert build(PAYCHEX, BATCH, LINES, SETTINGS) == (
        HEADER + b"0042A1B7,004211,,,Hourly,42.50,,38.50,,,,,,,,\r\n"
        b"0042A1B7,004211,,,Hourly,42.50,,-7.25,,,,,,,,\r\n"
        b"0042A1B7,004211,,,Adjustment,,,,,,-0.01,,,,,\r\n"
        b"0042A1B7,004211,,,Overtime,42.50,,2.25,,,,,,,,\r\n"
    )


def test_file_by_amount_is_this_byte_for_byte() -> None:
    settings = SETTINGS | {"pay_by": "amount", "job": "codename"}
    assert build(PAYCHEX, BATCH, LINES, settings) == (
        HEADER + b"0042A1B7,004211,,Chordus,Hourly,,,38.50,,,1636.25,,,,,\r\n"
        b"0042A1B7,004211,,Chordus,Hourly,,,-7.25,,,-308.13,,,,,\r\n"
        b"0042A1B7,004211,,Chordus,Adjustment,,,,,,-0.01,,,,,\r\n"
        b"0042A1B7,004211,,Chordus,Overtime,,,2.25,,,95.63,,,,,\r\n"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (make_line(payroll_id="A-1"), "WORKER ID: 'A-1' found, 1 to 10 letters or digits"),
        (make_line(payroll_id="12345678901"), "WORKER ID: '12345678901' found"),
        (make_line(hours=Decimal(1000)), "HOURS: '1000.00' found, -999.99 to 999.99"),
        (make_line(rate_cents=0), "RATE: '0.00' found, 0.01 to 9999.99"),
        (make_line(project_code="Night Fox"), "JOB NUMBER: 'Night Fox' found, up to 25"),
    ],
)
def test_what_paychex_cannot_take_is_refused(line: PayrollLine, expected: str) -> None:
    with pytest.raises(UnusableLines) as caught:
        build(PAYCHEX, BATCH, [line], SETTINGS | {"job": "codename"})
    assert expected in str(caught.value)


def test_settings_are_checked_field_by_field() -> None:
    assert check_settings(PAYCHEX, SETTINGS) == []
    wrong = SETTINGS | {"client_id": "=cmd", "pay_component": "+Hourly", "pay_by": "both"}
    found = {problem.place for problem in check_settings(PAYCHEX, wrong)}
    assert found == {"client_id", "pay_component", "pay_by"}


@given(lines=draw_lines(), pay_by=st.sampled_from(["rate", "amount"]))
def test_hours_and_amounts_are_the_control_totals(lines: list[PayrollLine], pay_by: str) -> None:
    rows = read(build(PAYCHEX, BATCH, lines, SETTINGS | {"pay_by": pay_by}))
    assert all([row["RATE"], row["RATE NUMBER"], row["AMOUNT"]].count("") >= 2 for row in rows), (
        "more than one of rate, rate number and amount"
    )
    hours = [read_number(row["HOURS"]) for row in rows]
    assert sum(hours, Decimal(0)) == sum_hours(lines)
    paid = sum(
        price(own, read_cents(row["RATE"])) + read_cents(row["AMOUNT"])
        for own, row in zip(hours, rows, strict=True)
    )
    assert paid == sum_cents(lines)


@given(payroll_id=names, project_code=names)
def test_no_text_becomes_a_formula(payroll_id: str, project_code: str) -> None:
    """Check 13: Paychex."""
    line = make_line(payroll_id=payroll_id, project_code=project_code)
    try:
        content = build(PAYCHEX, BATCH, [line], SETTINGS | {"job": "codename"})
    except UnusableLines:
        return
    assert list_formulas(content) == []
