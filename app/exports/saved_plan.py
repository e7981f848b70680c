"""Reads a plan or recall folder back: what was asked for, and who works where in the plan."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from app.exports.recall_folder import RECALL
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
    "paused_since",
    "policy",
    "switch_cost",
    "weeks",
)
_VERSIONS = range(1, REQUEST_VERSION + 1)
"""Version 1 had neither `paused_since` nor `switch_cost`: its plans are no recalls."""


class UnreadablePlan(AppError):
    """A plan folder lacks a file, or a file is not what `redeploy plan` or `recall` writes."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be read as part of a plan: {reason}")


class StrayProposal(AppError):
    """The plan names a contractor or a project that the roster does not have in it."""

    def __init__(self, contractor_id: str, project_id: str) -> None:
        self.contractor_id = contractor_id
        self.project_id = project_id
        super().__init__(
            f"the plan has {contractor_id} on {project_id}, "
            "which is no pair of this roster and request"
        )


@dataclass(frozen=True)
class SavedPlan:
    """What a plan folder says.

    roster_folder  where the CSV folder stood; None when the plan came from elsewhere
    rows           contractor id, project id (both as in the file) and hours a week: every place
                   of the plan, those of today that stay included
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
    """Return the plan of a folder that `write_plan_folder` or `write_recall_folder` wrote.

    Raises UnreadablePlan, and InvalidInput with every fault of request.json.
    """
    path = folder / REQUEST
    reader = JsonReader()
    document = reader.read_object(_load(path), REQUEST, _KEYS)
    if document.get("format") != REQUEST_FORMAT or document.get("version") not in _VERSIONS:
        raise UnreadablePlan(path, f"not {REQUEST_FORMAT} version 1 or {REQUEST_VERSION}")
    request = _read_request(reader, document, path)
    roster_folder = document.get("roster_folder")
    is_recall = request.paused_since is not None
    return SavedPlan(
        request,
        Path(roster_folder) if isinstance(roster_folder, str) else None,
        _read_rows(folder / (RECALL if is_recall else PROPOSALS)),
        _read_hash(folder / CERTIFICATE),
    )


def _read_request(reader: JsonReader, document: Mapping[str, object], path: Path) -> PlanRequest:
    place = f"{REQUEST}."
    projects = reader.read_list(document, "paused_projects", REQUIRED)
    pause_date = reader.read_text(document, "pause_date", place, REQUIRED)
    policy = reader.read_text(document, "policy", place, REQUIRED)
    weeks = reader.read_whole(document, "weeks", place, REQUIRED, fallback=1)
    switch_cost = reader.read_whole(document, "switch_cost", place, 0)
    since = document.get("paused_since")
    reader.raise_problems()
    return PlanRequest(
        Scope(tuple(str(one) for one in projects)),
        _read_date(path, "pause_date", pause_date),
        replace(get_policy(policy), switch_cost=switch_cost),
        weeks,
        paused_since=None if since is None else _read_date(path, "paused_since", str(since)),
    )


def _load(path: Path) -> object:
    try:
        document: object = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UnreadablePlan(path, "no such file") from error
    except ValueError as error:
        raise UnreadablePlan(path, str(error)) from error
    return document


def _read_date(path: Path, key: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadablePlan(path, f"{key} {text!r} is no date") from error


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
                # A recall also lists the places that are left.
                if row["hours_per_week"] != "0"
            )
    except FileNotFoundError as error:
        raise UnreadablePlan(path, "no such file") from error
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadablePlan(path, f"not the columns that a plan has ({error})") from error
