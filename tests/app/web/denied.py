"""What the audit trail says of changes that were refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.services.access import denials


@dataclass(frozen=True)
class Denied:
    """One event of a refusal."""

    actor: str
    action: str
    endpoint: str
    path: str
    status: int
    code: str


def list_denied(session: Session) -> list[Denied]:
    """Return every refusal in the trail, in order."""
    rows = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action.in_(["request.denied", "request.refused"]))
        .order_by(AuditEvent.id)
    ).all()
    session.rollback()
    found = []
    for row in rows:
        after = row.after or {}
        assert set(after) == {"method", "path", "status", "code"}
        found.append(
            Denied(
                row.actor, row.action, row.subject_id, after["path"], after["status"], after["code"]
            )
        )
    return found


@pytest.fixture
def boundless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every refusal be an event of its own, however many a minute brings."""
    monkeypatch.setattr(denials, "MOST_A_MINUTE", 10_000)
