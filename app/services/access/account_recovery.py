"""Letting people in again: a new password, and an account that was disabled."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import User
from app.services.access.access import Actor, Permission, require
from app.services.access.api_tokens import revoke_tokens_of
from app.services.access.passwords import draw_password, hash_password
from app.services.access.sign_ins import delete_sign_ins
from app.services.auditing.audit import record
from app.services.transaction import transaction


def set_new_password(session: Session, *, actor: Actor, user_id: int) -> str:
    """Give an account a random password and return it; every sign-in of the account ends.

    Only its hash is kept. Raises NotFound, or Refused (`own_account`: that page asks for the
    present password, `disabled`).
    """
    require(actor, Permission.MANAGE_USERS)
    if actor.user_id == user_id:
        raise Refused("own_account", "Use the page of your own account for that.")
    password = draw_password()
    with transaction(session):
        user = _lock_user(session, user_id)
        if not user.active:
            raise Refused("disabled", f"{user.email} is disabled; enable it first.")
        user.password = hash_password(password)
        user.fs_uniquifier = secrets.token_hex(16)
        delete_sign_ins(session, user_id=user_id)
        revoke_tokens_of(session, actor=actor, user_id=user_id)
        record(session, actor=actor, action="user.password_set", subject=("user", user_id))
    return password


def enable_user(session: Session, *, actor: Actor, user_id: int) -> None:
    """Let a disabled account sign in again, with the password it had.

    Raises NotFound, or Refused (`enabled`).
    """
    require(actor, Permission.MANAGE_USERS)
    with transaction(session):
        user = _lock_user(session, user_id)
        if user.active:
            raise Refused("enabled", f"{user.email} is not disabled.")
        user.active = True
        record(
            session,
            actor=actor,
            action="user.enabled",
            subject=("user", user_id),
            before={"active": False},
            after={"active": True},
        )


def _lock_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("user", user_id)
    return user
