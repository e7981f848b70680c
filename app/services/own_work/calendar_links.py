"""Secret links to one's own calendar: made, changed and revoked by the contractor alone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound
from app.models import CalendarLink, Contractor, User
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction

_TOKEN_BYTES = 32


def build_link_path(token: str) -> str:
    """Return the path of the calendar that a secret opens."""
    return f"/calendar/{token}.ics"


@retried
def make_link(session: Session, *, actor: Actor) -> str:
    """Return the secret of a new link to the actor's calendar; one made before stops working.

    The secret can't be read again: only its hash is kept.
    """
    contractor_id = _get_contractor_id(actor)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction(session):
        old = _lock_working(session, contractor_id)
        if old is not None:
            old.revoked_at = datetime.now(UTC)
            session.flush()
        link = CalendarLink(
            contractor_id=contractor_id, user_id=actor.user_id, token_sha256=_hash(token)
        )
        session.add(link)
        session.flush()
        record(
            session,
            actor=actor,
            action="calendar.linked",
            subject=("calendar_link", link.id),
            before=None if old is None else {"calendar_link": old.id},
            after={"contractor_id": contractor_id},
        )
    return token


@retried
def revoke_link(session: Session, *, actor: Actor) -> bool:
    """Let the actor's link stop working; return whether there was one. Twice is as once."""
    contractor_id = _get_contractor_id(actor)
    with transaction(session):
        link = _lock_working(session, contractor_id)
        if link is None:
            return False
        link.revoked_at = datetime.now(UTC)
        record(
            session,
            actor=actor,
            action="calendar.revoked",
            subject=("calendar_link", link.id),
            before={"contractor_id": contractor_id},
        )
    return True


def find_made_at(session: Session, contractor_id: str) -> datetime | None:
    """Return when the contractor's working link was made; None without one."""
    return session.scalars(
        select(CalendarLink.made_at).where(
            CalendarLink.contractor_id == contractor_id, CalendarLink.revoked_at.is_(None)
        )
    ).one_or_none()


def get_calendar_owner(session: Session, token: str) -> str:
    """Return the id of the contractor whose calendar the secret opens.

    Raises NotFound for one that never was, was revoked, or whose account may not see the
    work any more: all read the same.
    """
    found = session.execute(
        select(CalendarLink.contractor_id, User)
        .join(User, User.id == CalendarLink.user_id)
        .join(Contractor, Contractor.contractor_id == CalendarLink.contractor_id)
        .where(
            CalendarLink.token_sha256 == _hash(token),
            CalendarLink.revoked_at.is_(None),
            User.active,
            User.contractor_id == CalendarLink.contractor_id,
            Contractor.status == "active",
        )
    ).one_or_none()
    if found is None or not Actor.of_user(found.User).may(Permission.LOG_OWN_HOURS):
        raise NotFound("calendar", "of this link")
    contractor_id: str = found.contractor_id
    return contractor_id


def _get_contractor_id(actor: Actor) -> str:
    """Return whose calendar it is; raises Forbidden for who has no work of their own."""
    require(actor, Permission.LOG_OWN_HOURS)
    if actor.contractor_id is None:
        raise Forbidden(Permission.LOG_OWN_HOURS)
    return actor.contractor_id


def _lock_working(session: Session, contractor_id: str) -> CalendarLink | None:
    # The contractor's row stands for the link that may not be there yet.
    session.execute(
        select(Contractor.contractor_id)
        .where(Contractor.contractor_id == contractor_id)
        .with_for_update(key_share=True)
    )
    return session.scalars(
        select(CalendarLink)
        .where(CalendarLink.contractor_id == contractor_id, CalendarLink.revoked_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
