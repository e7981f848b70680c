"""Sending events to endpoints: at least once each, retried, and given up after days.

A delivery is taken for _LEASE, sent, and marked. A worker that dies in between has sent it or
not: when the lease is over another one sends it again, with the same event id. So nothing is
lost, and a receiver that has seen an id drops what comes twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from threading import Event

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import WebhookDelivery, WebhookEndpoint
from app.services.access.access import Actor, Permission
from app.services.auditing.audit import record
from app.services.messages.mail_server import compute_wait
from app.services.messages.outbox import tell_staff
from app.services.send_loop import keep_sending
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_addresses import NotDelivered
from app.services.webhooks.webhook_endpoints import WebhookRules
from app.services.webhooks.webhook_posts import post
from app.services.webhooks.webhook_signing import SecretLost, build_headers, open_secret

GIVE_UP_AFTER = timedelta(days=5)
"""How long a delivery is tried, and an endpoint may fail before it is switched off."""

_LEASE = timedelta(minutes=2)
"""Longer than a post can take."""

_WORKER = Actor.of_system("worker")
_random = SystemRandom()


_TAKE = """
    WITH first AS MATERIALIZED (
        SELECT d.id FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        WHERE d.status = 'waiting' AND d.next_try_at <= :now
          AND e.status = 'active' AND e.next_try_at <= :now
        ORDER BY d.next_try_at, d.id LIMIT 1 FOR NO KEY UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries t
    SET num_tries = t.num_tries + 1, next_try_at = :taken_until
    FROM first, webhook_events v, webhook_endpoints e
    WHERE t.id = first.id AND v.id = t.event_id AND e.id = t.endpoint_id
    RETURNING t.id, t.endpoint_id, t.num_tries, v.event_id, v.body, e.url, e.sealed_secret
"""


@dataclass(frozen=True)
class _Taken:
    """A delivery that is ours for the time of the lease."""

    delivery_id: int
    endpoint_id: int
    num_tries: int
    event_id: str
    body: str
    url: str
    sealed_secret: str


def run_sender(database: Database, rules: WebhookRules, stop: Event) -> None:
    """Send events until `stop` is set; a database that is away is waited for."""
    keep_sending(
        lambda: send_events(database, rules, should_stop=stop.is_set),
        stop,
        sent="webhooks delivered",
        counted="num_deliveries",
        waits="webhooks wait for the database",
    )


def send_events(
    database: Database,
    rules: WebhookRules,
    *,
    get_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Send everything that is due; return how much was delivered. Any number may do so at once."""
    num_delivered = 0
    with database.session() as session:
        while not should_stop() and (taken := _take(session, get_now())) is not None:
            num_delivered += _send(session, taken, rules, get_now)
    return num_delivered


@retried
def _take(session: Session, now: datetime) -> _Taken | None:
    """Return what has waited longest, and let nobody else have it for the lease."""
    with transaction(session):
        keys = {"now": now, "taken_until": now + _LEASE}
        row = session.execute(text(_TAKE), keys).one_or_none()
        return None if row is None else _Taken(*row)


def _send(
    session: Session, taken: _Taken, rules: WebhookRules, get_now: Callable[[], datetime]
) -> bool:
    """Send a delivery and write down what became of it; return whether it arrived."""
    body = taken.body.encode("utf-8")
    try:
        secret = open_secret(taken.sealed_secret, rules.secret_key)
        headers = build_headers(secret, taken.event_id, body, get_now())
        status = post(taken.url, headers, body, rules.networks)
    except NotDelivered as error:
        _note_failure(session, taken, str(error), error.http_status, get_now())
        return False
    except SecretLost:
        sentence = "SECRET_KEY has changed: its secret can't be read. Make a new one."
        _note_failure(session, taken, sentence, None, get_now())
        return False
    _note_delivered(session, taken, status, get_now())
    return True


@retried
def _note_delivered(session: Session, taken: _Taken, status: int, now: datetime) -> None:
    with transaction(session):
        endpoint, delivery = _lock(session, taken)
        endpoint.failing_since, endpoint.num_failures, endpoint.error = None, 0, ""
        delivery.status, delivery.ended_at = "delivered", now
        delivery.http_status, delivery.error = status, ""


@retried
def _note_failure(
    session: Session, taken: _Taken, sentence: str, http_status: int | None, now: datetime
) -> None:
    """Let the delivery wait, and its endpoint too; after days give up, and switch it off."""
    with transaction(session):
        endpoint, delivery = _lock(session, taken)
        if delivery.num_tries != taken.num_tries or delivery.status != "waiting":
            # The lease was over: somebody else has it by now.
            return
        delivery.http_status, delivery.error = http_status, sentence
        delivery.next_try_at = now + _draw_wait(taken.num_tries)
        if now - delivery.queued_at >= GIVE_UP_AFTER:
            delivery.status, delivery.ended_at = "given_up", now
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.num_failures += 1
        endpoint.next_try_at = now + _draw_wait(endpoint.num_failures)
        endpoint.error = sentence
        if endpoint.status == "active" and now - endpoint.failing_since >= GIVE_UP_AFTER:
            _disable(session, endpoint)


def _disable(session: Session, endpoint: WebhookEndpoint) -> None:
    """Switch an endpoint off that has taken nothing for days, and tell the administrators."""
    endpoint.status = "disabled"
    record(
        session,
        actor=_WORKER,
        action="webhook.disabled",
        subject=("webhook_endpoint", endpoint.id),
        before={"status": "active", "failing_since": endpoint.failing_since},
        after={"status": "disabled", "error": endpoint.error},
    )
    event = f"{endpoint.id}:{endpoint.failing_since}"
    facts = {"endpoint_id": endpoint.id}
    tell_staff(session, "webhook_disabled", event, facts, permission=Permission.MANAGE_WEBHOOKS)


def _lock(session: Session, taken: _Taken) -> tuple[WebhookEndpoint, WebhookDelivery]:
    endpoint = session.get_one(
        WebhookEndpoint, taken.endpoint_id, with_for_update=True, populate_existing=True
    )
    delivery = session.get_one(
        WebhookDelivery, taken.delivery_id, with_for_update=True, populate_existing=True
    )
    return endpoint, delivery


def _draw_wait(num_tries: int) -> timedelta:
    """Return half a minute, a minute and so on, up to an hour, each a quarter more or less.

    What failed together does not come back together.
    """
    return compute_wait(num_tries) * _random.uniform(0.75, 1.25)
