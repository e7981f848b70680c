"""What contractors say of themselves, beside what the imported roster says of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Cents, build_choice_check, build_range_check

CLAIM_STATUSES = ("claimed", "confirmed", "refused")

_MAX_HOURS_A_WEEK = 168
_MAX_RATE_CENTS = 100_000_000


class Availability(Base):
    """How much a contractor wants to work, and for how much; None = as the roster says.

    hours_per_week  over all work, at most what the roster allows
    least_rate_cents  an hour, instead of the roster's minimum rate
    """

    __tablename__ = "availability"
    __table_args__ = (
        build_range_check("hours_per_week", 0, _MAX_HOURS_A_WEEK),
        build_range_check("least_rate_cents", 0, _MAX_RATE_CENTS),
    )

    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    hours_per_week: Mapped[int | None]
    least_rate_cents: Mapped[Cents | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SkillClaim(Base):
    """A level in a skill that a contractor claims; plans see it once a manager confirmed it.

    level            as claimed last, 1 to 5
    confirmed_level  as confirmed last, None = never
    """

    __tablename__ = "skill_claims"
    __table_args__ = (
        build_range_check("level", 1, 5),
        build_range_check("confirmed_level", 1, 5),
        build_choice_check("status", CLAIM_STATUSES),
        CheckConstraint(
            "status <> 'confirmed' OR confirmed_level IS NOT NULL", name="confirmed_with_a_level"
        ),
        Index("ix_skill_claims_waiting", "claimed_at", postgresql_where=text("status = 'claimed'")),
    )

    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    skill: Mapped[str] = mapped_column(ForeignKey("skills.name"), primary_key=True, index=True)
    level: Mapped[int]
    confirmed_level: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default="claimed")
    claimed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(server_default="")
