"""The limits of a policy that a roster can say: the usual floor, and projects left out."""

from __future__ import annotations

from dataclasses import replace

from app.services.policy_settings import PolicySettings
from solver.roster import Roster


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
