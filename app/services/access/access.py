"""Who may do what: the permissions of each role, in one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from app.errors import Forbidden
from app.models import User


class Permission(StrEnum):
    """One kind of act or of sight."""

    VIEW_OPS = "view ops"
    PAUSE = "pause"
    PLAN = "plan"
    REVIEW = "review"
    IMPORT = "import"
    LOG_OWN_HOURS = "log own hours"
    ANSWER_OWN_OFFERS = "answer own offers"
    EDIT_OWN_AVAILABILITY = "edit own availability"
    VIEW_TIMESHEETS = "view timesheets"
    DECIDE_HOURS = "decide on hours"
    APPROVE_HOURS = "approve hours"
    LOCK_HOURS = "lock hours"
    SET_PAY_WEEKS = "set pay weeks"
    VIEW_PAYROLL = "view payroll"
    EXPORT_PAYROLL = "export payroll"
    EDIT_PAYROLL_FORMATS = "edit payroll formats"
    MANAGE_USERS = "manage users"
    VIEW_AUDIT = "view audit trail"
    VIEW_EXPOSURE = "view exposure ledger"
    MANAGE_WEBHOOKS = "manage webhooks"


SYSTEM_ROLE = "system"
"""Whoever runs the command line on the server; no account has it."""

ROLE_PERMISSIONS: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "admin": frozenset(
            {
                Permission.MANAGE_USERS,
                Permission.VIEW_AUDIT,
                Permission.IMPORT,
                Permission.EDIT_PAYROLL_FORMATS,
                Permission.MANAGE_WEBHOOKS,
            }
        ),
        "ops_manager": frozenset(
            {
                Permission.VIEW_OPS,
                Permission.PAUSE,
                Permission.PLAN,
                Permission.REVIEW,
                Permission.IMPORT,
                Permission.VIEW_EXPOSURE,
                Permission.VIEW_TIMESHEETS,
                Permission.DECIDE_HOURS,
                Permission.APPROVE_HOURS,
            }
        ),
        "contractor": frozenset(
            {
                Permission.LOG_OWN_HOURS,
                Permission.ANSWER_OWN_OFFERS,
                Permission.EDIT_OWN_AVAILABILITY,
            }
        ),
        "payroll": frozenset(
            {
                Permission.VIEW_PAYROLL,
                Permission.EXPORT_PAYROLL,
                Permission.VIEW_TIMESHEETS,
                Permission.DECIDE_HOURS,
                Permission.LOCK_HOURS,
                Permission.EDIT_PAYROLL_FORMATS,
                Permission.SET_PAY_WEEKS,
            }
        ),
        "auditor": frozenset({Permission.VIEW_AUDIT, Permission.VIEW_EXPOSURE}),
        SYSTEM_ROLE: frozenset(Permission),
    }
)

SCOPED_ROLE = "ops_manager"
"""The role whose permissions may be for the work of some clients only."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, or a command or job without one.

    contractor_id  the contractor that the user is, None for staff
    client_ids     the clients whose work the user sees as an ops manager, None = all clients'
    """

    user_id: int | None
    name: str
    roles: frozenset[str]
    contractor_id: str | None = None
    client_ids: frozenset[str] | None = None

    @classmethod
    def of_user(cls, user: User) -> Actor:
        """Return the actor behind an account, with the roles it has now."""
        roles = [role.name for role in user.roles]
        # Not asked for where it decides nothing: that is a statement of its own.
        scopes = user.client_scopes if SCOPED_ROLE in roles else ()
        return cls.of_account(
            user.id,
            user.name,
            roles=roles,
            contractor_id=user.contractor_id,
            client_ids=[scope.client_id for scope in scopes],
        )

    @classmethod
    def of_account(
        cls,
        user_id: int,
        name: str,
        *,
        roles: Iterable[str],
        contractor_id: str | None,
        client_ids: Iterable[str],
    ) -> Self:
        """Return the actor of an account with these roles; without `client_ids`, of all clients."""
        held = frozenset(roles)
        limited_to = frozenset(client_ids) if SCOPED_ROLE in held else frozenset()
        return cls(user_id, name, held, contractor_id, limited_to or None)

    @classmethod
    def of_system(cls, name: str) -> Actor:
        """Return the actor of a command or a job, such as `redeploy import`."""
        return cls(None, name, frozenset({SYSTEM_ROLE}))

    def may(self, permission: Permission) -> bool:
        """Tell whether any of the actor's roles carries the permission."""
        return any(permission in ROLE_PERMISSIONS.get(role, ()) for role in self.roles)

    def is_limited(self, permission: Permission) -> bool:
        """Tell whether the actor has the permission for the work of some clients only."""
        return self.client_ids is not None and permission in ROLE_PERMISSIONS[SCOPED_ROLE]


def require(actor: Actor, permission: Permission) -> None:
    """Return when the actor has the permission; raise Forbidden when not."""
    if not actor.may(permission):
        raise Forbidden(permission)
