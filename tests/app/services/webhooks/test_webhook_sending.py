"""Sending events to endpoints: at least once, signed, retried, given up after days."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFound, Refused
from app.models import AuditEvent, Message, WebhookDelivery, WebhookEndpoint
from app.services.transaction import transaction
from app.services.webhooks.webhook_endpoints import (
    WebhookRules,
    redeliver,
    register_endpoint,
    renew_secret,
    switch_endpoint,
)
from app.services.webhooks.webhook_events import add_event
from app.services.webhooks.webhook_sending import GIVE_UP_AFTER, send_events
from tests.app.processes import find_free_port
from tests.app.services.webhooks.webhook_server import RULES, Received, Receiver, serve_webhooks
from tests.app.world import SYSTEM, add_account


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serve_webhooks(Receiver()) as receiver:
        yield receiver


def register(session: Session, url: str) -> tuple[int, str]:
    return register_endpoint(
        session, actor=SYSTEM, url=url, kinds=("pause.resumed", "offer.declined"), rules=RULES
    )


def happen(session: Session, pause_id: int = 1) -> None:
    with transaction(session):
        data = {"pause_id": pause_id, "projects": [{"project_id": "P1", "codename": "Larch"}]}
        add_event(session, "pause.resumed", data)


def get_delivery(session: Session) -> WebhookDelivery:
    session.rollback()
    return session.scalars(select(WebhookDelivery).execution_options(populate_existing=True)).one()


def get_endpoint(session: Session) -> WebhookEndpoint:
    session.rollback()
    return session.scalars(select(WebhookEndpoint).execution_options(populate_existing=True)).one()


def send_at(database: Database, now: datetime) -> int:
    return send_events(database, RULES, get_now=lambda: now)


def soon() -> datetime:
    """An instant at which everything that has been written so far is due."""
    return datetime.now(UTC) + timedelta(seconds=1)


def test_event_arrives_with_a_signature_that_the_receiver_can_check(
    database: Database, session: Session, receiver: Receiver
) -> None:
    _endpoint, secret = register(session, receiver.url)
    happen(session)
    assert send_events(database, RULES) == 1
    (post,) = receiver.posts
    assert post.path == "/hook?of=redeploy"
    assert post.headers["content-type"] == "application/json"
    said = json.loads(post.body)
    assert said["type"] == "pause.resumed"
    assert said["data"] == {
        "pause_id": 1,
        "projects": [{"project_id": "P1", "codename": "Larch"}],
    }
    # As docs/webhooks.md tells receivers to do.
    signed = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed + post.body, hashlib.sha256)).decode()
    assert post.headers["webhook-signature"] == f"v1,{expected}"
    delivery = get_delivery(session)
    assert (delivery.status, delivery.num_tries, delivery.http_status) == ("delivered", 1, 204)


def test_event_is_sent_once_when_it_was_taken(
    database: Database, session: Session, receiver: Receiver
) -> None:
    register(session, receiver.url)
    for pause_id in range(3):
        happen(session, pause_id)
    assert send_events(database, RULES) == 3
    assert send_at(database, soon() + timedelta(days=1)) == 0
    assert len(set(receiver.event_ids)) == len(receiver.posts) == 3


def test_many_workers_at_once_send_each_event_once(
    database: Database, session: Session, receiver: Receiver
) -> None:
    register(session, receiver.url)
    for pause_id in range(12):
        happen(session, pause_id)
    barrier = Barrier(4)

    def work() -> None:
        barrier.wait()
        send_events(database, RULES)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(receiver.event_ids)) == len(receiver.posts) == 12


def test_failed_delivery_comes_again_later_with_the_same_id_and_bytes(
    database: Database, session: Session, receiver: Receiver
) -> None:
    register(session, receiver.url)
    happen(session)
    receiver.answer, now = lambda _post: 503, soon()
    assert send_at(database, now) == 0
    assert send_at(database, now + timedelta(seconds=20)) == 0
    assert len(receiver.posts) == 1
    assert get_delivery(session).error == "It answered 503."
    receiver.answer = lambda _post: 200
    assert send_at(database, now + timedelta(minutes=1)) == 1
    first, second = receiver.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert get_endpoint(session).failing_since is None


def test_waits_grow_and_differ(database: Database, session: Session, receiver: Receiver) -> None:
    register(session, receiver.url)
    happen(session)
    receiver.answer = lambda _post: 500
    now, waits = soon(), []
    for _ in range(12):
        send_at(database, now)
        due = max(get_delivery(session).next_try_at, get_endpoint(session).next_try_at)
        waits.append(due - now)
        now = due
    assert len(receiver.posts) == 12
    assert timedelta(seconds=22) < waits[0] < timedelta(seconds=38)
    assert waits[3] > timedelta(minutes=2)
    assert timedelta(minutes=45) <= waits[-1] <= timedelta(minutes=75)
    assert len(set(waits)) == 12


def test_failing_endpoint_keeps_no_other_waiting(
    database: Database, session: Session, receiver: Receiver
) -> None:
    register(session, f"http://127.0.0.1:{find_free_port()}/nobody")
    register(session, receiver.url)
    for pause_id in range(3):
        happen(session, pause_id)
    assert send_at(database, soon()) == 3
    session.rollback()
    tries = session.scalars(
        select(WebhookDelivery.num_tries).where(WebhookDelivery.status == "waiting")
    )
    assert sorted(tries) == [0, 0, 1]


def test_endpoint_that_fails_for_days_is_switched_off_and_admins_are_told(
    database: Database, session: Session, receiver: Receiver
) -> None:
    admin = add_account(session, "admin")
    add_account(session, "ops_manager")
    endpoint_id, _secret = register(session, receiver.url)
    happen(session)
    receiver.answer, now = lambda _post: 500, soon()
    send_at(database, now)
    happen(session, 2)
    send_at(database, now + GIVE_UP_AFTER + timedelta(hours=1))
    assert get_endpoint(session).status == "disabled"
    told = session.execute(select(Message.user_id, Message.kind, Message.facts)).all()
    assert told == [(admin.user_id, "webhook_disabled", {"endpoint_id": endpoint_id})]
    happen(session, 3)
    num_posts = len(receiver.posts)
    receiver.answer = lambda _post: 200
    assert send_at(database, now + GIVE_UP_AFTER + timedelta(days=1)) == 0
    assert len(receiver.posts) == num_posts
    # Switched on again it gets what waited, but nothing that happened meanwhile.
    assert switch_endpoint(session, actor=SYSTEM, endpoint_id=endpoint_id, active=True)
    send_at(database, now + GIVE_UP_AFTER + timedelta(days=2))
    assert len(set(receiver.event_ids)) == 2


def test_delivery_is_given_up_after_days_and_can_be_sent_again(
    database: Database, session: Session, receiver: Receiver
) -> None:
    endpoint_id, _secret = register(session, receiver.url)
    happen(session)
    receiver.answer, now = lambda _post: 400, soon()
    send_at(database, now)
    session.execute(update(WebhookEndpoint).values(failing_since=None))
    session.commit()
    send_at(database, now + GIVE_UP_AFTER + timedelta(hours=1))
    delivery = get_delivery(session)
    assert delivery.status == "given_up"
    receiver.answer = lambda _post: 200
    assert redeliver(session, actor=SYSTEM, delivery_id=delivery.id) == endpoint_id
    assert send_events(database, RULES) == 1
    assert get_delivery(session).status == "delivered"
    assert len(set(receiver.event_ids)) == 1
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["webhook.registered", "webhook.redelivered"]


def test_redelivery_needs_a_delivery_and_an_endpoint_that_is_on(
    database: Database, session: Session, receiver: Receiver
) -> None:
    endpoint_id, _secret = register(session, receiver.url)
    happen(session)
    delivery_id = get_delivery(session).id
    switch_endpoint(session, actor=SYSTEM, endpoint_id=endpoint_id, active=False)
    with pytest.raises(Refused) as caught:
        redeliver(session, actor=SYSTEM, delivery_id=delivery_id)
    assert caught.value.code == "disabled"
    with pytest.raises(NotFound):
        redeliver(session, actor=SYSTEM, delivery_id=delivery_id + 1)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_redirect_is_not_followed(
    database: Database, session: Session, receiver: Receiver, status: int
) -> None:
    register(session, receiver.url)
    happen(session)
    receiver.location, receiver.answer = receiver.url, lambda _post: status
    assert send_events(database, RULES) == 0
    assert len(receiver.posts) == 1
    assert get_delivery(session).http_status == status


def test_private_address_is_refused_when_it_is_sent_to(
    database: Database, session: Session, receiver: Receiver
) -> None:
    # The settings allowed it when it was registered, and do so no more.
    register(session, receiver.url)
    happen(session)
    assert send_events(database, WebhookRules(RULES.secret_key)) == 0
    assert not receiver.posts
    assert "127.0.0.1" in get_delivery(session).error


def test_changed_secret_key_is_said_and_a_new_secret_helps(
    database: Database, session: Session, receiver: Receiver
) -> None:
    endpoint_id, old = register(session, receiver.url)
    happen(session)
    other = WebhookRules("another key of at least 32 characters", RULES.networks)
    assert send_events(database, other) == 0
    assert "SECRET_KEY has changed" in get_delivery(session).error
    new = renew_secret(session, actor=SYSTEM, endpoint_id=endpoint_id, rules=other)
    assert new != old
    redeliver(session, actor=SYSTEM, delivery_id=get_delivery(session).id)
    assert send_events(database, other) == 1


_WORKER = """
import sys
from ipaddress import ip_network
from threading import Event
from app.database import Database
from app.services.webhooks.webhook_endpoints import WebhookRules
from app.services.webhooks.webhook_sending import run_sender
rules = WebhookRules(sys.argv[2], (ip_network("127.0.0.0/8"),))
run_sender(Database(sys.argv[1]), rules, Event())
"""


def test_worker_killed_between_sending_and_marking_loses_nothing(
    database: Database, session: Session, receiver: Receiver
) -> None:
    register(session, receiver.url)
    happen(session)
    command = [sys.executable, "-c", _WORKER, database.conninfo, RULES.secret_key]
    with subprocess.Popen(command) as worker:

        def kill(_post: Received) -> int:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            return 200

        receiver.answer = kill
        assert worker.wait(300) == -signal.SIGKILL
    assert get_delivery(session).status == "waiting"
    receiver.answer = lambda _post: 200
    # Nobody else takes it before the lease is over.
    assert send_at(database, datetime.now(UTC)) == 0
    assert send_at(database, datetime.now(UTC) + timedelta(minutes=3)) == 1
    assert len(receiver.posts) == 2
    assert len(set(receiver.event_ids)) == 1
    assert receiver.posts[0].body == receiver.posts[1].body
