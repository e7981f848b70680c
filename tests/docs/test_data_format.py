"""docs/data-format.md says what the code does: every column, kind, default and limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.exports.payroll_csv import HEADER
from solver.proposals import PROPOSAL_COLUMNS, UNPLACED_COLUMNS
from solver.recall_plan import CHANGE_COLUMNS, Change
from solver.roster import TABLES, Column, Kind, Table

PAGE = (Path(__file__).parents[2] / "docs" / "data-format.md").read_text("utf-8")


def read_section(heading: str) -> str:
    found = re.search(
        rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    assert found, f"no section {heading}"
    return found.group(1)


def read_rows(heading: str) -> list[list[str]]:
    lines = [line for line in read_section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def describe_limits(column: Column) -> str:
    parts = []
    if column.key:
        parts.append("key")
    if column.refers_to:
        parts.append(f"refers to {column.refers_to}")
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:,.0f} to {column.maximum:,.0f}")
    return ", ".join([*parts, *column.choices])


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_table_is_documented_column_by_column(table: Table) -> None:
    documented = [row[:5] for row in read_rows(f"{table.name}.csv")]
    assert documented == [
        [
            column.name,
            column.kind.value,
            "yes" if column.required else "",
            column.default or "",
            describe_limits(column),
        ]
        for column in table.columns
    ]
    assert all(row[5] for row in read_rows(f"{table.name}.csv"))


def test_required_files_are_named() -> None:
    required = [name for name, table in TABLES.items() if table.required]
    assert f"The files *{'*, *'.join(required[:-1])}* and *{required[-1]}* must exist" in PAGE


@pytest.mark.parametrize("kind", list(Kind))
def test_kind_is_explained(kind: Kind) -> None:
    assert f"\n| {kind.value} | " in PAGE


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("proposals.csv", PROPOSAL_COLUMNS),
        ("unplaced.csv", UNPLACED_COLUMNS),
        ("recall.csv", CHANGE_COLUMNS),
    ],
)
def test_output_is_documented_column_by_column(file: str, columns: tuple[str, ...]) -> None:
    assert [row[0] for row in read_rows(file)] == [name.removesuffix("_cents") for name in columns]


def test_every_change_of_a_recall_is_documented() -> None:
    (row,) = [row for row in read_rows("recall.csv") if row[0] == "change"]
    assert re.findall(r"`([^`]+)`", row[1]) == [change.value for change in Change]


def test_payroll_columns_are_documented() -> None:
    section = PAGE[PAGE.index("## Payroll file") :]
    assert re.findall(r"`(\w+)`", section)[: len(HEADER)] == list(HEADER)
