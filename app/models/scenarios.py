"""Scenarios: what-if solves whose answers stay here and never become proposals."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Cents, build_choice_check
from app.models.pauses import PEOPLE_KINDS
from app.models.solves import ProgressColumns, SolveColumns, build_solve_checks


class Scenario(SolveColumns, Base):
    """One solve of a real or a hypothetical pause under a policy.

    pause_id   the pause whose present state it starts from; None = a hypothetical pause
    paused_project_ids  the projects inside the scope
    people_kind, people_values, people_ids  whose work a hypothetical pause stops, as
               `app.models.Pause` says it, and who that was when it was asked; None = everybody
    extra_demand  hypothetical hours and seats: `{"project_id", "hours", "seats"}` each
    new_projects  projects that do not exist: fields of `scenario_loading.NewProject` each
    left_out_ids  contractors whom it leaves where they are: without hours to lose, in no place
    batch      number that the scenarios of one request share: they plan the same people
    """

    __tablename__ = "scenarios"
    __table_args__ = (
        *build_solve_checks(),
        build_choice_check("people_kind", PEOPLE_KINDS),
        Index("ix_scenarios_batch", "batch"),
    )

    pause_id: Mapped[int | None] = mapped_column(ForeignKey("pauses.id"), index=True)
    paused_project_ids: Mapped[list[str]]
    extra_demand: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    people_kind: Mapped[str] = mapped_column(server_default="everyone")
    people_values: Mapped[list[str]] = mapped_column(server_default="[]")
    people_ids: Mapped[list[str] | None]
    new_projects: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    left_out_ids: Mapped[list[str]] = mapped_column(server_default="[]")
    batch: Mapped[int] = mapped_column(BigInteger)


class ScenarioProgress(ProgressColumns, Base):
    """Progress of a scenario while it is solved."""

    __tablename__ = "scenario_progress"

    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True
    )


class ScenarioPerson(Base):
    """What a scenario does for one affected contractor.

    lost_hours, floor_hours  per week
    restored_hours  per week, averaged over the workdays in the horizon
    covered    at or above the floor
    places     `[project_id, hours a week]` each, in order of id; approved places included
    pay_change_cents  per week, of the new places against the rate lost, in `currency`
    blocker    rule code, `capacity`, `away`, or `left_out` by the policy; "" for who gets back
               everything
    """

    __tablename__ = "scenario_people"

    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True
    )
    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    lost_hours: Mapped[int]
    floor_hours: Mapped[int]
    restored_hours: Mapped[float] = mapped_column(Numeric(7, 2, asdecimal=False))
    covered: Mapped[bool]
    places: Mapped[list[Any]] = mapped_column(JSONB)
    pay_change_cents: Mapped[Cents]
    currency: Mapped[str]
    blocker: Mapped[str] = mapped_column(server_default="")
