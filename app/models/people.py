"""Clients and their walls, contractors with their skills and leave.

Columns and limits are those of the data contract (`solver.roster.TABLES`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check

_MAX_HOURS_A_WEEK = 168
_MAX_RATE_CENTS = 100_000_000


class Client(Base):
    """Who pays. The name is shown only to those with need-to-know."""

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Wall(Base):
    """Two competing clients, in either order; 0 days = never at the same time.

    since  day on which the wall became known here: work that began before is history
    """

    __tablename__ = "walls"
    __table_args__ = (build_range_check("cooling_off_days", 0, 36_500),)

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.client_id"), primary_key=True)
    competitor_id: Mapped[str] = mapped_column(
        ForeignKey("clients.client_id"), primary_key=True, index=True
    )
    cooling_off_days: Mapped[int]
    since: Mapped[date] = mapped_column(server_default=text("(now() AT TIME ZONE 'UTC')::date"))


class Skill(Base):
    """The name of a skill; languages are skills too (`lang:de`)."""

    __tablename__ = "skills"

    name: Mapped[str] = mapped_column(primary_key=True)


class Contractor(Base):
    """A person engaged for hours on projects."""

    __tablename__ = "contractors"
    __table_args__ = (
        build_range_check("max_weekly_hours", 0, _MAX_HOURS_A_WEEK),
        build_range_check("pay_rate_cents", 0, _MAX_RATE_CENTS),
        build_range_check("utc_offset", -12, 14),
        build_range_check("clearance", 0, 4),
        build_range_check("floor_hours", 0, _MAX_HOURS_A_WEEK),
        build_range_check("max_projects", 0, 100),
        build_range_check("min_pay_rate_cents", 0, _MAX_RATE_CENTS),
        build_choice_check("status", ("active", "inactive")),
        Index("ix_contractors_country", "country", "contractor_id"),
        Index("ix_contractors_name", "name", "contractor_id"),
        Index("ix_contractors_lower_name", text("lower(name)"), "contractor_id"),
        Index(
            "ix_contractors_inactive",
            "contractor_id",
            postgresql_where=text("status = 'inactive'"),
        ),
    )

    contractor_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    max_weekly_hours: Mapped[int]
    pay_rate_cents: Mapped[Cents]
    currency: Mapped[str]
    country: Mapped[str]
    utc_offset: Mapped[float | None]
    clearance: Mapped[int]
    clearance_expires_on: Mapped[date | None]
    compartments: Mapped[str]
    floor_hours: Mapped[int | None]
    max_projects: Mapped[int]
    min_pay_rate_cents: Mapped[Cents | None]
    payroll_id: Mapped[str]
    status: Mapped[str]
    team: Mapped[str] = mapped_column(server_default="")
    pay_group_id: Mapped[int | None] = mapped_column(ForeignKey("pay_groups.id"), index=True)


class ContractorSkill(Base):
    """A contractor's level in one skill, 1 to 5.

    Triggers hold contractor and skill to those that exist, all rows of a statement at once: an
    import brings a million.
    """

    __tablename__ = "contractor_skills"
    __table_args__ = (build_range_check("level", 1, 5),)

    contractor_id: Mapped[str] = mapped_column(primary_key=True)
    skill: Mapped[str] = mapped_column(primary_key=True, index=True)
    level: Mapped[int]


class TimeOff(Base):
    """Leave of a contractor; both days belong to it.

    is_own  the contractor entered it: an import leaves it alone
    """

    __tablename__ = "time_off"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="dates_in_order"),)

    id: Mapped[BigKey]
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_own: Mapped[bool] = mapped_column(server_default="false")
