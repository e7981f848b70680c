"""The audit trail: who did what to what, and how it looked before and after."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class AuditEvent(Base):
    """One mutation; written in its transaction, append-only by trigger.

    actor   the name at that time; `actor_user_id` is None for the command line and jobs
    action  subject and verb, such as `pause.opened`
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject_kind", "subject_id"),)

    id: Mapped[BigKey]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
