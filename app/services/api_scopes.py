"""What an API token may be used for: scopes, a reading and a writing one per desk.

A scope never gives more than the role of the token's account has at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.services.access import Actor, Permission


@dataclass(frozen=True)
class Scope:
    """What it means to people, and the permissions that it lets through."""

    meaning: str
    permissions: frozenset[Permission]


_OWN = frozenset(
    {Permission.LOG_OWN_HOURS, Permission.ANSWER_OWN_OFFERS, Permission.EDIT_OWN_AVAILABILITY}
)

SCOPES: Mapping[str, Scope] = MappingProxyType(
    {
        "ops:read": Scope(
            "Read projects, contractors, pauses, plans, proposals and offers",
            frozenset({Permission.VIEW_OPS}),
        ),
        "ops:write": Scope(
            "Pause and resume, plan, decide on proposals, withdraw offers",
            frozenset({Permission.PAUSE, Permission.PLAN, Permission.REVIEW}),
        ),
        "exposure:read": Scope(
            "Read the exposure ledger; each reading is audited",
            frozenset({Permission.VIEW_EXPOSURE}),
        ),
        "hours:read": Scope("Read everybody's hours", frozenset({Permission.VIEW_TIMESHEETS})),
        "hours:write": Scope(
            "Approve, send back, lock and reopen weeks of hours",
            frozenset({Permission.DECIDE_HOURS, Permission.APPROVE_HOURS, Permission.LOCK_HOURS}),
        ),
        "payroll:read": Scope(
            "Read pay periods, exports and their files", frozenset({Permission.VIEW_PAYROLL})
        ),
        "payroll:write": Scope(
            "Open and close pay periods, export them", frozenset({Permission.EXPORT_PAYROLL})
        ),
        "own:read": Scope("Read one's own work, offers and hours", _OWN),
        "own:write": Scope("Answer one's own offers, enter and submit one's own hours", _OWN),
        "audit:read": Scope("Read the audit trail", frozenset({Permission.VIEW_AUDIT})),
    }
)
"""Every scope there is; routes name the one that they ask for."""


def list_scopes(actor: Actor) -> list[str]:
    """Return the scopes of which the actor's roles carry something."""
    return [
        name
        for name, scope in SCOPES.items()
        if any(actor.may(permission) for permission in scope.permissions)
    ]


def join_permissions(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what the scopes let through together; a scope that is no more lets nothing."""
    known = [SCOPES[name].permissions for name in scopes if name in SCOPES]
    return frozenset().union(*known)
