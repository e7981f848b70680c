"""ADP paydata: columns, codes and limits, signs, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from app.exports.payroll_formats.adp import ADP
from app.exports.payroll_formats.cells import UnusableLines, price
from app.exports.payroll_formats.payroll_format import check_settings
from app.exports.payroll_line import PayrollBatch, PayrollLine
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
    "company_code": "RDP",
    "adjustment_hours_code": "",
    "amount_code": "ADJ",
    "job": "none",
}


def test_file_is_this_byte_for_byte() -> None:
    content = build(ADP, BATCH, [LINE, TAKEN_BACK, CORRECTED_CENT, OVERTIME], SETTINGS)
    assert content == (
        b"Co Code,Batch ID,File #,Reg Hours,O/T Hours,Hours 3 Code,Hours 3 Amount,"
        b"Earnings 3 Code,Earnings 3 Amount,Rate Code,Temp Rate,Job Cost #\r\n"
        b"RDP,R0000012,004211,38.50,,,,,,,42.50,\r\n"
        b"RDP,R0000012,004211,-7.25,,,,,,,42.50,\r\n"
        b"RDP,R0000012,004211,,,,,ADJ,-0.01,,,\r\n"
        b"RDP,R0000012,004211,,2.25,,,,,,42.50,\r\n"
    )


def test_adjusted_hours_can_have_a_code_of_their_own() -> None:
    content = build(ADP, BATCH, [TAKEN_BACK], SETTINGS | {"adjustment_hours_code": "COR"})
    (row,) = read(content)
    assert (row["Reg Hours"], row["Hours 3 Code"], row["Hours 3 Amount"]) == ("", "COR", "-7.25")


def test_job_is_the_codename_in_capitals() -> None:
    (row,) = read(build(ADP, BATCH, [LINE], SETTINGS | {"job": "codename"}))
    assert row["Job Cost #"] == "CHORDUS"


def test_company_code_of_two_characters_gets_an_underscore() -> None:
    settings = SETTINGS | {"company_code": "R2"}
    assert read(build(ADP, BATCH, [LINE], settings))[0]["Co Code"] == "R2_"
    assert ADP.build_name(BATCH, settings) == "PRR2_EPI.csv"


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (make_line(payroll_id="4211"), "File #: '4211'", "6 digits"),
        (make_line(payroll_id="=1+1+1"), "File #: '=1+1+1'", "6 digits"),
        (make_line(payroll_id="\uff10\uff10\uff14\uff12\uff11\uff11"), "File #", "6 digits"),
        (make_line(rate_cents=10_000_000), "Temp Rate: '100000.00'", "0.00 to 99999.99"),
        (make_line(hours=Decimal(100_000)), "Reg Hours: '100000.00'", "-99999.99 to 99999.99"),
        (make_line(project_code="Night Fox"), "Job Cost #: 'NIGHT FOX'", "up to 15 of A-Z"),
        (make_line(amount_cents=1), "Earnings 3 Amount", "-1636.24' found, a code for amounts"),
    ],
)
def test_what_adp_cannot_take_is_refused_by_row_value_and_expectation(
    line: PayrollLine, column: str, expected: str
) -> None:
    settings = SETTINGS | {"job": "codename", "amount_code": ""}
    with pytest.raises(UnusableLines) as caught:
        build(ADP, BATCH, [LINE, line], settings)
    (problem,) = caught.value.problems
    assert problem.place.startswith("row 3 (Ada Mae Brandt), ")
    assert column in str(problem)
    assert expected in str(problem)


def test_every_problem_is_found_in_one_pass_and_the_first_five_are_said() -> None:
    lines = [make_line(payroll_id=f"A-{number}") for number in range(7)]
    with pytest.raises(UnusableLines, match=r"A-4'.*; and 2 more$") as caught:
        build(ADP, BATCH, lines, SETTINGS)
    assert len(caught.value.problems) == 7


def test_batch_id_of_more_than_eight_characters_is_refused() -> None:
    far = PayrollBatch(10_000_000, BATCH.starts_on, BATCH.ends_on)
    with pytest.raises(UnusableLines, match="at most 8 characters"):
        build(ADP, far, [LINE], SETTINGS)


def test_settings_are_checked_field_by_field() -> None:
    assert check_settings(ADP, SETTINGS) == []
    wrong = {"company_code": "=A", "amount_code": "FOUR", "job": "all", "rate": "9"}
    found = {problem.place for problem in check_settings(ADP, wrong)}
    assert found == {"company_code", "amount_code", "job", "rate"}


@given(lines=draw_lines())
def test_hours_and_amounts_are_the_control_totals(lines: list[PayrollLine]) -> None:
    rows = read(build(ADP, BATCH, lines, SETTINGS))
    hours = [read_number(row["Reg Hours"]) for row in rows]
    assert sum(hours, Decimal(0)) == sum_hours(lines)
    paid = sum(
        price(own, read_cents(row["Temp Rate"])) + read_cents(row["Earnings 3 Amount"])
        for own, row in zip(hours, rows, strict=True)
    )
    assert paid == sum_cents(lines)


@given(payroll_id=names, project_code=names)
def test_no_text_becomes_a_formula(payroll_id: str, project_code: str) -> None:
    """Check 13: ADP."""
    line = make_line(payroll_id=payroll_id, project_code=project_code)
    try:
        content = build(ADP, BATCH, [line], SETTINGS | {"job": "codename"})
    except UnusableLines:
        return
    assert list_formulas(content) == []
