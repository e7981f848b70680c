"""Export batches: the files that payroll took."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class ExportBatch(Base):
    """An immutable numbered file of hours; a trigger refuses change and deletion.

    totals  {"USD": {"lines": 12, "hours": "96.50", "amount_cents": 123456}, ...}
    sha256  lower-case hex of `content`
    """

    __tablename__ = "export_batches"
    __table_args__ = (
        CheckConstraint("period_starts_on <= period_ends_on", name="period_in_order"),
        CheckConstraint("number > 0", name="number_range"),
        CheckConstraint("line_count > 0", name="line_count_range"),
    )

    id: Mapped[BigKey]
    number: Mapped[int] = mapped_column(unique=True)
    period_starts_on: Mapped[date]
    period_ends_on: Mapped[date]
    line_count: Mapped[int]
    totals: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
