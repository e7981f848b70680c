"""docs/payroll-formats.md says what the formats write: every column, setting and example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.map_fields import FIELDS
from app.exports.payroll_formats.payroll_format import PayrollFormat, check_settings
from tests.app.exports.payroll_formats.examples import BATCH, EXAMPLES, LINES, MAP_EXAMPLE
from tests.app.exports.payroll_formats.lines import build, write_mapped

PAGE = (Path(__file__).parents[2] / "docs" / "payroll-formats.md").read_text("utf-8")


def read_section(heading: str) -> str:
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    assert found, f"no section {heading}"
    return found.group(1)


def read_rows(heading: str, first_column: str) -> list[list[str]]:
    found = re.search(
        rf"^\| {first_column} \|.*?\n\|---.*?\n((?:\|.*\n)+)", read_section(heading), re.MULTILINE
    )
    assert found, f"no table of {first_column}s in {heading}"
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in found.group(1).splitlines()
    ]


def read_example(heading: str) -> bytes:
    found = re.search(r"^```text\n(.*?)^```$", read_section(heading), re.DOTALL | re.MULTILINE)
    assert found, f"no example in {heading}"
    return found.group(1).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("payroll_format", FORMATS.values(), ids=lambda one: one.key)
def test_format_is_documented_column_by_column(payroll_format: PayrollFormat) -> None:
    assert read_rows(payroll_format.title, "column") == [
        [column.name, column.meaning] for column in payroll_format.columns
    ]


@pytest.mark.parametrize("payroll_format", FORMATS.values(), ids=lambda one: one.key)
def test_settings_are_documented(payroll_format: PayrollFormat) -> None:
    documented = read_rows(payroll_format.title, "setting")
    assert [row[0] for row in documented] == [one.label for one in payroll_format.fields]
    assert all(
        one.hint in row[1] for one, row in zip(payroll_format.fields, documented, strict=True)
    )


@pytest.mark.parametrize("payroll_format", FORMATS.values(), ids=lambda one: one.key)
def test_example_is_what_the_format_writes(payroll_format: PayrollFormat) -> None:
    settings = EXAMPLES[payroll_format.key]
    assert check_settings(payroll_format, settings) == []
    assert read_example(payroll_format.title) == build(payroll_format, BATCH, LINES, settings)


def test_column_map_is_documented_field_by_field() -> None:
    documented = read_rows("Column maps", "field")
    assert [row[0] for row in documented] == [one.title for one in FIELDS.values()]
    assert all(row[1] for row in documented)


def test_example_of_a_column_map_is_what_it_writes() -> None:
    assert read_example("Column maps") == write_mapped(BATCH, LINES, MAP_EXAMPLE)
