"""Mails: what the worker hands to the mail server, and how that server stands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

MAIL_MODES = ("at_once", "daily", "none")
"""When a person's messages are mailed: each at once, in one digest a day, or never."""

MAIL_STATUSES = ("waiting", "handing_over", "sent", "in_doubt", "refused", "given_up")


class Mail(Base):
    """One mail to one person: of one message, or the digest of a day.

    digest_on  the reader's day that a digest is of; None = the mail of one message
    status     `handing_over` while the server has the text and has not answered; `in_doubt` when
               the worker or the connection was lost then: it may have arrived, so it is not sent
               again by itself; `refused` by the server; `given_up` after days without an answer
    error      what the server said last
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contractor_id, user_id) = 1", name="one_person"),
        build_choice_check("status", MAIL_STATUSES),
        UniqueConstraint("contractor_id", "digest_on"),
        UniqueConstraint("user_id", "digest_on"),
        Index(
            "ix_mails_next_try_at_waiting",
            "next_try_at",
            "id",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_mails_status_id", "status", "id", postgresql_where=text("status <> 'sent'")),
    )

    id: Mapped[BigKey]
    contractor_id: Mapped[str | None] = mapped_column(ForeignKey("contractors.contractor_id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default="waiting")
    num_tries: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")


class MailServerState(Base):
    """Whether the mail server answers; the one row has the id 1.

    failing_since  None while it answers
    """

    __tablename__ = "mail_server_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    failing_since: Mapped[datetime | None]
    num_failures: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str] = mapped_column(server_default="")
