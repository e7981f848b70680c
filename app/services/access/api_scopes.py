"""What an API token may be used for: scopes, a reading and a writing one per desk.

A scope never gives more than the role of the token's account has at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.services.access.access import Actor, Permission


@dataclass(frozen=True)
class Scope:
    """What it means to people, and the permissions that it lets through.

    is_everyones  whether it is of use to any account, whatever its roles
    """

    meaning: str
    permissions: frozenset[Permission]
    is_everyones: bool = False


_OWN = frozenset(
    {Permission.LOG_OWN_HOURS, Permission.ANSWER_OWN_OFFERS, Permission.EDIT_OWN_AVAILABILITY}
)
# What a contractor is told is for whoever may see the contractor's work.
_ACCOUNT = frozenset({Permission.LOG_OWN_HOURS})
_USERS = frozenset({Permission.MANAGE_USERS})
_WEBHOOKS = frozenset({Permission.MANAGE_WEBHOOKS})
_FORMATS = frozenset({Permission.EDIT_PAYROLL_FORMATS})
_GROUPS = frozenset({Permission.SET_PAY_WEEKS})

SCOPES: Mapping[str, Scope] = MappingProxyType(
    {
        "ops:read": Scope(
            "Read projects, contractors, pauses, plans, proposals, offers, scenarios, drills and "
            "insights",
            frozenset({Permission.VIEW_OPS}),
        ),
        "ops:write": Scope(
            "Pause and resume, plan, tend policies, decide on proposals and claimed skills, "
            "change and place by hand, try scenarios, drill, withdraw offers",
            frozenset({Permission.PAUSE, Permission.PLAN, Permission.REVIEW}),
        ),
        "imports:read": Scope(
            "Read imports: their state, their difference, and faults of one's own",
            frozenset({Permission.IMPORT}),
        ),
        "imports:write": Scope(
            "Upload files, match their columns, confirm and cancel imports",
            frozenset({Permission.IMPORT}),
        ),
        "exposure:read": Scope(
            "Read the exposure ledger; each reading is audited",
            frozenset({Permission.VIEW_EXPOSURE}),
        ),
        "hours:read": Scope("Read everybody's hours", frozenset({Permission.VIEW_TIMESHEETS})),
        "hours:write": Scope(
            "Approve, send back, lock and reopen weeks of hours, remind people of theirs",
            frozenset({Permission.DECIDE_HOURS, Permission.APPROVE_HOURS, Permission.LOCK_HOURS}),
        ),
        "payroll:read": Scope(
            "Read pay periods, exports and their files", frozenset({Permission.VIEW_PAYROLL})
        ),
        "payroll:write": Scope(
            "Open and close pay periods, export them", frozenset({Permission.EXPORT_PAYROLL})
        ),
        "payroll:correct": Scope(
            "Correct hours of closed periods and pay rates", frozenset({Permission.EXPORT_PAYROLL})
        ),
        "formats:read": Scope("Read the formats of payroll files with their settings", _FORMATS),
        "formats:write": Scope("Change the formats of payroll files", _FORMATS),
        "groups:read": Scope("Read pay groups", _GROUPS),
        "groups:write": Scope("Change pay groups and who is in them", _GROUPS),
        "own:read": Scope("Read one's own work, offers, hours and availability", _OWN),
        "own:write": Scope(
            "Answer one's own offers, enter and submit one's own hours, say what one wants to work",
            _OWN,
        ),
        "account:read": Scope(
            "Read one's own account, messages and tokens", _ACCOUNT, is_everyones=True
        ),
        "account:write": Scope(
            "Mark one's own messages as read, choose when they are mailed, revoke one's own tokens",
            _ACCOUNT,
            is_everyones=True,
        ),
        "audit:read": Scope("Read the audit trail", frozenset({Permission.VIEW_AUDIT})),
        "users:read": Scope("Read accounts", _USERS),
        "users:write": Scope(
            "Add, disable and enable accounts, set their roles and clients", _USERS
        ),
        "users:recover": Scope(
            "Draw new passwords, take second factors away, unbind single sign-on", _USERS
        ),
        "mail:read": Scope("Read how mail stands", _USERS),
        "mail:write": Scope("Send mails once more", _USERS),
        "webhooks:read": Scope("Read webhook endpoints and what was delivered", _WEBHOOKS),
        "webhooks:write": Scope(
            "Register webhook endpoints, change them and draw their secrets", _WEBHOOKS
        ),
    }
)
"""Every scope there is; routes name the one that they ask for."""


def list_scopes(actor: Actor) -> list[str]:
    """Return the scopes that are of use to the actor, as the roles are now."""
    return [
        name
        for name, scope in SCOPES.items()
        if scope.is_everyones or any(actor.may(one) for one in scope.permissions)
    ]


def join_permissions(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what the scopes let through together; a scope that is no more lets nothing."""
    known = [SCOPES[name].permissions for name in scopes if name in SCOPES]
    return frozenset().union(*known)
