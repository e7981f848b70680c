"""Paychex SPI (Standard Payroll Import): a row for each line, and fixed columns in a fixed order.

Columns, lengths and the range of hours: Paychex Flex help, "SPI Specification Sheet" and
"Standard Payroll Import (SPI) Overview". Spelling of the header, the least rate, and that an
earning has only one of rate, rate number and amount: Deltek Costpoint help, "Export Timesheets to
Paychex: Export File Specifications".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from app.exports.payroll_formats.cells import (
    RowCells,
    build_file,
    find_remainder_cents,
    raise_problems,
)
from app.exports.payroll_formats.payroll_format import (
    FormatColumn,
    PayrollFormat,
    SettingField,
    Settings,
)
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from solver.errors import Problem

_MAX_HOURS = Decimal("999.99")
_MAX_RATE_CENTS = 999_999
_MAX_AMOUNT_CENTS = 999_999_999
_CLIENT_ID = "[A-Za-z0-9]{1,8}"
_WORKER_ID = "[A-Za-z0-9]{1,10}"
_JOB = "[A-Za-z0-9]{1,25}"
_COMPONENT = "[A-Za-z0-9][A-Za-z0-9 ]{0,19}"
_COMPONENT_WORDS = "1 to 20 letters, digits and spaces"

COLUMNS = (
    FormatColumn("CLIENT ID", "Setting *client id*."),
    FormatColumn("WORKER ID", "Payroll id of the contractor: up to ten letters or digits."),
    FormatColumn("ORG", "Blank: the organization unit of the worker."),
    FormatColumn("JOB NUMBER", "Blank, or the codename, by the setting *job*."),
    FormatColumn(
        "PAY COMPONENT", "The earning of the settings: for hours, overtime or amounts alone."
    ),
    FormatColumn("RATE", "Rate of the days that were worked, if the setting *pay by* says rate."),
    FormatColumn("RATE NUMBER", "Blank."),
    FormatColumn("HOURS", "Hours, two decimals; negative where hours are taken back."),
    FormatColumn("UNITS", "Blank."),
    FormatColumn("LINE DATE", "Blank."),
    FormatColumn(
        "AMOUNT",
        "The line's amount, if the setting *pay by* says amount; else what hours times rate "
        "leave out of it, in a row of its own.",
    ),
    FormatColumn("CHECK SEQ NUMBER", "Blank: one check."),
    FormatColumn("OVERRIDE STATE", "Blank."),
    FormatColumn("OVERRIDE LOCAL", "Blank."),
    FormatColumn("OVERRIDE LOCAL JURISDICTION", "Blank."),
    FormatColumn("LABOR ASSIGNMENT", "Blank."),
)

FIELDS = (
    SettingField(
        "client_id",
        "Client id",
        "Your branch or company number at Paychex.",
        _CLIENT_ID,
        "1 to 8 letters or digits",
    ),
    SettingField(
        "pay_component",
        "Earning for hours",
        "Its name at Paychex, to the letter.",
        _COMPONENT,
        _COMPONENT_WORDS,
        "Hourly",
    ),
    SettingField(
        "overtime_component",
        "Earning for overtime",
        "Likewise.",
        _COMPONENT,
        _COMPONENT_WORDS,
        "Overtime",
    ),
    SettingField(
        "amount_component",
        "Earning for amounts",
        "For amounts without hours, such as a corrected cent.",
        _COMPONENT,
        _COMPONENT_WORDS,
        "Adjustment",
    ),
    SettingField(
        "pay_by",
        "Pay by",
        "Paychex takes a rate or an amount, never both.",
        default="rate",
        choices={"rate": "Rate: Paychex multiplies", "amount": "Amount: as the batch has it"},
    ),
    SettingField(
        "job",
        "Job",
        "What JOB NUMBER holds.",
        default="none",
        choices={"none": "Nothing", "codename": "The codename"},
    ),
)


def build_paychex(
    _batch: PayrollBatch, lines: Iterable[PayrollLine], settings: Settings
) -> Iterator[bytes]:
    """Yield the SPI file; raises UnusableLines naming every row that Paychex would refuse."""
    problems: list[Problem] = []
    yield from build_file(
        [column.name for column in COLUMNS], _list_rows(lines, settings, problems)
    )
    raise_problems(problems)


def build_paychex_name(batch: PayrollBatch, settings: Settings) -> str:
    """Return a file name that says the client and the batch."""
    return f"paychex-{settings['client_id']}-{batch.number:06d}.csv"


def _list_rows(
    lines: Iterable[PayrollLine], settings: Settings, problems: list[Problem]
) -> Iterator[list[str]]:
    number = 2
    for line in lines:
        for row in _build_rows(line, settings, RowCells(number, line, problems)):
            yield row
            number += 1


def _build_rows(line: PayrollLine, settings: Settings, cells: RowCells) -> Iterator[list[str]]:
    """Yield the row of a line, and one for the money that its hours and rate leave out."""
    by_amount = settings["pay_by"] == "amount"
    remainder = 0 if by_amount and line.hours else find_remainder_cents(line)
    if line.hours or not remainder:
        hours = cells.write_hours("HOURS", line.hours, least=-_MAX_HOURS, most=_MAX_HOURS)
        amount = _write_amount(line.amount_cents, cells) if by_amount else ""
        rate = "" if by_amount else _write_rate(line, cells)
        component = _get_component(line, settings)
        yield _build_row(line, settings, cells, (component, rate, hours, amount))
    if remainder:
        amount = _write_amount(remainder, cells)
        yield _build_row(line, settings, cells, (settings["amount_component"], "", "", amount))


def _build_row(
    line: PayrollLine, settings: Settings, cells: RowCells, pay: tuple[str, str, str, str]
) -> list[str]:
    """Return a whole row; `pay` is component, rate, hours and amount."""
    component, rate, hours, amount = pay
    job = line.project_code if settings["job"] == "codename" else ""
    return [
        settings["client_id"],
        cells.write_text("WORKER ID", line.payroll_id, _WORKER_ID, "1 to 10 letters or digits"),
        "",
        job and cells.write_text("JOB NUMBER", job, _JOB, "up to 25 letters or digits"),
        component,
        rate,
        "",
        hours,
        "",
        "",
        amount,
        *[""] * 5,
    ]


def _get_component(line: PayrollLine, settings: Settings) -> str:
    if line.hours_kind is HoursKind.OVERTIME:
        return settings["overtime_component"]
    return settings["pay_component"]


def _write_rate(line: PayrollLine, cells: RowCells) -> str:
    return cells.write_money("RATE", line.rate_cents, least=1, most=_MAX_RATE_CENTS)


def _write_amount(cents: int, cells: RowCells) -> str:
    return cells.write_money("AMOUNT", cents, least=-_MAX_AMOUNT_CENTS, most=_MAX_AMOUNT_CENTS)


PAYCHEX = PayrollFormat(
    key="paychex",
    title="Paychex SPI",
    receiver="Paychex Flex, Payroll > Import",
    columns=COLUMNS,
    fields=FIELDS,
    build=build_paychex,
    build_name=build_paychex_name,
)
