"""The one way to write the audit trail: in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.services.access.access import Actor
from app.services.bulk import add_rows


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, object],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one event; `subject` is its kind and id, `before` and `after` name what changed.

    Dates and decimals are written as text.
    """
    event = Event(subject, before, after)
    session.add(AuditEvent(**_build_values(actor, action, event)))


@dataclass(frozen=True)
class Event:
    """What one of many events says; as the arguments of `record`."""

    subject: tuple[str, object]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def record_all(session: Session, *, actor: Actor, action: str, events: Sequence[Event]) -> None:
    """Add thousands of events of one action at once, in their order."""
    add_rows(session, AuditEvent, [_build_values(actor, action, event) for event in events])


def _build_values(actor: Actor, action: str, event: Event) -> dict[str, Any]:
    kind, subject_id = event.subject
    return {
        "actor_user_id": actor.user_id,
        "actor": actor.name,
        "action": action,
        "subject_kind": kind,
        "subject_id": str(subject_id),
        "before": None if event.before is None else _plain(event.before),
        "after": None if event.after is None else _plain(event.after),
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, date | datetime | Decimal) else value
        for name, value in values.items()
    }
