"""When a person's messages are mailed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound
from app.models import MAIL_MODES, User
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction


def get_mail_mode(session: Session, actor: Actor) -> str:
    """Return when the actor's own messages are mailed, one of MAIL_MODES.

    Raises NotFound for an actor without an account.
    """
    mail_mode = session.scalar(select(User.mail_mode).where(User.id == actor.user_id))
    if mail_mode is None:
        raise NotFound("user", actor.user_id)
    return mail_mode


@retried
def set_mail_mode(session: Session, *, actor: Actor, mail_mode: str) -> bool:
    """Choose when one's own messages are mailed; return whether that was another choice.

    Raises InvalidValue, or NotFound for an actor without an account.
    """
    if mail_mode not in MAIL_MODES:
        raise InvalidValue("mail_mode", mail_mode, "one of " + ", ".join(MAIL_MODES))
    with transaction(session):
        user = session.get(User, actor.user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", actor.user_id)
        if user.mail_mode == mail_mode:
            return False
        record(
            session,
            actor=actor,
            action="user.mail_chosen",
            subject=("user", user.id),
            before={"mail_mode": user.mail_mode},
            after={"mail_mode": mail_mode},
        )
        user.mail_mode = mail_mode
    return True
