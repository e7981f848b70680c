"""Messages to people: written with the event that they tell of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class Message(Base):
    """What one person is told of one event; there is never a second one.

    contractor_id, user_id  whom it is for: a contractor, or staff by their account
    kind   a code of `app.services.messages.message_kinds`
    event  which event of this kind, such as the number of a pause
    facts  what its text is made of: codenames, numbers, days; never a client's name
    to_mail  nobody has decided yet whether and how it is mailed; mail_id says in which mail it is
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contractor_id, user_id) = 1", name="one_person"),
        UniqueConstraint("kind", "event", "contractor_id"),
        UniqueConstraint("kind", "event", "user_id"),
        Index("ix_messages_contractor_id_id", "contractor_id", "id"),
        Index("ix_messages_user_id_id", "user_id", "id"),
        Index(
            "ix_messages_contractor_id_unread",
            "contractor_id",
            postgresql_where=text("read_at IS NULL"),
        ),
        Index("ix_messages_id_to_mail", "id", postgresql_where=text("to_mail")),
        Index("ix_messages_user_id_unread", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[BigKey]
    kind: Mapped[str]
    event: Mapped[str]
    contractor_id: Mapped[str | None] = mapped_column(ForeignKey("contractors.contractor_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]
    to_mail: Mapped[bool] = mapped_column(server_default="true")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"), index=True)
