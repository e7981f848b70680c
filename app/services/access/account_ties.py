"""Which accounts are whose on the roster: nobody decides on their own work, under any address."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Contractor, User
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import transaction


def tie_user(session: Session, *, actor: Actor, email: str, contractor_id: str | None) -> None:
    """Say which contractor a staff account is, None = none; the next request knows.

    Raises NotFound, or Refused (`own_account`, `contractor_account`).
    """
    require(actor, Permission.MANAGE_USERS)
    with transaction(session):
        user = session.scalars(
            select(User)
            .where(User.email == email.strip().lower())
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if user is None:
            raise NotFound("user", email)
        if user.id == actor.user_id:
            raise Refused("own_account", "You can't say it of your own account.")
        if any(role.name == "contractor" for role in user.roles):
            sentence = f"{user.email} has the role Contractor: it shows that contractor's work."
            raise Refused("contractor_account", sentence)
        if contractor_id is not None and session.get(Contractor, contractor_id) is None:
            raise NotFound("contractor", contractor_id)
        _tie(session, actor, user, contractor_id)


def tie_users_by_address(session: Session, *, actor: Actor) -> None:
    """Tie every account to the contractor who has its address by now; the caller commits."""
    found = session.execute(
        select(User, Contractor.contractor_id)
        .join(Contractor, func.lower(Contractor.email) == User.email)
        .where(User.contractor_id.is_(None))
        .order_by(User.id)
        .with_for_update(of=User)
    )
    for user, contractor_id in found.all():
        _tie(session, actor, user, contractor_id)


def list_namesakes(session: Session, name: str) -> tuple[str, ...]:
    """Return the ids of contractors of this name: perhaps they are the same person."""
    same = func.lower(Contractor.name) == name.strip().lower()
    return tuple(
        session.scalars(
            select(Contractor.contractor_id).where(same).order_by(Contractor.contractor_id)
        )
    )


def _tie(session: Session, actor: Actor, user: User, contractor_id: str | None) -> None:
    if user.contractor_id == contractor_id:
        return
    record(
        session,
        actor=actor,
        action="user.tied",
        subject=("user", user.id),
        before={"contractor_id": user.contractor_id},
        after={"contractor_id": contractor_id},
    )
    user.contractor_id = contractor_id
