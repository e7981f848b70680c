"""Pause drills: what a pause of each client would do, worked out ahead of any pause."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check


class Drill(Base):
    """One request, by a person or by the night: it has a result for each client drilled.

    drilled_on  the day on which the pause is imagined to begin
    policy      its name when the drill was asked for
    policy_settings  what it held then; None in drills from before others than People first
    """

    __tablename__ = "drills"

    id: Mapped[BigKey]
    drilled_on: Mapped[date]
    policy: Mapped[str] = mapped_column(server_default="people-first")
    policy_settings: Mapped[dict[str, Any] | None]
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DrillResult(Base):
    """What a pause of all open work of one client would do.

    status            `done` has figures, `failed` a sentence why not
    num_affected      people who would lose hours; num_away of them are on leave throughout
    num_coverable     of the others, those whom a plan made at once keeps at their floor
    num_bound         no plan could keep more of them there
    lost_hours        a week
    restorable_hours  a week, averaged over the horizon
    lost_pay_cents    a week, currency -> cents
    unlocks           what would help most: [{code, sentence, hours_per_week, num_people,
                      num_covered, verified}]
    """

    __tablename__ = "drill_results"
    __table_args__ = (
        build_choice_check("status", ("queued", "running", "done", "failed")),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
        CheckConstraint(
            "status <> 'done' OR (num_affected IS NOT NULL AND num_coverable IS NOT NULL)",
            name="figures_when_done",
        ),
        UniqueConstraint("drill_id", "client_id"),
        Index("ix_drill_results_client_id_id", "client_id", "id"),
    )

    id: Mapped[BigKey]
    drill_id: Mapped[int] = mapped_column(ForeignKey("drills.id"))
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.client_id"))
    status: Mapped[str] = mapped_column(server_default="queued")
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]
    num_projects: Mapped[int | None]
    num_affected: Mapped[int | None]
    num_away: Mapped[int | None]
    num_coverable: Mapped[int | None]
    num_bound: Mapped[int | None]
    lost_hours: Mapped[int | None]
    restorable_hours: Mapped[int | None]
    lost_pay_cents: Mapped[dict[str, Any] | None]
    unlocks: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    error: Mapped[str | None]
