"""What everybody may change of the own account."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound
from app.models import User
from app.services.access.access import Actor
from app.services.access.passwords import check_password, hash_password, is_password
from app.services.access.sign_ins import delete_sign_ins
from app.services.auditing.audit import record
from app.services.transaction import transaction


def change_own_password(
    session: Session, *, actor: Actor, current: str, new: str, token: str
) -> None:
    """Give the actor's account another password; its other sign-ins end.

    token  the random id of the sign-in that stays (`app.services.access.sign_ins`)

    Raises NotFound for an actor without an account, InvalidValue (`current` or `password`).
    """
    if actor.user_id is None:
        raise NotFound("user", actor.name)
    with transaction(session):
        user = session.get_one(User, actor.user_id, with_for_update=True, populate_existing=True)
        if not is_password(current, user.password):
            raise InvalidValue("current", "another password", "your present password")
        check_password(new, email=user.email, name=user.name)
        user.password = hash_password(new)
        delete_sign_ins(session, user_id=user.id, except_token=token)
        record(session, actor=actor, action="user.password_changed", subject=("user", user.id))
