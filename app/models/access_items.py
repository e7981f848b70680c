"""The access that a pause takes from people beside their hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

ACCESS_KINDS = ("project", "compartment")


class AccessItem(Base):
    """One access that one person must lose because of a pause; ticked off by hand.

    kind, name  `project` and its codename, or `compartment` and the compartment
    removed_at  None while somebody still has to see to it
    """

    __tablename__ = "access_items"
    __table_args__ = (
        build_choice_check("kind", ACCESS_KINDS),
        UniqueConstraint("pause_id", "contractor_id", "kind", "name"),
        Index("ix_access_items_pause_id_removed_at", "pause_id", "removed_at"),
    )

    id: Mapped[BigKey]
    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"))
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"))
    kind: Mapped[str]
    name: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
