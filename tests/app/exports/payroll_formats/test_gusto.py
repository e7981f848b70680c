"""Gusto: titles for several rates, adjustments netted, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from app.exports.payroll_formats.cells import UnusableLines, price
from app.exports.payroll_formats.gusto import GUSTO
from app.exports.payroll_line import PayrollLine
from tests.app.exports.payroll_formats.lines import (
    BATCH,
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

BY_CODENAME = {"title": "codename", "cents": "gusto"}
BY_RATE = {"title": "rate", "cents": "refuse"}


def test_file_is_this_byte_for_byte() -> None:
    other = make_line(rate_cents=4000, project_code="Larkspur", hours=Decimal(8))
    content = build(GUSTO, BATCH, [LINE, TAKEN_BACK, OVERTIME, other], BY_CODENAME)
    assert content == (
        b"last_name,first_name,title,gusto_employee_id,regular_hours,overtime_hours,"
        b"double_overtime_hours,bonus,commission,paycheck_tips,cash_tips,correction_payment,"
        b"reimbursement,personal_note\r\n"
        b"Brandt,Ada Mae,Chordus,004211,31.25,2.25,,,,,,,,\r\n"
        b"Brandt,Ada Mae,Larkspur,004211,8.00,,,,,,,,,\r\n"
    )


def test_one_rate_needs_no_title() -> None:
    lines = [LINE, make_line(project_code="Larkspur", hours=Decimal("1.5"))]
    (row,) = read(build(GUSTO, BATCH, lines, BY_CODENAME))
    assert (row["title"], row["regular_hours"]) == ("", "40.00")


def test_titles_by_rate_keep_rates_of_one_project_apart() -> None:
    lines = [LINE, make_line(rate_cents=4300, hours=Decimal(2))]
    rows = read(build(GUSTO, BATCH, lines, BY_RATE))
    assert [(row["title"], row["regular_hours"]) for row in rows] == [
        ("42.50", "38.50"),
        ("43.00", "2.00"),
    ]


def test_two_rates_under_one_title_are_refused() -> None:
    with pytest.raises(UnusableLines, match=r"Chordus at 42.50 and 43.00.*titles by rate"):
        build(GUSTO, BATCH, [LINE, make_line(rate_cents=4300)], BY_CODENAME)


def test_adjustment_beyond_the_hours_is_refused() -> None:
    with pytest.raises(UnusableLines, match=r"regular_hours: '-7.25' found, 0 or more hours"):
        build(GUSTO, BATCH, [TAKEN_BACK], BY_CODENAME)


def test_cent_left_over_is_a_correction_and_never_negative() -> None:
    more = make_line(amount_cents=163626)
    assert read(build(GUSTO, BATCH, [more], BY_RATE))[0]["correction_payment"] == "0.01"
    less = [LINE, make_line(hours=Decimal(0), amount_cents=-1)]
    with pytest.raises(UnusableLines, match=r"correction_payment: '-0.01' found, 0.00 to"):
        build(GUSTO, BATCH, less, BY_RATE)


def test_cent_of_rounding_can_be_left_to_gusto_but_no_more() -> None:
    less = [LINE, make_line(hours=Decimal(0), amount_cents=-1)]
    (row,) = read(build(GUSTO, BATCH, less, BY_CODENAME))
    assert (row["regular_hours"], row["correction_payment"]) == ("38.50", "")
    with pytest.raises(UnusableLines, match=r"correction_payment: '-0.02' found"):
        build(GUSTO, BATCH, [LINE, make_line(hours=Decimal(0), amount_cents=-2)], BY_CODENAME)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (make_line(payroll_id="42"), "gusto_employee_id: '42' found, 6 letters or digits"),
        (make_line(contractor="Ada"), "first_name: 'Ada' found, a first and a last name"),
        (make_line(contractor="=Ada Brandt"), "first_name: '=Ada' found, text that no"),
        (make_line(contractor="Ada \uff1dB"), "last_name: '\uff1dB' found, text that no"),
    ],
)
def test_what_gusto_cannot_take_is_refused(line: PayrollLine, expected: str) -> None:
    with pytest.raises(UnusableLines) as caught:
        build(GUSTO, BATCH, [line], BY_RATE)
    assert expected in str(caught.value)


def sum_pay(rows: list[dict[str, str]], lines: list[PayrollLine]) -> int:
    """Return what Gusto pays in cents: hours by the rate of the title, and corrections."""
    usual = {line.payroll_id: line.rate_cents for line in lines}
    return sum(
        price(
            read_number(row["regular_hours"]),
            read_cents(row["title"]) or usual[row["gusto_employee_id"]],
        )
        + read_cents(row["correction_payment"])
        for row in rows
    )


@given(lines=draw_lines(least=0))
def test_hours_are_the_control_total_and_amounts_but_for_rounding(lines: list[PayrollLine]) -> None:
    rows = read(build(GUSTO, BATCH, lines, BY_RATE | {"cents": "gusto"}))
    hours = [read_number(row["regular_hours"]) for row in rows]
    assert sum(hours, Decimal(0)) == sum_hours(lines)
    assert 0 <= sum_pay(rows, lines) - sum_cents(lines) < len(lines)
    try:
        rows = read(build(GUSTO, BATCH, lines, BY_RATE))
    except UnusableLines:
        return
    assert sum_pay(rows, lines) == sum_cents(lines)


@given(payroll_id=names, contractor=names, project_code=names)
def test_no_text_becomes_a_formula(payroll_id: str, contractor: str, project_code: str) -> None:
    """Check 13: Gusto."""
    lines = [
        make_line(payroll_id=own_id, contractor=contractor, project_code=code, rate_cents=rate)
        for own_id in (payroll_id, "004211")
        for code, rate in ((project_code, 4250), ("Larkspur", 4000))
    ]
    try:
        content = build(GUSTO, BATCH, lines, BY_CODENAME)
    except UnusableLines:
        return
    assert list_formulas(content) == []
