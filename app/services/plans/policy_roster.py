"""The limits of a policy that a roster can say: the usual floor, and projects left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.services.plans.policy_settings import PolicySettings

if TYPE_CHECKING:
    from solver.roster import Roster

LEFT_OUT = "left_out"
"""What stands in the way of those whose nearest project the policy excludes."""

_FULL = "capacity"
_SENTENCE = "the policy leaves the project out"
_PLAN_OTHERWISE = "the policy leaves the project out: plan again with one that does not"


def apply_policy(roster: Roster, settings: PolicySettings) -> Roster:
    """Return the roster as a plan under these settings sees it.

    A contractor without a floor gets the policy's, and an excluded project asks for no hours
    beyond those who work there: it is full, not closed, so that its people keep their work.
    """
    contractors, projects = roster.contractors, roster.projects
    if settings.floor_hours is not None:
        contractors = contractors.assign(
            floor_hours=contractors["floor_hours"].fillna(settings.floor_hours)
        )
    if settings.excluded_project_ids:
        left_out = projects["project_id"].isin(settings.excluded_project_ids)
        projects = projects.assign(demand_hours=projects["demand_hours"].mask(left_out, 0))
    return replace(roster, contractors=contractors, projects=projects)


def find_left_out(roster: Roster, settings: PolicySettings) -> dict[str, str]:
    """Return the codenames of the excluded projects by id."""
    projects = roster.projects
    inside = projects["project_id"].isin(settings.excluded_project_ids)
    ids, names = projects["project_id"][inside].tolist(), projects["codename"][inside].tolist()
    return dict(zip(ids, names, strict=True))


def name_left_out(row: Mapping[str, Any], settings: PolicySettings) -> dict[str, Any]:
    """Return a row of `unplaced` that says of an excluded project why it has no room.

    The optimiser sees a full project, which more hours or seats would not open.
    """
    is_left_out = row["nearest_project"] in settings.excluded_project_ids
    if row["blocker"] != _FULL or not is_left_out:
        return dict(row)
    return {**row, "blocker": LEFT_OUT, "unlock": _PLAN_OTHERWISE}


def name_left_out_blockers(
    blockers: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the commonest blockers of a summary, those of excluded projects under their own name.

    rows  of `unplaced`, as `name_left_out` returns them
    """
    moved = sum(row["blocker"] == LEFT_OUT for row in rows)
    counted = [
        {
            **one,
            "num_people": one["num_people"] - moved if one["code"] == _FULL else one["num_people"],
        }
        for one in blockers
    ]
    counted.append({"code": LEFT_OUT, "sentence": _SENTENCE, "num_people": moved})
    kept = [one for one in counted if one["num_people"] > 0]
    return sorted(kept, key=lambda one: (-one["num_people"], one["code"]))
