"""What a plan run and a scenario have in common: one solve with its inputs and result."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from app.models.base import BigKey, build_choice_check, build_range_check


class SolveColumns:
    """The columns of a solve.

    stop_requested  `keep`: end now with the best plan so far; `cancel`: end with nothing
    policy          its name when the solve was asked for
    policy_settings what it held then (see `services.plans.policy_settings`); None in runs from
                    before policies could be saved
    job_id          the job that solves it; its number changes when a dead worker's solve is
                    queued again
    attempts        how often a worker took it up
    pause_date      the day planned from: the pause's own, or the day of a later request
    summary         affected, covered, hours restored of lost, top blockers
    error           one sentence, when it failed
    """

    id: Mapped[BigKey]
    policy: Mapped[str]
    policy_settings: Mapped[dict[str, Any] | None]
    weeks: Mapped[int]
    time_limit_s: Mapped[float]
    gap: Mapped[float]
    workers: Mapped[int]
    seed: Mapped[int]
    pause_date: Mapped[date]
    horizon_starts_on: Mapped[date]
    horizon_ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(server_default="queued")
    stop_requested: Mapped[str] = mapped_column(server_default="none")
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    certificate: Mapped[dict[str, Any] | None]
    summary: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]


def build_solve_checks() -> tuple[SchemaItem, ...]:
    """Return the constraints of these columns."""
    return (
        build_choice_check("status", ("queued", "running", "succeeded", "failed", "cancelled")),
        build_choice_check("stop_requested", ("none", "keep", "cancel")),
        build_range_check("weeks", 1, 104),
        CheckConstraint("time_limit_s > 0", name="time_limit_s_range"),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
    )


class ProgressColumns:
    """Best known value and bound of a tier at one moment; `seq` counts from 1."""

    seq: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[str]
    value: Mapped[int | None] = mapped_column(BigInteger)
    bound: Mapped[int | None] = mapped_column(BigInteger)
    elapsed_s: Mapped[float]
