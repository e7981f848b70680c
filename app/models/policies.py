"""Saved policies: what plans aim for and how far they may go, under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class SavedPolicy(Base):
    """A policy that a manager saved; a plan run keeps its own copy of the settings.

    name      unique among those in use, whatever its case
    settings  as `app.services.plans.policy_settings` writes them
    version   grows with each change, so that nobody overwrites what they have not seen
    archived_at  out of use since; the row stays for the history
    is_default   what is taken where nobody chooses; one at most
    """

    __tablename__ = "policies"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_not_blank"),
        Index(
            "uq_policies_name_used",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index(
            "uq_policies_is_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        CheckConstraint("archived_at IS NULL OR NOT is_default", name="default_is_used"),
    )

    id: Mapped[BigKey]
    name: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    settings: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default="1")
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
