"""Programs that act for an account: their tokens, and what their calls were answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class ApiToken(Base):
    """A key with which a program acts for an account; the key itself is kept nowhere.

    hint          how the key begins, by which people tell keys apart
    token_sha256  of the key, in hexadecimal
    scopes        what it may be used for, names of `app.services.access.api_scopes.SCOPES`
    window_started_at, num_calls  the minute that the rate limit counts now, and its calls
    """

    __tablename__ = "api_tokens"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="expires_later"),)

    id: Mapped[BigKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    hint: Mapped[str]
    token_sha256: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    window_started_at: Mapped[datetime | None]
    num_calls: Mapped[int] = mapped_column(server_default="0")


class ApiCall(Base):
    """A call with an idempotency key, and its answer once there is one.

    It is written in the transaction of the first change that the call makes: there is never
    a change without it.

    key_sha256    of the key that the caller chose, in hexadecimal
    fingerprint   of what was asked, in hexadecimal: the same key may not ask for something else
    status, body, location  the answer as it was sent; None until it is kept
    """

    __tablename__ = "api_calls"
    __table_args__ = (CheckConstraint("(status IS NULL) = (body IS NULL)", name="answer_is_whole"),)

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True)
    key_sha256: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    called_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    status: Mapped[int | None]
    body: Mapped[str | None]
    location: Mapped[str | None]
