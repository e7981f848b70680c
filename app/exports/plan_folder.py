"""The output folder of a plan (docs/data-format.md): proposals, unplaced, certificate."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from app.exports.cell_safety import protect_text
from app.exports.output_folder import replacing_folder
from app.exports.roster_folder import format_cents, format_decimal

if TYPE_CHECKING:
    # The planner loads OR-Tools, which writing needs not wait for.
    from solver.planning import Plan

PROPOSALS = "proposals.csv"
UNPLACED = "unplaced.csv"
CERTIFICATE = "certificate.json"
PLAN_FILES = frozenset({PROPOSALS, UNPLACED, CERTIFICATE})


def write_plan_folder(plan: Plan, out: Path) -> None:
    """Write the plan into the folder `out`, whole or not at all; an earlier plan is replaced.

    Sentences and ids that a spreadsheet would take for a formula get a leading apostrophe.
    Raises OccupiedFolder when `out` holds anything else.
    """
    with replacing_folder(out, PLAN_FILES) as fresh:
        _write_table(plan.proposals, fresh / PROPOSALS)
        _write_table(plan.unplaced, fresh / UNPLACED)
        document = json.dumps(plan.certificate, indent=2, ensure_ascii=False)
        (fresh / CERTIFICATE).write_text(document + "\n", encoding="utf-8")


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    names = [str(name) for name in frame.columns]
    cells = [_format_column(frame[name]) for name in names]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([name.removesuffix("_cents") for name in names])
        writer.writerows(zip(*cells, strict=True))


def _format_column(values: pd.Series) -> list[str]:
    write = format_cents if str(values.name).endswith("_cents") else _format_cell
    return [write(value) for value in values.tolist()]


def _format_cell(value: object) -> str:
    if isinstance(value, str):
        return protect_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_decimal(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return "" if value is pd.NaT else str(value)
