"""The output folder of a plan (docs/data-format.md): proposals, unplaced, certificate, request."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
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
REQUEST = "request.json"
PLAN_FILES = frozenset({PROPOSALS, UNPLACED, CERTIFICATE, REQUEST})

REQUEST_FORMAT = "redeploy-request"
REQUEST_VERSION = 2


def write_plan_folder(plan: Plan, out: Path, roster_folder: Path | None = None) -> None:
    """Write the plan into the folder `out`, whole or not at all; an earlier plan is replaced.

    roster_folder  the CSV folder that was planned, for whoever explains the plan later

    Sentences and ids that a spreadsheet would take for a formula get a leading apostrophe.
    Raises OccupiedFolder when `out` holds anything else.
    """
    with replacing_folder(out, PLAN_FILES) as fresh:
        write_table(plan.proposals, fresh / PROPOSALS)
        write_table(plan.unplaced, fresh / UNPLACED)
        write_document(plan.certificate, fresh / CERTIFICATE)
        write_document(build_request(plan, roster_folder), fresh / REQUEST)


def build_request(plan: Plan, roster_folder: Path | None) -> dict[str, object]:
    """Return what was asked for, as request.json says it."""
    request, since = plan.request, plan.request.paused_since
    return {
        "format": REQUEST_FORMAT,
        "version": REQUEST_VERSION,
        "roster_folder": None if roster_folder is None else str(roster_folder.absolute()),
        "paused_projects": list(request.scope.project_ids),
        "pause_date": request.pause_date.isoformat(),
        "paused_since": None if since is None else since.isoformat(),
        "policy": request.policy.name,
        "switch_cost": request.policy.switch_cost,
        "weeks": request.weeks,
    }


def write_document(document: Mapping[str, object], path: Path) -> None:
    """Write a document as indented JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV for people; a column of cents becomes one of amounts."""
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
