"""The one way to write the audit trail: in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.services.access import Actor


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
    kind, subject_id = subject
    session.add(
        AuditEvent(
            actor_user_id=actor.user_id,
            actor=actor.name,
            action=action,
            subject_kind=kind,
            subject_id=str(subject_id),
            before=None if before is None else _plain(before),
            after=None if after is None else _plain(after),
        )
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, date | datetime | Decimal) else value
        for name, value in values.items()
    }
