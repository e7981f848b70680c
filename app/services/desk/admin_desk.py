"""What the admin desk reads: accounts and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import AuditEvent, User
from app.services.paging import Page, PageRequest, contains_text, read_page

_MOST_ITEMS = 20
"""Items of a list that the page of the audit trail writes out."""


_AUDIT_COLUMNS = {"at": AuditEvent.id, "event_id": AuditEvent.id}
"""What the audit trail can be sorted by: its numbers go with time."""


@dataclass(frozen=True)
class UserRow:
    """One account."""

    user_id: int
    email: str
    name: str
    roles: tuple[str, ...]
    contractor_id: str | None
    active: bool
    created_at: datetime
    last_sign_in_at: datetime | None


@dataclass(frozen=True)
class AuditRow:
    """One event of the audit trail."""

    event_id: int
    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(name, before, after) of every value that the event carries; None where absent.

        A long list is cut: a pause of thousands of people takes back thousands of entries.
        """
        before, after = self.before or {}, self.after or {}
        return [
            (name, _shorten(before.get(name)), _shorten(after.get(name)))
            for name in {**before, **after}
        ]


def list_users(session: Session, *, text: str, page: PageRequest) -> Page[UserRow]:
    """Return accounts whose name or e-mail holds `text`; blank takes all."""
    statement = select(User)
    if text:
        statement = statement.where(contains_text(text, User.name, User.email))
    columns = {
        "user_id": User.id,
        "name": User.name,
        "email": User.email,
        "created_at": User.created_at,
    }
    found = read_page(session, statement, page, columns, User.id)
    return Page([build_user_row(row[0]) for row in found.rows], found.total)


def get_user_name(session: Session, user_id: int) -> str:
    """Return how pages name an account.

    Raises NotFound.
    """
    name = session.scalar(select(User.name).where(User.id == user_id))
    if name is None:
        raise NotFound("user", user_id)
    return name


def list_audit_events(
    session: Session,
    *,
    text: str,
    action: str,
    first_day: date | None,
    last_day: date | None,
    page: PageRequest,
) -> Page[AuditRow]:
    """Return events; `text` is looked for in the actor, the days are UTC and inclusive."""
    statement = select(
        AuditEvent.id,
        AuditEvent.at,
        AuditEvent.actor,
        AuditEvent.action,
        AuditEvent.subject_kind,
        AuditEvent.subject_id,
        AuditEvent.before,
        AuditEvent.after,
    )
    if text:
        statement = statement.where(contains_text(text, AuditEvent.actor))
    if action:
        statement = statement.where(AuditEvent.action == action)
    if first_day is not None:
        statement = statement.where(AuditEvent.at >= _start_of(first_day))
    if last_day is not None:
        statement = statement.where(AuditEvent.at < _start_of(last_day + timedelta(days=1)))
    found = read_page(session, statement, page, _AUDIT_COLUMNS, AuditEvent.id)
    return Page([AuditRow(*row) for row in found.rows], found.total)


def list_actions(session: Session) -> list[str]:
    """Return every action that the audit trail holds."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def build_user_row(user: User) -> UserRow:
    """Return an account as a row of the list."""
    return UserRow(
        user_id=user.id,
        email=user.email,
        name=user.name,
        roles=tuple(sorted(role.name for role in user.roles)),
        contractor_id=user.contractor_id,
        active=user.active,
        created_at=user.created_at,
        last_sign_in_at=user.current_login_at,
    )


def _shorten(value: Any) -> Any:
    """Return a list or mapping as text with its first items, anything else as it is."""
    if not isinstance(value, list | dict) or len(value) <= _MOST_ITEMS:
        return value
    shown = islice(value.items() if isinstance(value, dict) else value, _MOST_ITEMS)
    return f"{', '.join(map(str, shown))} and {len(value) - _MOST_ITEMS} more"


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
