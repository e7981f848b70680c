"""Limits that the settings give to what a call asks for."""

from __future__ import annotations

from flask import current_app

from app.api.sessions import get_session
from app.config import Settings
from app.services.plans.planning import PlanOptions
from app.services.plans.policies import get_default_policy
from app.services.review.second_approval import SecondApproval


def build_options(policy: str) -> PlanOptions:
    """Return the limits of a run under a policy."""
    settings = _get_settings()
    return PlanOptions(
        policy=policy,
        time_limit_s=settings.solve_time_limit_s,
        workers=settings.solve_workers,
    )


def choose_policy(name: str) -> str:
    """Return the policy of that name, or the default one for a blank."""
    if name:
        return name
    policy = get_default_policy(get_session())
    # A service starts its own transaction; the one that read the policy ends here.
    get_session().rollback()
    return policy


def read_second_approval() -> SecondApproval:
    """Return when a second approver is needed."""
    settings = _get_settings()
    return SecondApproval(settings.second_approver_rows, settings.second_approver_raise)


def _get_settings() -> Settings:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings
