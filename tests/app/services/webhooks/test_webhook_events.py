"""Events for webhooks: written with what they tell of, and never with a name."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import AuditEvent, Client, Contractor, WebhookDelivery, WebhookEvent
from app.services.access.access import Actor
from app.services.offers.offer_answers import accept_offer, decline_offer, undo_answer
from app.services.pauses.extending import extend_pause
from app.services.pauses.resuming import resume_pause
from app.services.pauses.terminating import terminate_pause
from app.services.transaction import transaction
from app.services.webhooks.webhook_endpoints import (
    WebhookRules,
    register_endpoint,
    set_kinds,
    switch_endpoint,
)
from app.services.webhooks.webhook_events import add_event
from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS
from tests.app.offers import ADA, BO, add_offers
from tests.app.pay_world import FIRST, add_period, approve_day, export
from tests.app.services.webhooks.webhook_server import RULES
from tests.app.world import SYSTEM, add_world, pause_p1

URL = "https://hooks.example.org/redeploy"
ALL = tuple(WEBHOOK_KINDS)


def register(session: Session, kinds: tuple[str, ...] = ALL, url: str = URL) -> int:
    return register_endpoint(session, actor=SYSTEM, url=url, kinds=kinds, rules=RULES)[0]


def list_events(session: Session) -> list[tuple[str, dict[str, Any]]]:
    rows = session.scalars(select(WebhookEvent.body).order_by(WebhookEvent.id))
    said = [json.loads(body) for body in rows]
    return [(one["type"], one["data"]) for one in said]


def test_pause_and_its_end_are_told_with_codenames(session: Session) -> None:
    add_world(session, num_contractors=2)
    register(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=date(2026, 3, 3))
    (paused, access, resumed) = list_events(session)
    projects = [{"project_id": "P1", "codename": "Chordus"}]
    assert paused[0] == "pause.opened"
    assert (paused[1]["projects"], paused[1]["num_assignments"]) == (projects, 2)
    assert access[0] == "access.removal_due"
    assert [item["contractor_id"] for item in access[1]["items"]] == ["C1", "C2"]
    assert resumed == ("pause.resumed", {"pause_id": opened.pause_id, "projects": projects})


def test_extended_and_terminated_pause_is_told(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    register(session)
    today = datetime.now(UTC).date()
    for _ in range(2):
        extend_pause(
            session,
            actor=SYSTEM,
            pause_id=opened.pause_id,
            review_by=today + timedelta(days=30),
            today=today,
        )
    terminate_pause(session, actor=SYSTEM, pause_id=opened.pause_id, comment="over")
    (extended, terminated) = list_events(session)
    assert extended[0] == "pause.extended"
    assert extended[1]["review_by"] == str(today + timedelta(days=30))
    assert terminated[0] == "pause.terminated"


def test_offers_and_their_answers_are_told_without_the_reason(session: Session) -> None:
    register(session, ("offers.published", "offer.accepted", "offer.declined", "offer.undone"))
    first, second = add_offers(session).offer_ids
    accept_offer(session, actor=ADA, offer_id=first)
    accept_offer(session, actor=ADA, offer_id=first)
    decline_offer(session, actor=BO, offer_id=second, note="My own reason")
    undo_answer(session, actor=BO, offer_id=second)
    events = list_events(session)
    assert [kind for kind, _ in events] == [
        "offers.published",
        "offer.accepted",
        "offer.declined",
        "offer.undone",
    ]
    assert [one["offer_id"] for one in events[0][1]["offers"]] == [first, second]
    assert events[1][1]["contractor_id"] == "C1"
    assert "My own reason" not in json.dumps(events)


def test_export_is_told_without_money(session: Session) -> None:
    add_world(session)
    register(session)
    approve_day(session, 1, FIRST, "7.5")
    batch_id = export(session, add_period(session))
    ((kind, data),) = list_events(session)
    assert (kind, data["batch_id"], data["num_lines"]) == ("batch.exported", batch_id, 1)
    assert len(data["sha256"]) == 64


def test_events_name_neither_a_client_nor_a_person(session: Session) -> None:
    """A canary client name never leaves the house in a webhook."""
    register(session)
    add_world(session)
    session.get_one(Client, "K1").name = "Canary Client"
    for contractor in session.scalars(select(Contractor)):
        contractor.name = f"Canary {contractor.contractor_id}"
    session.commit()
    opened = pause_p1(session)
    terminate_pause(session, actor=SYSTEM, pause_id=opened.pause_id, comment="Canary comment")
    bodies = session.scalars(select(WebhookEvent.body)).all()
    assert len(bodies) == 3
    assert "Canary" not in "".join(bodies)


def test_long_lists_are_cut_into_several_events(session: Session) -> None:
    add_world(session, num_contractors=1001)
    register(session, ("access.removal_due",))
    pause_p1(session)
    sizes = [len(data["items"]) for _, data in list_events(session)]
    assert sizes == [500, 500, 1]


def test_nothing_is_written_that_nobody_hears(session: Session) -> None:
    add_world(session)
    endpoint_id = register(session, ("plan.ready",))
    other = register(session, ("pause.opened",), URL + "/2")
    switch_endpoint(session, actor=SYSTEM, endpoint_id=other, active=False)
    pause_p1(session)
    assert not list_events(session)
    set_kinds(session, actor=SYSTEM, endpoint_id=endpoint_id, kinds=("batch.exported",))
    approve_day(session, 1, FIRST, "7.5")
    export(session, add_period(session))
    assert session.scalars(select(WebhookDelivery.endpoint_id)).all() == [endpoint_id]


def test_event_goes_when_its_transaction_fails(session: Session) -> None:
    register(session, ("pause.resumed",))

    def fail() -> None:
        with transaction(session):
            add_event(session, "pause.resumed", {"pause_id": 1, "projects": []})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list_events(session)


@pytest.mark.parametrize(
    "data",
    [
        {"pause_id": 1},
        {"pause_id": 1, "projects": [], "client_id": "K1"},
        {"pause_id": 1, "projects": [{"project_id": "P1", "client": "Canary Client"}]},
    ],
)
def test_event_says_what_its_kind_says_and_no_more(
    session: Session, data: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"pause\.resumed"):
        add_event(session, "pause.resumed", data)


def test_registering_twice_is_refused_and_both_are_audited(session: Session) -> None:
    endpoint_id = register(session)
    with pytest.raises(Refused) as caught:
        register(session)
    assert caught.value.code == "registered"
    assert switch_endpoint(session, actor=SYSTEM, endpoint_id=endpoint_id, active=False)
    assert not switch_endpoint(session, actor=SYSTEM, endpoint_id=endpoint_id, active=False)
    assert not set_kinds(session, actor=SYSTEM, endpoint_id=endpoint_id, kinds=ALL)
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["webhook.registered", "webhook.disabled"]


def test_unusable_endpoint_is_refused(session: Session) -> None:
    rules = WebhookRules(RULES.secret_key)
    for url, kinds in ((URL, ()), (URL, ("no.kind",)), ("https://10.0.0.1/", ALL)):
        with pytest.raises(InvalidValue):
            register_endpoint(session, actor=SYSTEM, url=url, kinds=kinds, rules=rules)
    with pytest.raises(NotFound):
        switch_endpoint(session, actor=SYSTEM, endpoint_id=1, active=True)


def test_only_administrators_keep_endpoints(session: Session) -> None:
    manager = Actor(None, "m", frozenset({"ops_manager"}))
    with pytest.raises(Forbidden):
        register_endpoint(session, actor=manager, url=URL, kinds=ALL, rules=RULES)
    with pytest.raises(Forbidden):
        switch_endpoint(session, actor=manager, endpoint_id=1, active=True)
