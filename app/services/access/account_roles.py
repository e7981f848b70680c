"""What an account is here for: its roles, changed at once for every sign-in that it has."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Role, User
from app.services.access.access import SCOPED_ROLE, Actor, Permission, require
from app.services.access.accounts import (
    CONTRACTOR_ROLE,
    ROLE_NAMES,
    lock_contractor,
    refuse_second_account,
)
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction


@retried
def set_user_roles(session: Session, *, actor: Actor, user_id: int, roles: Collection[str]) -> bool:
    """Give an account these roles and no others; return whether that is new.

    The next request of the account knows. Without a role it opens no desk. Who is no ops
    manager any more is not limited to clients either.

    Raises NotFound, InvalidValue, or Refused (`own_account`, `no_contractor`,
    `contractor_alone`, `contractor_taken`).
    """
    require(actor, Permission.MANAGE_USERS)
    if actor.user_id == user_id:
        raise Refused("own_account", "You can't change your own roles.")
    wanted = set(roles)
    if unknown := wanted - set(ROLE_NAMES):
        raise InvalidValue("role", min(unknown), "one of " + ", ".join(ROLE_NAMES))
    with transaction(session):
        contractor_id = session.scalar(select(User.contractor_id).where(User.id == user_id))
        lock_contractor(session, contractor_id)
        user = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", user_id)
        before = {role.name for role in user.roles}
        if before == wanted:
            return False
        _check_contractor(session, user, wanted, before)
        user.roles = list(session.scalars(select(Role).where(Role.name.in_(wanted))))
        if SCOPED_ROLE not in wanted:
            user.client_scopes = []
        record(
            session,
            actor=actor,
            action="user.roles_set",
            subject=("user", user_id),
            before={"roles": sorted(before)},
            after={"roles": sorted(wanted)},
        )
    return True


def _check_contractor(session: Session, user: User, wanted: set[str], before: set[str]) -> None:
    """Refuse the role contractor to who is none, beside other roles, and twice for one person."""
    if CONTRACTOR_ROLE not in wanted:
        return
    if len(wanted) > 1:
        sentence = "The role Contractor stands alone: staff on the roster have two accounts."
        raise Refused("contractor_alone", sentence)
    if user.contractor_id is None:
        raise Refused("no_contractor", f"Say first which contractor {user.email} is.")
    if CONTRACTOR_ROLE not in before:
        refuse_second_account(session, user.contractor_id)
