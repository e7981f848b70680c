"""Recall plans: who returns when a paused project resumes, and what the others lose by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, build_choice_check, build_range_check
from app.models.solves import ProgressColumns, SolveColumns, build_solve_checks

RECALL_CHANGES = (
    "returns",
    "does not return",
    "leaves",
    "changes hours",
    "stays",
    "moves",
)


class Recall(SolveColumns, Base):
    """One solve of a resumed pause; `pause_date` is the Monday it plans from.

    applied_at  when the pause was resumed by it
    """

    __tablename__ = "recalls"
    __table_args__ = (
        *build_solve_checks(),
        Index(
            "uq_recalls_pause_id_unfinished",
            "pause_id",
            unique=True,
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
    )

    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"), index=True)
    applied_at: Mapped[datetime | None]


class RecallProgress(ProgressColumns, Base):
    """Progress of a recall while it is solved."""

    __tablename__ = "recall_progress"

    recall_id: Mapped[int] = mapped_column(
        ForeignKey("recalls.id", ondelete="CASCADE"), primary_key=True
    )


class RecallRow(Base):
    """What becomes of one contractor on one project; hours a week, 0 where there are none.

    change   `solver.recall_plan.Change`, or `does not return` for work that stays away
    chosen   False for a return that somebody took off the list
    """

    __tablename__ = "recall_rows"
    __table_args__ = (
        build_choice_check("change", RECALL_CHANGES),
        build_range_check("hours_today", 0, 168),
        build_range_check("hours_per_week", 0, 168),
        Index("ix_recall_rows_recall_id_change", "recall_id", "change"),
    )

    recall_id: Mapped[int] = mapped_column(
        ForeignKey("recalls.id", ondelete="CASCADE"), primary_key=True
    )
    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), primary_key=True)
    change: Mapped[str]
    hours_today: Mapped[int]
    hours_per_week: Mapped[int]
    chosen: Mapped[bool] = mapped_column(server_default=text("true"))
