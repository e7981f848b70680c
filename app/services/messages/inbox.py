"""A person's messages inside the application: which are theirs, and which they have read.

That a message was read is written on it alone, not into the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Message
from app.services.access.access import Actor, Permission
from app.services.messages.message_kinds import MessageText, write_message
from app.services.transaction import retried, transaction


@dataclass(frozen=True)
class InboxRow:
    """One message as its reader sees it."""

    message_id: int
    text: MessageText
    created_at: datetime
    is_read: bool


@dataclass(frozen=True)
class InboxPage:
    """Some messages, the latest first; `older_than` is where the next page begins, None = none."""

    rows: Sequence[InboxRow]
    older_than: int | None


def count_unread(session: Session, actor: Actor) -> int:
    """Return how many of the actor's messages are unread."""
    return count_messages(session, actor, unread_only=True)


def count_messages(session: Session, actor: Actor, *, unread_only: bool = False) -> int:
    """Return how many messages the actor has."""
    statement = select(func.count()).select_from(Message).where(build_is_mine(actor))
    if unread_only:
        statement = statement.where(Message.read_at.is_(None))
    return session.scalar(statement) or 0


def list_inbox(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    older_than: int | None = None,
    unread_only: bool = False,
) -> InboxPage:
    """Return at most `limit` messages of the actor; only those before `older_than`, an id."""
    statement = select(Message).where(build_is_mine(actor)).order_by(Message.id.desc())
    if older_than is not None:
        statement = statement.where(Message.id < older_than)
    if unread_only:
        statement = statement.where(Message.read_at.is_(None))
    found = session.scalars(statement.limit(limit + 1)).all()
    rows = [
        InboxRow(
            message_id=one.id,
            text=write_message(one.kind, one.facts),
            created_at=one.created_at,
            is_read=one.read_at is not None,
        )
        for one in found[:limit]
    ]
    return InboxPage(rows, rows[-1].message_id if len(found) > limit else None)


@retried
def open_message(session: Session, *, actor: Actor, message_id: int) -> str:
    """Mark a message as read; return the path of the page that it leads to.

    Raises NotFound when there is none, or it is somebody else's.
    """
    with transaction(session):
        message = session.scalars(
            select(Message)
            .where(Message.id == message_id, build_is_mine(actor))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if message is None:
            raise NotFound("message", message_id)
        message.read_at = message.read_at or datetime.now(UTC)
        return write_message(message.kind, message.facts).path


@retried
def read_all(session: Session, *, actor: Actor, newest_id: int) -> int:
    """Mark all messages up to `newest_id` as read; return how many that changed.

    What came after the page was shown stays unread.
    """
    with transaction(session):
        changed = session.execute(
            update(Message)
            .where(build_is_mine(actor), Message.read_at.is_(None), Message.id <= newest_id)
            .values(read_at=datetime.now(UTC))
            .returning(Message.id),
            execution_options={"synchronize_session": False},
        )
        return len(changed.all())


def build_is_mine(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a message is for the actor.

    What a contractor is told is read in the account that shows their work, not in another
    one that the same person has as staff.
    """
    mine: ColumnElement[bool] = false()
    if actor.user_id is not None:
        mine = Message.user_id == actor.user_id
    if actor.contractor_id is not None and actor.may(Permission.LOG_OWN_HOURS):
        mine = mine | (Message.contractor_id == actor.contractor_id)
    return mine
