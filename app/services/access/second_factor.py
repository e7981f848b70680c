"""The second factor of an account: what is kept of it, each code once, and the way back."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import User
from app.services.access.access import Actor, Permission, require
from app.services.access.sign_ins import delete_sign_ins
from app.services.auditing.audit import record
from app.services.transaction import transaction

NUM_RECOVERY_CODES = 10

_CODE_BYTES = 8
_GROUP = 4


def lock_last_counter(session: Session, user_id: int) -> int | None:
    """Return the time step of the last code that the account used; the caller commits.

    The lock makes a second sign-in with the same code wait, and then find it used.
    """
    found = select(User.totp_last_counter).where(User.id == user_id).with_for_update()
    return session.execute(found).scalar_one()


def set_last_counter(session: Session, user_id: int, counter: int) -> None:
    """Note that the code of a time step is used; the caller commits."""
    session.execute(
        update(User).where(User.id == user_id).values(totp_last_counter=counter),
        execution_options={"synchronize_session": False},
    )


def draw_recovery_codes() -> list[str]:
    """Return fresh recovery codes of 64 bits each, in groups of four characters."""
    drawn = [secrets.token_hex(_CODE_BYTES) for _ in range(NUM_RECOVERY_CODES)]
    return [
        "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
        for code in drawn
    ]


def hash_recovery_code(key: str, code: str) -> str:
    """Return the keyed hash that is kept of a code, however it is spelt."""
    plain = "".join(code.split()).replace("-", "").lower()
    return hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()


def is_recovery_code(session: Session, *, user_id: int, code_hash: str) -> bool:
    """Tell whether an account has the code left, and lock it; the caller commits."""
    return code_hash in _lock_codes(session, user_id)


def use_recovery_code(session: Session, *, user: User, code_hash: str) -> None:
    """Take a code away from the account: none works twice. The caller commits."""
    left = _lock_codes(session, user.id)
    user.mf_recovery_codes = [kept for kept in left if kept != code_hash]
    actor = Actor.of_user(user)
    subject = ("user", user.id)
    record(session, actor=actor, action="user.recovery_code_used", subject=subject)


def note_second_factor(session: Session, *, user: User, action: str) -> None:
    """Write into the audit trail what a person did to the own second factor; the caller commits.

    action  such as `user.two_factor_set`
    """
    record(session, actor=Actor.of_user(user), action=action, subject=("user", user.id))


def reset_second_factor(session: Session, *, actor: Actor, user_id: int) -> None:
    """Take the second factor from an account whose phone and codes are lost.

    Its sign-ins end; where a role asks for a second factor, the next sign-in sets it up.

    Raises NotFound, or Refused (`own_account`, `no_two_factor`).
    """
    require(actor, Permission.MANAGE_USERS)
    if actor.user_id == user_id:
        raise Refused("own_account", "Use the page of your own account for that.")
    with transaction(session):
        user = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", user_id)
        if user.tf_totp_secret is None:
            raise Refused("no_two_factor", f"{user.email} has no second factor.")
        user.tf_primary_method = user.tf_totp_secret = user.totp_last_counter = None
        user.mf_recovery_codes = []
        user.fs_uniquifier = secrets.token_hex(16)
        delete_sign_ins(session, user_id=user_id)
        record(session, actor=actor, action="user.two_factor_reset", subject=("user", user_id))


def _lock_codes(session: Session, user_id: int) -> list[str]:
    found = select(User.mf_recovery_codes).where(User.id == user_id).with_for_update()
    return list(session.execute(found).scalar_one())
