"""The audit trail: who did what to what, how it looked before and after, and its hash chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, func
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


class AuditDenialCount(Base):
    """How many changes of one person were refused in a minute; beyond some, only this counts them.

    began_at  of the minute
    """

    __tablename__ = "audit_denial_counts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    began_at: Mapped[datetime]
    num_denied: Mapped[int]


class AuditLink(Base):
    """An event's place in the hash chain; a trigger writes it when the event's transaction commits.

    So `seq` has no gap, is the order of commits, and whoever has read up to one has missed nothing.
    There is no foreign key: nobody but the trigger writes, and the check would hold up all who
    wait for their turn to commit. Formulas stand in `app.services.auditing.audit_chain`.

    content_sha256  of what the event says
    hash            of the link before, this place and this content
    """

    __tablename__ = "audit_links"
    __table_args__ = (
        CheckConstraint("octet_length(content_sha256) = 32", name="content_sha256_length"),
        CheckConstraint("octet_length(hash) = 32", name="hash_length"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
