"""A plan as the worker saves it, without solving anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.services.plans.plan_results import SolvedPlan


def build_plan(starts_on: date) -> SolvedPlan:
    """Return a plan that places two of three people, one short of what is proved possible."""
    common: dict[str, Any] = {
        "project_id": "P2",
        "hours_per_week": 20,
        "starts_on": starts_on,
        "ends_on": None,
        "pay_rate_cents": 4000,
        "currency": "USD",
        "from_projects": "P1",
        "restored_hour_weeks": Decimal(160),
        "reasons": ["Restores 20 of 20 lost hours a week."],
    }
    proposals = [
        {**common, "contractor_id": "C1", "fit": 80, "previous_pay_rate_cents": 4000},
        {**common, "contractor_id": "C2", "fit": 60, "previous_pay_rate_cents": 4500},
    ]
    unplaced = {
        "contractor_id": "C3",
        "lost_hours": 20,
        "restored_hours": 0,
        "floor_hours": 10,
        "covered": False,
        "away": False,
        "blocker": "capacity",
        "nearest_project": "P2",
        "unlock": "20 more open hours a week on Larkspur",
    }
    return SolvedPlan(
        is_plan=True,
        certificate=build_certificate(),
        summary={
            "num_affected": 4,
            "num_away": 1,
            "num_covered": 2,
            "lost_hours": 80,
            "restored_hours": 40.0,
            "lost_hour_weeks": 480.0,
            "restored_hour_weeks": 320.0,
            "top_blockers": [],
        },
        proposals=proposals,
        unplaced=[unplaced],
    )


def build_certificate() -> dict[str, Any]:
    """Return a certificate whose coverage is not proved: the later goals are conditional."""
    return {
        "input_hash": "sha256:" + "0" * 64,
        "seed": 1,
        "wall_s": 12.4,
        "tiers": [
            _build_tier("coverage", 2, 3, "time limit", conditional=False),
            _build_tier("hours", 1600, 1650, "gap reached", conditional=True),
            _build_tier("fit", 112_000, 112_000, "proved", conditional=True),
        ],
        "checker": {"ok": True, "violations": [], "values": {}},
    }


def _build_tier(
    name: str, value: int, bound: int, stop_reason: str, *, conditional: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "reached": value,
        "bound": bound,
        "gap": (bound - value) / bound,
        "stop_reason": stop_reason,
        "conditional": conditional,
    }
