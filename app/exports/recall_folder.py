"""The output folder of a recall (docs/data-format.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.exports.output_folder import replacing_folder
from app.exports.plan_folder import (
    CERTIFICATE,
    PROPOSALS,
    REQUEST,
    UNPLACED,
    build_request,
    write_document,
    write_table,
)

if TYPE_CHECKING:
    # The planner loads OR-Tools, which writing needs not wait for.
    from solver.recall_plan import RecallPlan

RECALL = "recall.csv"
RECALL_FILES = frozenset({RECALL, PROPOSALS, UNPLACED, CERTIFICATE, REQUEST})


def write_recall_folder(recall: RecallPlan, out: Path, roster_folder: Path | None = None) -> None:
    """Write the recall into the folder `out`, whole or not at all; an earlier one is replaced.

    roster_folder  the CSV folder that was planned, for whoever explains the recall later

    Raises OccupiedFolder when `out` holds anything else.
    """
    with replacing_folder(out, RECALL_FILES) as fresh:
        write_table(recall.changes, fresh / RECALL)
        write_table(recall.plan.proposals, fresh / PROPOSALS)
        write_table(recall.plan.unplaced, fresh / UNPLACED)
        write_document(recall.plan.certificate, fresh / CERTIFICATE)
        write_document(build_request(recall.plan, roster_folder), fresh / REQUEST)
