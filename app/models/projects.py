"""Projects, what they ask for, and who is assigned to them.

Columns and limits are those of the data contract (`solver.roster.TABLES`); an assignment
carries more: whether a pause suspended it and which proposal it came from.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Cents, build_choice_check, build_range_check

_MAX_HOURS_A_WEEK = 168
_MAX_COUNT = 10_000_000
_MAX_RATE_CENTS = 100_000_000
_MAX_BUDGET_CENTS = 100_000_000_000_000


class Project(Base):
    """A body of work; the codename is the only name shown without need-to-know."""

    __tablename__ = "projects"
    __table_args__ = (
        build_choice_check("status", ("open", "paused", "closed")),
        build_range_check("demand_hours", 0, _MAX_COUNT),
        build_range_check("priority", 1, 5),
        build_range_check("seats", 0, _MAX_COUNT),
        build_range_check("min_hours", 1, _MAX_HOURS_A_WEEK),
        build_range_check("max_hours", 1, _MAX_HOURS_A_WEEK),
        build_range_check("clearance", 0, 4),
        build_range_check("pay_rate_cents", 0, _MAX_RATE_CENTS),
        build_range_check("weekly_budget_cents", 0, _MAX_BUDGET_CENTS),
        build_range_check("utc_offset", -12, 14),
        build_range_check("max_utc_distance", 0, 24),
        build_range_check("min_people", 1, _MAX_COUNT),
        build_range_check("people_per_lead", 1, _MAX_COUNT),
        build_range_check("lead_level", 1, 5),
        CheckConstraint("min_hours <= max_hours", name="hours_in_order"),
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
    )

    project_id: Mapped[str] = mapped_column(primary_key=True)
    codename: Mapped[str] = mapped_column(index=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.client_id"), index=True)
    status: Mapped[str]
    demand_hours: Mapped[int]
    priority: Mapped[int]
    seats: Mapped[int | None]
    min_hours: Mapped[int]
    max_hours: Mapped[int]
    clearance: Mapped[int]
    compartments: Mapped[str]
    pay_rate_cents: Mapped[Cents | None]
    weekly_budget_cents: Mapped[Cents | None]
    currency: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    utc_offset: Mapped[float | None]
    max_utc_distance: Mapped[float | None]
    countries: Mapped[str]
    min_people: Mapped[int] = mapped_column(server_default="1")
    people_per_lead: Mapped[int | None]
    lead_level: Mapped[int] = mapped_column(server_default="4")


class ProjectSkill(Base):
    """A skill that a project asks for (`required`) or likes to see."""

    __tablename__ = "project_skills"
    __table_args__ = (build_range_check("min_level", 1, 5), build_range_check("weight", 1, 10))

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), primary_key=True)
    skill: Mapped[str] = mapped_column(ForeignKey("skills.name"), primary_key=True, index=True)
    min_level: Mapped[int]
    required: Mapped[bool]
    weight: Mapped[int]


class Assignment(Base):
    """Contractor x project x weekly hours x dates x rate.

    suspended  a pause took the hours away; `suspended_by_pause_id` says which
    ended_by_pause_id  the terminated pause that ended it
    version    counts changes, so that a stale page cannot overwrite a newer state
    """

    __tablename__ = "assignments"
    __table_args__ = (
        build_range_check("hours_per_week", 1, _MAX_HOURS_A_WEEK),
        build_range_check("pay_rate_cents", 0, _MAX_RATE_CENTS),
        build_choice_check("status", ("active", "ended", "suspended")),
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
        CheckConstraint(
            "(status = 'suspended') = (suspended_by_pause_id IS NOT NULL)",
            name="suspended_by_a_pause",
        ),
        Index("ix_assignments_project_id_status", "project_id", "status"),
        Index(
            "ix_assignments_active",
            "project_id",
            "contractor_id",
            postgresql_include=["hours_per_week", "starts_on", "ends_on"],
            postgresql_where=text("status = 'active'"),
        ),
        *(
            Index(
                f"ix_assignments_{column}_contractor_id",
                column,
                "contractor_id",
                postgresql_where=text(f"{column} IS NOT NULL"),
            )
            for column in ("suspended_by_pause_id", "ended_by_pause_id")
        ),
    )

    assignment_id: Mapped[str] = mapped_column(primary_key=True)
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"))
    hours_per_week: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    pay_rate_cents: Mapped[Cents | None]
    status: Mapped[str]
    suspended_by_pause_id: Mapped[int | None] = mapped_column(ForeignKey("pauses.id"))
    ended_by_pause_id: Mapped[int | None] = mapped_column(ForeignKey("pauses.id"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"), unique=True)
    version: Mapped[int] = mapped_column(server_default="1")
