"""Webhooks as the administrator's desk shows them: endpoints, and what became of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import User, WebhookDelivery, WebhookEndpoint, WebhookEvent
from app.services.paging import Page, PageRequest, Rows, read_page
from app.services.payroll.payroll_batches import NOBODY

_DELIVERY_COLUMNS = {"at": WebhookDelivery.id, "delivery_id": WebhookDelivery.id}
"""What deliveries can be sorted by: their numbers go with time."""


@dataclass(frozen=True)
class EndpointRow:
    """An endpoint; `failing_since` is None while it takes what it is sent."""

    endpoint_id: int
    url: str
    kinds: tuple[str, ...]
    status: str
    failing_since: datetime | None
    next_try_at: datetime
    error: str
    created_by: str
    created_at: datetime
    num_waiting: int


@dataclass(frozen=True)
class DeliveryRow:
    """One delivery in an endpoint's log; `at` is when its event happened."""

    delivery_id: int
    event_id: str
    kind: str
    status: str
    num_tries: int
    http_status: int | None
    error: str
    at: datetime
    next_try_at: datetime
    ended_at: datetime | None


def list_endpoints(session: Session) -> list[EndpointRow]:
    """Return all endpoints, the oldest first."""
    return [_build_row(*row) for row in session.execute(_select().order_by(WebhookEndpoint.id))]


def get_endpoint(session: Session, endpoint_id: int) -> EndpointRow:
    """Return one endpoint; raises NotFound."""
    row = session.execute(_select().where(WebhookEndpoint.id == endpoint_id)).one_or_none()
    if row is None:
        raise NotFound("webhook endpoint", endpoint_id)
    return _build_row(*row)


def find_deliveries(
    session: Session, endpoint_id: int, status: str, page: PageRequest
) -> Page[DeliveryRow]:
    """Return some deliveries of an endpoint; `status` "" takes all."""
    statement: Rows = (
        select(
            WebhookDelivery.id,
            WebhookEvent.event_id,
            WebhookEvent.kind,
            WebhookDelivery.status,
            WebhookDelivery.num_tries,
            WebhookDelivery.http_status,
            WebhookDelivery.error,
            WebhookEvent.created_at,
            WebhookDelivery.next_try_at,
            WebhookDelivery.ended_at,
        )
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
    )
    if status:
        statement = statement.where(WebhookDelivery.status == status)
    found = read_page(session, statement, page, _DELIVERY_COLUMNS, WebhookDelivery.id)
    return Page([DeliveryRow(*row) for row in found.rows], found.total)


def _select() -> Rows:
    waiting = (
        select(func.count())
        .where(
            WebhookDelivery.endpoint_id == WebhookEndpoint.id, WebhookDelivery.status == "waiting"
        )
        .scalar_subquery()
    )
    return (
        select(WebhookEndpoint, User.name, waiting)
        .outerjoin(User, User.id == WebhookEndpoint.created_by)
        .execution_options(populate_existing=True)
    )


def _build_row(endpoint: WebhookEndpoint, created_by: str | None, num_waiting: int) -> EndpointRow:
    return EndpointRow(
        endpoint.id,
        endpoint.url,
        tuple(endpoint.kinds),
        endpoint.status,
        endpoint.failing_since,
        endpoint.next_try_at,
        endpoint.error,
        created_by or NOBODY,
        endpoint.created_at,
        num_waiting,
    )
