"""Accounts: who may sign in, and as what."""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Contractor, Role, User
from app.services.access import ROLE_PERMISSIONS, SYSTEM_ROLE, Actor, Permission, require
from app.services.audit import record
from app.services.sign_ins import delete_sign_ins
from app.services.transaction import transaction

ROLE_NAMES = tuple(role for role in ROLE_PERMISSIONS if role != SYSTEM_ROLE)
MIN_PASSWORD_LENGTH = 12

_PASSWORD_BYTES = 12


def add_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    name: str,
    role: str,
    password: str,
    contractor_id: str | None = None,
) -> int:
    """Add an account and return its id; a contractor's account names its contractor.

    Raises InvalidValue, NotFound, or Refused (`email_taken`, `contractor_taken`).
    """
    require(actor, Permission.MANAGE_USERS)
    address = email.strip().lower()
    _check_account(address, name, role, password, contractor_id)
    with transaction(session):
        _check_free(session, address, contractor_id)
        user = User(
            email=address,
            name=name.strip(),
            password=hash_password(password),
            fs_uniquifier=secrets.token_hex(16),
            contractor_id=contractor_id,
            roles=[session.scalars(select(Role).where(Role.name == role)).one()],
        )
        session.add(user)
        session.flush()
        record(
            session,
            actor=actor,
            action="user.added",
            subject=("user", user.id),
            after={"email": address, "role": role, "contractor_id": contractor_id},
        )
    return user.id


def draw_password() -> str:
    """Return a random password of 96 bits."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def hash_password(password: str) -> str:
    """Return the argon2 hash as the sign-in page verifies it (normal form NFKD)."""
    return PasswordHasher().hash(unicodedata.normalize("NFKD", password))


def _check_account(
    email: str, name: str, role: str, password: str, contractor_id: str | None
) -> None:
    local, _, domain = email.partition("@")
    if not local or "." not in domain or any(char.isspace() for char in email):
        raise InvalidValue("email", email, "an e-mail address")
    if not name.strip():
        raise InvalidValue("name", name, "a name")
    if role not in ROLE_NAMES:
        raise InvalidValue("role", role, "one of " + ", ".join(ROLE_NAMES))
    if (role == "contractor") != (contractor_id is not None):
        expected = "an id for the role contractor and for no other"
        raise InvalidValue("contractor_id", contractor_id, expected)
    if len(password) < MIN_PASSWORD_LENGTH:
        found = f"{len(password)} characters"
        raise InvalidValue("password", found, f"at least {MIN_PASSWORD_LENGTH}")


def _check_free(session: Session, email: str, contractor_id: str | None) -> None:
    if session.scalars(select(User.id).where(User.email == email)).first() is not None:
        raise Refused("email_taken", f"There is an account for {email} already.")
    if contractor_id is None:
        return
    if session.get(Contractor, contractor_id) is None:
        raise NotFound("contractor", contractor_id)
    taken = select(User.id).where(User.contractor_id == contractor_id)
    if session.scalars(taken).first() is not None:
        raise Refused("contractor_taken", f"Contractor {contractor_id} has an account already.")


def disable_user(session: Session, *, actor: Actor, user_id: int) -> None:
    """Stop an account: its sessions end with the next request, and it can't sign in.

    Raises NotFound, or Refused (`own_account`, `disabled`).
    """
    require(actor, Permission.MANAGE_USERS)
    if actor.user_id == user_id:
        raise Refused("own_account", "You can't disable your own account.")
    with transaction(session):
        user = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", user_id)
        if not user.active:
            raise Refused("disabled", f"{user.email} is disabled already.")
        user.active = False
        user.fs_uniquifier = secrets.token_hex(16)
        delete_sign_ins(session, user_id=user_id)
        record(
            session,
            actor=actor,
            action="user.disabled",
            subject=("user", user_id),
            before={"active": True},
            after={"active": False},
        )
