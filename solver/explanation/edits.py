"""Changes to a roster or a request as data: what an unlock would do, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from solver.request import PlanRequest
from solver.roster import Roster

REJECTED = "rejected"
"""Table name of an edit that takes back a rejection: it stands in the request."""
SKILLS = "contractor_skills"

_KEYS = {"contractors": "contractor_id", "projects": "project_id"}

Value = int | float | str | pd.Timestamp


@dataclass(frozen=True)
class Edit:
    """One cell that changes.

    table   contractors, projects, contractor_skills or rejected
    key     contractor_id, or project_id for a project
    column  the roster's column; the skill's name for contractor_skills; the project_id of a
            rejected pair
    value   the new cell: a level for contractor_skills; 0 for a rejected pair
    """

    table: str
    key: str
    column: str
    value: Value


def apply_edits(
    roster: Roster, request: PlanRequest, edits: Iterable[Edit]
) -> tuple[Roster, PlanRequest]:
    """Return copies of the roster and the request with every edit made.

    Raises KeyError for an edit of a contractor or project that the roster does not hold.
    """
    frames = dict(roster.frames())
    rejected = set(request.rejected)
    for edit in edits:
        if edit.table == REJECTED:
            rejected.discard((edit.key, edit.column))
        elif edit.table == SKILLS:
            frames[SKILLS] = _set_level(frames[SKILLS], edit)
        else:
            frame = frames[edit.table]
            if frame is roster.frames()[edit.table]:
                frame = frame.copy()
            rows = frame.index[frame[_KEYS[edit.table]].eq(edit.key)]
            if rows.empty:
                raise KeyError(edit.key)
            frame.loc[rows, edit.column] = edit.value
            frames[edit.table] = frame
    return Roster(**frames), replace(request, rejected=frozenset(rejected))


def _set_level(skills: pd.DataFrame, edit: Edit) -> pd.DataFrame:
    held = skills["contractor_id"].eq(edit.key) & skills["skill"].eq(edit.column)
    if held.any():
        skills = skills.copy()
        skills.loc[held, "level"] = edit.value
        return skills
    row = pd.DataFrame(
        {"contractor_id": [edit.key], "skill": [edit.column], "level": [edit.value]}
    ).astype(skills.dtypes.to_dict())
    return pd.concat([skills, row], ignore_index=True)
