"""Hours that contractors worked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents


class HoursEntry(Base):
    """The hours of one day on one assignment, at the rate of that day; 0 is an answer.

    Without a row the day is missing. Triggers refuse every change of a day in a closed pay period.

    late_pause_id  the pause before which the hours were worked, and after which they were entered
    """

    __tablename__ = "hours_entries"
    __table_args__ = (
        UniqueConstraint("assignment_id", "work_date"),
        CheckConstraint("hours >= 0 AND hours <= 24", name="hours_range"),
        CheckConstraint("rate_cents >= 0", name="rate_cents_range"),
        Index("ix_hours_entries_work_date", "work_date"),
    )

    id: Mapped[BigKey]
    timesheet_id: Mapped[int] = mapped_column(ForeignKey("timesheets.id"), index=True)
    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignments.assignment_id"))
    work_date: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    rate_cents: Mapped[Cents]
    currency: Mapped[str]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    late_pause_id: Mapped[int | None] = mapped_column(ForeignKey("pauses.id"))
