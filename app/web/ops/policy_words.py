"""The named policies and the goals, as the ops desk says them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

POLICY_CHOICES: tuple[tuple[str, str, str], ...] = (
    (
        "people-first",
        "People first",
        "As many people as possible keep their floor of weekly hours; then hours, then fit.",
    ),
    (
        "clients-first",
        "Clients first",
        "As many lost hours as possible go to urgent projects; then people, then fit.",
    ),
    (
        "best-fit",
        "Best fit",
        "People go where skills, pay and time zone fit best; then people, then hours.",
    ),
)
"""(name, title, what it aims for), the default first."""

POLICY_TITLES: Mapping[str, str] = MappingProxyType(
    {name: title for name, title, _sentence in POLICY_CHOICES}
)

TIER_TITLES: Mapping[str, str] = MappingProxyType(
    {"coverage": "People covered", "hours": "Hours restored", "fit": "Fit"}
)

TIER_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "coverage": "people at or above their floor",
        "hours": "hour-weeks, times the project's priority",
        "fit": "hour-weeks, times the fit of 0 to 100",
    }
)

BLOCKER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "capacity": "Open demand is used up",
        "left_out": "Left out by the policy",
        "away": "Away for all the weeks planned",
        "not_open": "No project open",
        "skill": "A required skill",
        "clearance": "Clearance level",
        "clearance_expiry": "Clearance expires too early",
        "compartment": "A compartment",
        "wall": "A wall between clients",
        "country": "Country",
        "utc_distance": "Time zone too far",
        "currency": "Currency",
        "min_pay": "Below the contractor's minimum rate",
        "pay_cut": "Pay cut too deep",
        "hours": "Project asks for more hours a person",
        "rejected": "Turned down before",
        "same_project": "Only the paused project",
    }
)
"""Rule code -> what stands in the way, in few words."""
