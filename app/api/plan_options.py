"""Limits that the settings give to what a call asks for."""

from __future__ import annotations

from flask import current_app

from app.config import Settings
from app.services.planning import PlanOptions
from app.services.second_approval import SecondApproval


def build_options(policy: str) -> PlanOptions:
    """Return the limits of a run under a policy."""
    settings = _get_settings()
    return PlanOptions(
        policy=policy,
        time_limit_s=settings.solve_time_limit_s,
        workers=settings.solve_workers,
    )


def read_second_approval() -> SecondApproval:
    """Return when a second approver is needed."""
    settings = _get_settings()
    return SecondApproval(settings.second_approver_rows, settings.second_approver_raise)


def _get_settings() -> Settings:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings
