"""What limits a plan: bottlenecks and what would help, worked out on request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, build_choice_check


class PlanLimits(Base):
    """The limits of one plan as it stood when they were last asked for.

    bottlenecks  the dearest first: [{resource, project_id, codename, amount, left, worth_people,
                 worth_hours}]; `amount` is what the worth is of: hours, seats or cents a week
    unlocks      the most hours first: [{code, sentence, hours_per_week, num_people, num_covered,
                 verified}]
    """

    __tablename__ = "plan_limits"
    __table_args__ = (
        build_choice_check("status", ("queued", "running", "done", "failed")),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
    )

    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"), primary_key=True)
    status: Mapped[str] = mapped_column(server_default="queued")
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    bottlenecks: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    unlocks: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    error: Mapped[str | None]
