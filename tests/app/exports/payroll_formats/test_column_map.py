"""Column maps: the header to the byte, sources, notations, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.payroll_formats.cells import UnusableLines
from app.exports.payroll_formats.column_map import (
    ColumnMap,
    MapColumn,
    check_map,
    read_map,
    write_map,
)
from app.exports.payroll_formats.map_fields import DATE_FORMATS, FIELDS, Notation
from app.exports.payroll_line import PayrollLine
from tests.app.exports.payroll_formats.lines import (
    BATCH,
    LINE,
    OVERTIME,
    TAKEN_BACK,
    draw_lines,
    list_formulas,
    make_line,
    names,
    read,
    read_cents,
    read_number,
    sum_cents,
    sum_hours,
    write_mapped,
)


def make_map(header: str, *fields: str, encoding: str = "utf-8", **changes: Any) -> ColumnMap:
    """Return a map of comma separated columns; a field after `:` is a constant."""
    columns = tuple(
        MapColumn(constant=field[1:]) if field.startswith(":") else MapColumn(field)
        for field in fields
    )
    usual = ColumnMap(header.encode(encoding), encoding, ",", "\r\n", columns)
    return replace(usual, **changes)


PLAIN = make_map("Id,Hours,Amount", "payroll_id", "hours", "amount")
EVERY_FIELD = make_map(
    ",".join(FIELDS), *FIELDS, notation=Notation(pay_codes={"regular": "REG", "overtime": "OT"})
)


def test_file_is_this_byte_for_byte() -> None:
    column_map = make_map(
        '\ufeff"Prénom";Code ; Heures;',
        "first_name",
        "pay_code",
        "hours",
        ":",
        encoding="utf-8",
        delimiter=";",
        line_end="\n",
        notation=Notation(
            decimal_mark=",", pay_codes={"regular": "100", "overtime": "150", "adjustment": "900"}
        ),
    )
    assert write_mapped(BATCH, [LINE, TAKEN_BACK, OVERTIME], column_map).decode() == (
        '\ufeff"Prénom";Code ; Heures;\nAda Mae;100;38,50;\nAda Mae;900;-7,25;\nAda Mae;150;2,25;\n'
    )


def test_every_field_has_its_value() -> None:
    (row,) = read(write_mapped(BATCH, [TAKEN_BACK], EVERY_FIELD))
    assert row == {
        "payroll_id": "004211",
        "contractor_id": "C001",
        "contractor": "Ada Mae Brandt",
        "first_name": "Ada Mae",
        "last_name": "Brandt",
        "codename": "Chordus",
        "pay_code": "REG",
        "hours": "-7.25",
        "regular_hours": "-7.25",
        "overtime_hours": "",
        "rate": "42.50",
        "amount": "-308.13",
        "currency": "USD",
        "starts_on": "2026-11-02",
        "ends_on": "2026-11-15",
        "batch_starts_on": "2026-11-16",
        "batch_ends_on": "2026-11-29",
        "batch_number": "12",
        "line_number": "2",
    }


@pytest.mark.parametrize(("date_format", "example"), DATE_FORMATS.items())
def test_days_read_as_the_editor_shows_them(date_format: str, example: str) -> None:
    column_map = make_map("Day", "starts_on", notation=Notation(date_format=date_format))
    line = make_line(starts_on=date(2026, 11, 23))
    assert read(write_mapped(BATCH, [line], column_map)) == [{"Day": example}]


@pytest.mark.parametrize(
    ("hours_format", "hours", "text"),
    [
        ("minutes", "7.50", "450"),
        ("minutes", "-0.75", "-45"),
        ("clock", "7.50", "7:30"),
        ("clock", "-7.25", "-7:15"),
        ("clock", "0.05", "0:03"),
        ("clock", "38", "38:00"),
    ],
)
def test_hours_in_minutes(hours_format: str, hours: str, text: str) -> None:
    column_map = make_map("Hours", "hours", notation=Notation(hours_format=hours_format))
    assert read(write_mapped(BATCH, [make_line(hours=Decimal(hours))], column_map)) == [
        {"Hours": text}
    ]


def test_hours_that_are_no_whole_minutes_are_refused() -> None:
    column_map = make_map("Time", "hours", notation=Notation(hours_format="clock"))
    with pytest.raises(UnusableLines, match=r"Time: '7.33' found, hours of whole minutes"):
        write_mapped(BATCH, [make_line(hours=Decimal("7.33"))], column_map)


def test_quotes_around_every_cell() -> None:
    content = write_mapped(BATCH, [LINE], replace(PLAIN, quote_all=True))
    assert content == b'Id,Hours,Amount\r\n"004211","38.50","1636.25"\r\n'


def test_encoding_is_that_of_the_template() -> None:
    column_map = make_map("Prénom", "first_name", encoding="cp1252")
    content = write_mapped(BATCH, [make_line(contractor="Zoë Brandt")], column_map)
    assert content == "Prénom\r\nZoë\r\n".encode("cp1252")
    with pytest.raises(UnusableLines, match="Prénom: 'Łukasz' found, characters that Windows"):
        write_mapped(BATCH, [make_line(contractor="Łukasz Brandt")], column_map)


def test_adjustments_can_be_refused() -> None:
    column_map = replace(PLAIN, adjustments="refused")
    with pytest.raises(UnusableLines, match=r"an adjustment of -7.25 h' found, no adjustments"):
        write_mapped(BATCH, [LINE, TAKEN_BACK], column_map)


def test_pay_code_that_is_missing_is_refused() -> None:
    with pytest.raises(UnusableLines, match="a pay code for regular hours"):
        write_mapped(BATCH, [LINE], make_map("Code", "pay_code"))


def test_map_without_faults_is_fine() -> None:
    assert check_map(PLAIN) == []
    assert check_map(EVERY_FIELD) == []
    assert check_map(make_map("a,b,c,d", "payroll_id", "hours", ":-5", ":Ref 7")) == []


@pytest.mark.parametrize(
    ("column_map", "place"),
    [
        (replace(PLAIN, encoding="rot13"), "encoding"),
        (replace(PLAIN, delimiter=" "), "delimiter"),
        (replace(PLAIN, adjustments="ignored"), "adjustments"),
        (replace(PLAIN, notation=Notation(date_format="%c")), "date_format"),
        (replace(PLAIN, delimiter=";"), "columns"),
        (make_map("a,b,c", "payroll_id", "hours", "bank_account"), "column_2"),
        (make_map("a,b,c", "payroll_id", "hours", ":=1+1"), "constant_2"),
        (make_map("a,b,c", "payroll_id", "hours", ":+A1"), "constant_2"),
        (make_map("a,b,c", "payroll_id", "hours", ":Ł", encoding="cp1252"), "constant_2"),
        (make_map("a", "hours"), "columns"),
        (make_map("a", "payroll_id"), "columns"),
        (replace(PLAIN, notation=Notation(pay_codes={"regular": "@"})), "pay_code_regular"),
        (replace(PLAIN, header=b"\xe9,b,c"), "encoding"),
        (replace(PLAIN, header=b"a,=1+1,c"), "template, column 2"),
    ],
)
def test_fault_of_a_map_is_said_at_its_place(column_map: ColumnMap, place: str) -> None:
    assert [problem.place for problem in check_map(column_map)] == [place]


@given(
    quote_all=st.booleans(),
    fields=st.lists(st.sampled_from(["", *FIELDS]), min_size=1, max_size=9),
)
def test_map_is_stored_whole(quote_all: bool, fields: list[str]) -> None:
    column_map = make_map(",".join("x" * len(fields)), *fields, quote_all=quote_all)
    assert read_map(write_map(column_map)) == column_map


@given(lines=draw_lines())
def test_hours_and_amounts_are_the_control_totals(lines: list[PayrollLine]) -> None:
    rows = read(write_mapped(BATCH, lines, PLAIN))
    assert sum((read_number(row["Hours"]) for row in rows), Decimal(0)) == sum_hours(lines)
    assert sum(read_cents(row["Amount"]) for row in rows) == sum_cents(lines)


@given(text=names, other=names, delimiter=st.sampled_from([",", ";", "\t", "|"]))
def test_no_text_becomes_a_formula(text: str, other: str, delimiter: str) -> None:
    """Check 13: column maps."""
    column_map = replace(EVERY_FIELD, header=delimiter.join(FIELDS).encode(), delimiter=delimiter)
    line = make_line(payroll_id=text, contractor=f"{other} {text}", project_code=other)
    try:
        content = write_mapped(BATCH, [line], column_map)
    except UnusableLines:
        return
    assert list_formulas(content) == []
