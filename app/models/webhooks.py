"""Webhooks: who hears of what, what happened, and what became of telling it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

ENDPOINT_STATUSES = ("active", "disabled")
DELIVERY_STATUSES = ("waiting", "delivered", "given_up")


class WebhookEndpoint(Base):
    """An address of another system, and the kinds of events that it is told of.

    sealed_secret  what its deliveries are signed with, sealed by a key that is not in the database
    failing_since  None while it takes what it is sent
    next_try_at    until then it is left in peace
    error          what went wrong last; "" when nothing did
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        build_choice_check("status", ENDPOINT_STATUSES),
        CheckConstraint("num_failures >= 0", name="num_failures_range"),
    )

    id: Mapped[BigKey]
    url: Mapped[str] = mapped_column(unique=True)
    kinds: Mapped[list[str]]
    sealed_secret: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    failing_since: Mapped[datetime | None]
    num_failures: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str] = mapped_column(server_default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookEvent(Base):
    """What happened, in the very bytes that every receiver gets.

    event_id  by which a receiver knows an event that comes again
    """

    __tablename__ = "webhook_events"

    id: Mapped[BigKey]
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WebhookDelivery(Base):
    """An event on its way to one endpoint.

    queued_at    when it was put on its way, the last time if that was more than once
    next_try_at  when it is to be sent; while it is being sent, when somebody else takes it over
    http_status  of the last answer; None without one
    ended_at     when it was delivered or given up
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        build_choice_check("status", DELIVERY_STATUSES),
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_next_try_at_waiting",
            "next_try_at",
            "id",
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[BigKey]
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_events.id"), index=True)
    status: Mapped[str] = mapped_column(server_default="waiting")
    num_tries: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    http_status: Mapped[int | None]
    error: Mapped[str] = mapped_column(server_default="")
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
