"""Reads a plan folder back: what was asked for, and what the plan proposes."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import AppError
from app.exports.cell_safety import protect_text
from app.exports.plan_folder import (
    CERTIFICATE,
    PROPOSALS,
    REQUEST,
    REQUEST_FORMAT,
    REQUEST_VERSION,
)
from solver.affected import Scope
from solver.instance import Instance
from solver.json_reader import REQUIRED, JsonReader
from solver.policy import get_policy
from solver.request import PlanRequest
from solver.result import Assignments

_KEYS = (
    "format",
    "version",
    "roster_folder",
    "paused_projects",
    "pause_date",
    "policy",
    "weeks",
)


class UnreadablePlan(AppError):
    """A plan folder lacks a file, or a file is not what `redeploy plan` writes."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be read as part of a plan: {reason}")


class StrayProposal(AppError):
    """A proposal names a pair that the roster does not make eligible."""

    def __init__(self, contractor_id: str, project_id: str) -> None:
        self.contractor_id = contractor_id
        self.project_id = project_id
        super().__init__(
            f"{PROPOSALS} proposes {project_id} to {contractor_id}, "
            "which is no pair of this roster and pause"
        )


@dataclass(frozen=True)
class SavedPlan:
    """What a plan folder says.

    roster_folder  where the CSV folder stood; None when the plan came from elsewhere
    rows           contractor id, project id (both as in the file) and hours a week
    input_hash     of the instance that was solved
    """

    request: PlanRequest
    roster_folder: Path | None
    rows: tuple[tuple[str, str, int], ...]
    input_hash: str

    def build_assignments(self, instance: Instance) -> Assignments:
        """Return the plan in the instance's indices; raises StrayProposal."""
        contractors = {protect_text(one): idx for idx, one in enumerate(instance.contractor_ids)}
        projects = {protect_text(one): idx for idx, one in enumerate(instance.project_ids)}
        rows = []
        for contractor_id, project_id, hours in self.rows:
            if contractor_id not in contractors or project_id not in projects:
                raise StrayProposal(contractor_id, project_id)
            rows.append((contractors[contractor_id], projects[project_id], hours))
        return Assignments.build(rows)


def read_plan_folder(folder: Path) -> SavedPlan:
    """Return the plan of a folder that `write_plan_folder` wrote.

    Raises UnreadablePlan, and InvalidInput with every fault of request.json.
    """
    reader = JsonReader()
    document = reader.read_object(_load(folder / REQUEST), REQUEST, _KEYS)
    if document.get("format") != REQUEST_FORMAT or document.get("version") != REQUEST_VERSION:
        raise UnreadablePlan(folder / REQUEST, f"not {REQUEST_FORMAT} version {REQUEST_VERSION}")
    projects = reader.read_list(document, "paused_projects", REQUIRED)
    pause_date = reader.read_text(document, "pause_date", f"{REQUEST}.", REQUIRED)
    policy = reader.read_text(document, "policy", f"{REQUEST}.", REQUIRED)
    weeks = reader.read_whole(document, "weeks", f"{REQUEST}.", REQUIRED, fallback=1)
    roster_folder = document.get("roster_folder")
    reader.raise_problems()
    return SavedPlan(
        PlanRequest(
            Scope(tuple(str(one) for one in projects)),
            _read_date(folder / REQUEST, pause_date),
            get_policy(policy),
            weeks,
        ),
        Path(roster_folder) if isinstance(roster_folder, str) else None,
        _read_rows(folder / PROPOSALS),
        _read_hash(folder / CERTIFICATE),
    )


def _load(path: Path) -> object:
    try:
        document: object = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UnreadablePlan(path, "no such file") from error
    except ValueError as error:
        raise UnreadablePlan(path, str(error)) from error
    return document


def _read_date(path: Path, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadablePlan(path, f"pause_date {text!r} is no date") from error


def _read_hash(path: Path) -> str:
    document = _load(path)
    found = document.get("input_hash") if isinstance(document, dict) else None
    if not isinstance(found, str):
        raise UnreadablePlan(path, "no input_hash")
    return found


def _read_rows(path: Path) -> tuple[tuple[str, str, int], ...]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return tuple(
                (row["contractor_id"], row["project_id"], int(row["hours_per_week"]))
                for row in csv.DictReader(stream)
            )
    except FileNotFoundError as error:
        raise UnreadablePlan(path, "no such file") from error
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadablePlan(path, f"not the columns that a plan has ({error})") from error
