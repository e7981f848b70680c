"""ADP Workforce Now paydata: a row for each line, which ADP prices with the row's Temp Rate.

Columns and their order: the paydata import of ADP Workforce Now; *Co Code*, *Batch ID* and *File #*
come first (apps.adp.com, "Automated Paydata Integration for ADP Workforce Now"). Lengths and
ranges: help of isolved TimeForce, "ADP export", and of Realtime by Sundial, "ADP export".
File name and the company code of two characters: help of Time Portal, "ADP Workforce Now payroll
export". Another arrangement of the columns is a column map.
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

_MAX_HOURS = Decimal("99999.99")
_MAX_RATE_CENTS = 9_999_999
_MAX_AMOUNT_CENTS = 999_999_999
_CODE = "([A-Za-z0-9]{1,3})?"
_FILE_NUMBER = "[0-9]{6}"
_JOB = "[A-Z0-9&-]{1,15}"

COLUMNS = (
    FormatColumn("Co Code", "Setting *company code*; one of two characters gets an underscore."),
    FormatColumn("Batch ID", "`R` and the number of the batch with seven digits."),
    FormatColumn("File #", "Payroll id of the contractor: six digits."),
    FormatColumn("Reg Hours", "Regular hours, two decimals; negative where hours are taken back."),
    FormatColumn("O/T Hours", "Overtime hours, likewise."),
    FormatColumn("Hours 3 Code", "Setting *code for adjusted hours*, on adjustments."),
    FormatColumn("Hours 3 Amount", "Hours of an adjustment, if that code is set."),
    FormatColumn("Earnings 3 Code", "Setting *code for amounts*, where an amount follows."),
    FormatColumn(
        "Earnings 3 Amount", "What hours times rate leave out of the line's amount; seldom a cent."
    ),
    FormatColumn("Rate Code", "Blank: the rate is written out."),
    FormatColumn("Temp Rate", "Rate of the days that were worked, two decimals."),
    FormatColumn("Job Cost #", "Blank, or the codename in capitals, by the setting *job*."),
)

FIELDS = (
    SettingField(
        "company_code",
        "Company code",
        "From ADP; it is in the file name too.",
        "[A-Za-z0-9]{2,3}",
        "two or three letters or digits",
    ),
    SettingField(
        "adjustment_hours_code",
        "Code for adjusted hours",
        "Blank: adjusted hours go into Reg Hours and O/T Hours, with their sign.",
        _CODE,
        "up to three letters or digits",
    ),
    SettingField(
        "amount_code",
        "Code for amounts",
        "An earnings code for amounts without hours, such as a corrected cent. Needed by batches "
        "that have one.",
        _CODE,
        "up to three letters or digits",
    ),
    SettingField(
        "job",
        "Job",
        "What Job Cost # holds.",
        default="none",
        choices={"none": "Nothing", "codename": "The codename in capitals"},
    ),
)


def build_adp(
    batch: PayrollBatch, lines: Iterable[PayrollLine], settings: Settings
) -> Iterator[bytes]:
    """Yield the paydata file; raises UnusableLines naming every row that ADP would refuse."""
    problems: list[Problem] = []
    rows = (
        _build_row(batch, line, settings, RowCells(number, line, problems))
        for number, line in enumerate(lines, start=2)
    )
    yield from build_file([column.name for column in COLUMNS], rows)
    raise_problems(problems)


def build_adp_name(_batch: PayrollBatch, settings: Settings) -> str:
    """Return the name by which ADP knows a paydata file, PRcccEPI.csv."""
    return f"PR{_pad_company_code(settings)}EPI.csv"


def _build_row(
    batch: PayrollBatch, line: PayrollLine, settings: Settings, cells: RowCells
) -> list[str]:
    regular, overtime, other_code, other = _place_hours(line, settings, cells)
    earnings_code, earnings = _build_earnings(line, settings, cells)
    rate = cells.write_money("Temp Rate", line.rate_cents, least=0, most=_MAX_RATE_CENTS)
    job = line.project_code.upper() if settings["job"] == "codename" else ""
    if job:
        cells.write_text("Job Cost #", job, _JOB, "up to 15 of A-Z, 0-9, & and -")
    return [
        _pad_company_code(settings),
        cells.write_text("Batch ID", f"R{batch.number:07d}", ".{1,8}", "at most 8 characters"),
        cells.write_text("File #", line.payroll_id, _FILE_NUMBER, "6 digits"),
        regular,
        overtime,
        other_code,
        other,
        earnings_code,
        earnings,
        "",
        rate if line.hours else "",
        job,
    ]


def _place_hours(
    line: PayrollLine, settings: Settings, cells: RowCells
) -> tuple[str, str, str, str]:
    """Return Reg Hours, O/T Hours, Hours 3 Code and Hours 3 Amount; one of them holds the hours."""
    if not line.hours:
        return "", "", "", ""
    is_overtime = line.hours_kind is HoursKind.OVERTIME
    code = settings["adjustment_hours_code"]
    if line.is_adjustment and code and not is_overtime:
        hours = cells.write_hours("Hours 3 Amount", line.hours, least=-_MAX_HOURS, most=_MAX_HOURS)
        return "", "", code, hours
    column = "O/T Hours" if is_overtime else "Reg Hours"
    hours = cells.write_hours(column, line.hours, least=-_MAX_HOURS, most=_MAX_HOURS)
    return ("", hours, "", "") if is_overtime else (hours, "", "", "")


def _build_earnings(line: PayrollLine, settings: Settings, cells: RowCells) -> tuple[str, str]:
    """Return Earnings 3 Code and Amount: what hours times rate leave out, mostly nothing."""
    remainder = find_remainder_cents(line)
    if not remainder:
        return "", ""
    code = settings["amount_code"]
    amount = cells.write_money(
        "Earnings 3 Amount", remainder, least=-_MAX_AMOUNT_CENTS, most=_MAX_AMOUNT_CENTS
    )
    if not code:
        cells.refuse("Earnings 3 Amount", amount, "a code for amounts in the settings")
    return code, amount


def _pad_company_code(settings: Settings) -> str:
    return settings["company_code"].ljust(3, "_")


ADP = PayrollFormat(
    key="adp",
    title="ADP paydata",
    receiver="ADP Workforce Now, Payroll > Utilities > Import",
    columns=COLUMNS,
    fields=FIELDS,
    build=build_adp,
    build_name=build_adp_name,
)
