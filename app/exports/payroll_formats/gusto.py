"""Gusto: a row for each person and job title, which Gusto prices with the rate of the title.

Columns: Gusto's own template for uploading hours and earnings (support.gusto.com, "Run payroll
with CSV upload"). There a title is required of people with several rates, the id has six letters
or digits, a blank leaves what is there and a zero replaces it. Gusto's page knows no negative
hours and no negative payment, so what would be one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from app.exports.payroll_formats.cells import (
    RowCells,
    build_file,
    price,
    raise_problems,
    split_name,
    write_cents,
)
from app.exports.payroll_formats.payroll_format import (
    FormatColumn,
    PayrollFormat,
    SettingField,
    Settings,
)
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from solver.errors import Problem

_MAX_HOURS = Decimal("9999.99")
_MAX_AMOUNT_CENTS = 999_999_999
_EMPLOYEE_ID = "[A-Za-z0-9]{6}"

COLUMNS = (
    FormatColumn("last_name", "The last word of the contractor's name."),
    FormatColumn("first_name", "All words before it."),
    FormatColumn(
        "title",
        "Blank for people with one rate; else the codename or the rate, by the setting *title*.",
    ),
    FormatColumn("gusto_employee_id", "Payroll id of the contractor: six letters or digits."),
    FormatColumn("regular_hours", "Regular hours of the row, adjustments in them, two decimals."),
    FormatColumn("overtime_hours", "Overtime hours, likewise; blank without any."),
    FormatColumn("double_overtime_hours", "Blank."),
    FormatColumn("bonus", "Blank."),
    FormatColumn("commission", "Blank."),
    FormatColumn("paycheck_tips", "Blank."),
    FormatColumn("cash_tips", "Blank."),
    FormatColumn(
        "correction_payment", "What hours times rate leave out of the amounts, if positive."
    ),
    FormatColumn("reimbursement", "Blank."),
    FormatColumn("personal_note", "Blank."),
)

FIELDS = (
    SettingField(
        "title",
        "Title",
        "How the jobs of people with several rates are called in Gusto.",
        default="codename",
        choices={"codename": "As the codename", "rate": "As the rate, such as 42.50"},
    ),
    SettingField(
        "cents",
        "Cents too much",
        "Gusto multiplies hours and rate once for a row, and takes no negative correction: after "
        "an adjustment its product can be a cent above the batch.",
        default="gusto",
        choices={"gusto": "Leave them to Gusto", "refuse": "Refuse the file"},
    ),
)


@dataclass(frozen=True)
class _Job:
    """The lines of one person and title, added up."""

    title: str
    first: PayrollLine
    regular_hours: Decimal
    overtime_hours: Decimal
    has_overtime: bool
    correction_cents: int
    num_lines: int


def build_gusto(
    _batch: PayrollBatch, lines: Iterable[PayrollLine], settings: Settings
) -> Iterator[bytes]:
    """Yield the file for Gusto; raises UnusableLines naming every row that it would refuse.

    The lines of one person stand together, as they do in a batch.
    """
    problems: list[Problem] = []
    yield from build_file(
        [column.name for column in COLUMNS], _list_rows(lines, settings, problems)
    )
    raise_problems(problems)


def _list_rows(
    lines: Iterable[PayrollLine], settings: Settings, problems: list[Problem]
) -> Iterator[list[str]]:
    number = 2
    for _payroll_id, own in groupby(lines, attrgetter("payroll_id")):
        for title, of_title in _split_titles(list(own), settings).items():
            cells = RowCells(number, of_title[0], problems)
            _check_one_rate(title, of_title, cells)
            yield _build_row(_sum_job(title, of_title), settings, cells)
            number += 1


def build_gusto_name(batch: PayrollBatch, _settings: Settings) -> str:
    """Return a file name that says the batch."""
    return f"gusto-{batch.number:06d}.csv"


def _split_titles(lines: Sequence[PayrollLine], settings: Settings) -> dict[str, list[PayrollLine]]:
    """Return the lines of one person by title; people with one rate need none."""
    if len({line.rate_cents for line in lines}) == 1:
        return {"": list(lines)}
    titles: dict[str, list[PayrollLine]] = {}
    for line in lines:
        by_rate = settings["title"] == "rate"
        title = write_cents(line.rate_cents) if by_rate else line.project_code
        titles.setdefault(title, []).append(line)
    return titles


def _check_one_rate(title: str, lines: Sequence[PayrollLine], cells: RowCells) -> None:
    rates = sorted({line.rate_cents for line in lines})
    if len(rates) > 1:
        found = f"{title} at {' and '.join(map(write_cents, rates))}"
        cells.refuse("title", found, "one rate for each title (or titles by rate in the settings)")


def _sum_job(title: str, lines: Sequence[PayrollLine]) -> _Job:
    regular = sum(_pick_hours(lines, HoursKind.REGULAR), Decimal(0))
    overtime = list(_pick_hours(lines, HoursKind.OVERTIME))
    amount = sum(line.amount_cents for line in lines if line.hours_kind is HoursKind.REGULAR)
    correction = amount - price(regular, lines[0].rate_cents)
    return _Job(
        title,
        lines[0],
        regular,
        sum(overtime, Decimal(0)),
        bool(overtime),
        correction,
        len(lines),
    )


def _pick_hours(lines: Sequence[PayrollLine], kind: HoursKind) -> Iterator[Decimal]:
    return (line.hours for line in lines if line.hours_kind is kind)


def _build_row(job: _Job, settings: Settings, cells: RowCells) -> list[str]:
    first_name, last_name = split_name(job.first.contractor)
    if not first_name:
        cells.refuse("first_name", job.first.contractor, "a first and a last name")
    return [
        cells.write_text("last_name", last_name),
        first_name and cells.write_text("first_name", first_name),
        job.title and cells.write_text("title", job.title),
        cells.write_text(
            "gusto_employee_id", job.first.payroll_id, _EMPLOYEE_ID, "6 letters or digits"
        ),
        _write_hours("regular_hours", job.regular_hours, cells),
        _write_hours("overtime_hours", job.overtime_hours, cells) if job.has_overtime else "",
        *[""] * 5,
        _write_correction(job, settings, cells),
        "",
        "",
    ]


def _write_hours(column: str, hours: Decimal, cells: RowCells) -> str:
    if hours < 0:
        cells.refuse(column, f"{hours:.2f}", "0 or more hours once adjustments are taken off")
        return ""
    return cells.write_hours(column, hours, least=Decimal(0), most=_MAX_HOURS)


def _write_correction(job: _Job, settings: Settings, cells: RowCells) -> str:
    cents = job.correction_cents
    # Each line was rounded by itself, so their sum is less than a cent a line off the product.
    is_rounding = -job.num_lines < cents < 0
    if not cents or (is_rounding and settings["cents"] == "gusto"):
        return ""
    return cells.write_money("correction_payment", cents, least=0, most=_MAX_AMOUNT_CENTS)


GUSTO = PayrollFormat(
    key="gusto",
    title="Gusto",
    receiver="Gusto, Run payroll > Import payroll data",
    columns=COLUMNS,
    fields=FIELDS,
    build=build_gusto,
    build_name=build_gusto_name,
)
