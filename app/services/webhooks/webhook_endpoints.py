"""The endpoints of webhooks: registered, changed and switched by administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import WebhookDelivery, WebhookEndpoint
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_addresses import Network, find_url_problem
from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS
from app.services.webhooks.webhook_signing import draw_secret, seal_secret


@dataclass(frozen=True)
class WebhookRules:
    """What the settings say of webhooks.

    secret_key  seals the secrets of endpoints
    networks    private networks that webhooks may go to
    is_on       whether there are webhooks at all
    """

    secret_key: str = field(repr=False)
    networks: Sequence[Network] = ()
    is_on: bool = True


@retried
def register_endpoint(
    session: Session, *, actor: Actor, url: str, kinds: Sequence[str], rules: WebhookRules
) -> tuple[int, str]:
    """Add an endpoint; return its id and its secret, which can't be read again.

    Raises InvalidValue, or Refused (`webhooks_off`, `registered`).
    """
    require(actor, Permission.MANAGE_WEBHOOKS)
    if not rules.is_on:
        raise Refused("webhooks_off", "Webhooks are switched off.")
    problem = find_url_problem(url, rules.networks)
    if problem is not None:
        raise InvalidValue("url", url, problem)
    _check_kinds(kinds)
    secret = draw_secret()
    with transaction(session):
        added = (
            insert(WebhookEndpoint)
            .values(
                url=url,
                kinds=list(kinds),
                sealed_secret=seal_secret(secret, rules.secret_key),
                created_by=actor.user_id,
            )
            .on_conflict_do_nothing()
            .returning(WebhookEndpoint.id)
        )
        endpoint_id = session.scalar(added)
        if endpoint_id is None:
            raise Refused("registered", "This address is registered already.")
        after = {"url": url, "kinds": list(kinds), "status": "active"}
        _record(session, actor, endpoint_id, "registered", after=after)
    return endpoint_id, secret


@retried
def set_kinds(session: Session, *, actor: Actor, endpoint_id: int, kinds: Sequence[str]) -> bool:
    """Say of what an endpoint is told from now on; return whether that changed anything.

    Raises NotFound or InvalidValue.
    """
    require(actor, Permission.MANAGE_WEBHOOKS)
    _check_kinds(kinds)
    with transaction(session):
        endpoint = _lock(session, endpoint_id)
        before = {"kinds": list(endpoint.kinds)}
        endpoint.kinds = list(kinds)
        after = {"kinds": list(kinds)}
        if before == after:
            return False
        _record(session, actor, endpoint_id, "changed", before=before, after=after)
    return True


@retried
def switch_endpoint(session: Session, *, actor: Actor, endpoint_id: int, active: bool) -> bool:
    """Switch an endpoint on or off; return whether it was the other way. Raises NotFound.

    Off, it is told of nothing new; what waits for it goes out once it is on again.
    """
    require(actor, Permission.MANAGE_WEBHOOKS)
    status = "active" if active else "disabled"
    with transaction(session):
        endpoint = _lock(session, endpoint_id)
        before = {"status": endpoint.status}
        after = {"status": status}
        if before == after:
            return False
        endpoint.status = status
        if active:
            endpoint.failing_since, endpoint.num_failures, endpoint.error = None, 0, ""
            endpoint.next_try_at = datetime.now(UTC)
        verb = "enabled" if active else "disabled"
        _record(session, actor, endpoint_id, verb, before=before, after=after)
    return True


@retried
def renew_secret(session: Session, *, actor: Actor, endpoint_id: int, rules: WebhookRules) -> str:
    """Draw a new secret, with which all is signed from now on; return it. Raises NotFound."""
    require(actor, Permission.MANAGE_WEBHOOKS)
    secret = draw_secret()
    with transaction(session):
        endpoint = _lock(session, endpoint_id)
        endpoint.sealed_secret = seal_secret(secret, rules.secret_key)
        _record(session, actor, endpoint_id, "secret_renewed", after={"url": endpoint.url})
    return secret


@retried
def redeliver(session: Session, *, actor: Actor, delivery_id: int) -> int:
    """Send an event to its endpoint now, once more if need be; return the endpoint's id.

    Raises NotFound, or Refused (`disabled`).
    """
    require(actor, Permission.MANAGE_WEBHOOKS)
    with transaction(session):
        endpoint_id = session.scalar(
            select(WebhookDelivery.endpoint_id).where(WebhookDelivery.id == delivery_id)
        )
        if endpoint_id is None:
            raise NotFound("delivery", delivery_id)
        endpoint = _lock(session, endpoint_id)
        if endpoint.status != "active":
            raise Refused("disabled", "Switch the endpoint on first.")
        delivery = session.get_one(
            WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True
        )
        before = {"delivery": delivery_id, "status": delivery.status}
        now = datetime.now(UTC)
        delivery.status, delivery.ended_at = "waiting", None
        delivery.queued_at = delivery.next_try_at = endpoint.next_try_at = now
        after = {"delivery": delivery_id, "status": "waiting"}
        _record(session, actor, endpoint_id, "redelivered", before=before, after=after)
    return endpoint_id


def _check_kinds(kinds: Sequence[str]) -> None:
    if not kinds or not set(kinds) <= set(WEBHOOK_KINDS):
        raise InvalidValue("kinds", ", ".join(kinds), "at least one kind of event of the list")


def _lock(session: Session, endpoint_id: int) -> WebhookEndpoint:
    endpoint = session.get(
        WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True
    )
    if endpoint is None:
        raise NotFound("webhook endpoint", endpoint_id)
    return endpoint


def _record(
    session: Session,
    actor: Actor,
    endpoint_id: int,
    verb: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record(
        session,
        actor=actor,
        action=f"webhook.{verb}",
        subject=("webhook_endpoint", endpoint_id),
        before=before,
        after=after,
    )
