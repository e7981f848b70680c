"""The ops desk: what needs attention, projects, pauses, plans and their proposals."""

from __future__ import annotations

from app.web.ops import (
    drills,
    exposure,
    home,
    insights,
    pause_page,
    pauses,
    plans,
    policies,
    projects,
    proposals,
    unplaced,
)
from app.web.ops.blueprint import blueprint

__all__ = [
    "blueprint",
    "drills",
    "exposure",
    "home",
    "insights",
    "pause_page",
    "pauses",
    "plans",
    "policies",
    "projects",
    "proposals",
    "unplaced",
]
