"""The secret addresses at which contractors' calendars read their work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class CalendarLink(Base):
    """One secret address; a contractor has one that works at most.

    token_sha256  of the secret in the address, in hexadecimal; the secret itself is kept nowhere
    user_id       the account that made it: it works while that one may see the work
    """

    __tablename__ = "calendar_links"
    __table_args__ = (
        Index(
            "uq_calendar_links_contractor_id_working",
            "contractor_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[BigKey]
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
