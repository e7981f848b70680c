"""The ops desk: what needs attention, projects, pauses, plans and their proposals."""

from __future__ import annotations

from app.web.ops import (
    access,
    batches,
    drills,
    exposure,
    hand_changes,
    home,
    insights,
    offers,
    pause_page,
    pauses,
    places,
    plan_limits,
    plans,
    policies,
    projects,
    proposals,
    recalls,
    review_views,
    scenario_compare,
    scenarios,
    unplaced,
)
from app.web.ops.blueprint import blueprint

__all__ = [
    "access",
    "batches",
    "blueprint",
    "drills",
    "exposure",
    "hand_changes",
    "home",
    "insights",
    "offers",
    "pause_page",
    "pauses",
    "places",
    "plan_limits",
    "plans",
    "policies",
    "projects",
    "proposals",
    "recalls",
    "review_views",
    "scenario_compare",
    "scenarios",
    "unplaced",
]
