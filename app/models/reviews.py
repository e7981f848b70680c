"""Decisions on proposals in batches, explanations of them, and saved views of lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

BATCH_VERBS = ("approve", "reject", "publish")


class ReviewBatch(Base):
    """One decision of a manager on one proposal or on thousands.

    scope           which proposals were meant, in words
    query           the filter as it stood in the address, "" where rows were picked by hand
    status          `waiting` for a second approver, `running`, `done`, `withdrawn` or `undone`
    second_reasons  why a second approver was asked for, a sentence each; empty when none was
    num_done, num_refused  rows carried out so far, and rows that could not be
    """

    __tablename__ = "review_batches"
    __table_args__ = (
        build_choice_check("verb", BATCH_VERBS),
        build_choice_check("status", ("waiting", "running", "done", "withdrawn", "undone")),
        Index("ix_review_batches_plan_run_id_status", "plan_run_id", "status"),
    )

    id: Mapped[BigKey]
    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"))
    verb: Mapped[str]
    reason: Mapped[str]
    scope: Mapped[str]
    query: Mapped[str]
    status: Mapped[str]
    second_reasons: Mapped[list[str]] = mapped_column(server_default="[]")
    num_rows: Mapped[int]
    num_done: Mapped[int] = mapped_column(server_default="0")
    num_refused: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]


class ReviewBatchRow(Base):
    """One proposal of a batch in the version that the manager saw, and what became of it.

    outcome   `pending`, `done`, `refused`, `undone`, or `kept`: done, and not to be undone
    sentence  says why it was refused or kept
    """

    __tablename__ = "review_batch_rows"
    __table_args__ = (
        build_choice_check("outcome", ("pending", "done", "refused", "undone", "kept")),
        UniqueConstraint("batch_id", "proposal_id"),
        Index("ix_review_batch_rows_proposal_id", "proposal_id"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("review_batches.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"))
    version: Mapped[int]
    outcome: Mapped[str] = mapped_column(server_default="pending")
    sentence: Mapped[str] = mapped_column(server_default="")


class SavedView(Base):
    """A filter of a list that somebody keeps under a name; each person has their own."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "list_name", "name"),)

    id: Mapped[BigKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    list_name: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]


class Explanation(Base):
    """Why a contractor's proposals in a plan, and the runner-ups, as the plan was made.

    content  what `app.services.plans.plan_explanations` builds
    """

    __tablename__ = "explanations"

    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"), primary_key=True)
    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True, index=True
    )
    content: Mapped[dict[str, Any]]
