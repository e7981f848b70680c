"""Accounts: who may sign in, and as what."""

from __future__ import annotations

import secrets

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Contractor, Role, User
from app.services.access.access import ROLE_PERMISSIONS, SYSTEM_ROLE, Actor, Permission, require
from app.services.access.api_tokens import revoke_tokens_of
from app.services.access.passwords import check_password, hash_password
from app.services.access.sign_ins import delete_sign_ins
from app.services.auditing.audit import record
from app.services.transaction import transaction

ROLE_NAMES = tuple(role for role in ROLE_PERMISSIONS if role != SYSTEM_ROLE)

CONTRACTOR_ROLE = "contractor"
"""The role of an account that shows its contractor's own work."""


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

    Staff who are contractors too, by `contractor_id` or by the address that the roster has,
    are tied to that contractor, so that nobody decides on their own work: a contractor has
    one account with that role, and any number as staff.

    Raises InvalidValue, NotFound, or Refused (`email_taken`, `contractor_taken`).
    """
    require(actor, Permission.MANAGE_USERS)
    address = _read_address(email)
    _check_account(name, role, contractor_id)
    check_password(password, email=address, name=name)
    with transaction(session):
        contractor_id = contractor_id or _find_contractor(session, address)
        lock_contractor(session, contractor_id)
        _check_free(session, address, role, contractor_id)
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


def get_user_id(session: Session, email: str) -> int:
    """Return the id of the account with an address.

    Raises NotFound.
    """
    user_id = session.scalar(select(User.id).where(User.email == email.strip().lower()))
    if user_id is None:
        raise NotFound("user", email)
    return user_id


def _read_address(email: str) -> str:
    """Return the address as the sign-in page reads it, in small letters."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise InvalidValue("email", email, "an e-mail address") from None


def _find_contractor(session: Session, address: str) -> str | None:
    return session.scalars(
        select(Contractor.contractor_id)
        .where(func.lower(Contractor.email) == address)
        .order_by(Contractor.contractor_id)
    ).first()


def _check_account(name: str, role: str, contractor_id: str | None) -> None:
    if not name.strip():
        raise InvalidValue("name", name, "a name")
    if role not in ROLE_NAMES:
        raise InvalidValue("role", role, "one of " + ", ".join(ROLE_NAMES))
    if role == CONTRACTOR_ROLE and contractor_id is None:
        raise InvalidValue("contractor_id", contractor_id, "an id, for the role contractor")


def lock_contractor(session: Session, contractor_id: str | None) -> None:
    """Lock the contractor against a second account with the role contractor.

    Raises NotFound.
    """
    if contractor_id is None:
        return
    found = select(Contractor.contractor_id).where(Contractor.contractor_id == contractor_id)
    if session.execute(found.with_for_update(key_share=True)).first() is None:
        raise NotFound("contractor", contractor_id)


def _check_free(session: Session, email: str, role: str, contractor_id: str | None) -> None:
    if session.scalars(select(User.id).where(User.email == email)).first() is not None:
        raise Refused("email_taken", f"There is an account for {email} already.")
    if role == CONTRACTOR_ROLE:
        refuse_second_account(session, contractor_id)


def refuse_second_account(session: Session, contractor_id: str | None) -> None:
    """Raise Refused when an account shows the contractor's work already."""
    taken = select(User.id).where(
        User.contractor_id == contractor_id, User.roles.any(Role.name == CONTRACTOR_ROLE)
    )
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
        revoke_tokens_of(session, actor=actor, user_id=user_id)
        record(
            session,
            actor=actor,
            action="user.disabled",
            subject=("user", user_id),
            before={"active": True},
            after={"active": False},
        )
