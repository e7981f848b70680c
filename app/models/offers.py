"""Offers: approved proposals put to their contractors, and what became of each."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check

OFFER_STATUSES = ("pending", "accepted", "declined", "expired", "withdrawn")

DECLINE_REASONS = ("hours", "rate", "dates", "work", "other_work", "personal", "other")
"""Why a contractor declines; blank = not said."""

_MAX_HOURS_A_WEEK = 168


class Offer(Base):
    """A published place as its contractor was told it; later changes elsewhere don't alter it.

    from_codenames   the paused projects that it takes the place of
    asked            the skills that the work needs, a line each
    reasons          plain sentences, without whose work a codename is
    decided_by       who approved it, None when a command did
    expires_at       when it goes on to somebody else unless it was answered
    answered_at      of the answer that stands; an answer can be undone for a short time
    decline_reason, note  the contractor's, as far as they said; `note` also of who withdrew it
    released_at      when its place was freed, of those that are not accepted
    repair_run_id    the plan that looks for other work in the hole it left
    """

    __tablename__ = "offers"
    __table_args__ = (
        build_choice_check("status", OFFER_STATUSES),
        build_choice_check("decline_reason", ("", *DECLINE_REASONS)),
        build_range_check("hours_per_week", 1, _MAX_HOURS_A_WEEK),
        CheckConstraint(
            "released_at IS NULL OR status IN ('declined', 'expired', 'withdrawn')",
            name="released_when_not_taken",
        ),
        Index("ix_offers_contractor_id", "contractor_id"),
        Index("ix_offers_status_expires_at", "status", "expires_at"),
        Index(
            "ix_offers_repair_run_id_missing",
            "released_at",
            postgresql_where=text("repair_run_id IS NULL"),
        ),
    )

    id: Mapped[BigKey]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), unique=True)
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), index=True)
    codename: Mapped[str]
    hours_per_week: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    pay_rate_cents: Mapped[Cents]
    previous_pay_rate_cents: Mapped[Cents]
    currency: Mapped[str]
    from_codenames: Mapped[list[str]] = mapped_column(server_default="[]")
    asked: Mapped[list[str]] = mapped_column(server_default="[]")
    reasons: Mapped[list[str]] = mapped_column(server_default="[]")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(server_default="pending")
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    repair_run_id: Mapped[int | None] = mapped_column(ForeignKey("plan_runs.id"), index=True)
