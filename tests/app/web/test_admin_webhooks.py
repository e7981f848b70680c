"""The administrator's pages of webhooks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.models import AuditEvent, WebhookDelivery, WebhookEndpoint
from app.services.transaction import transaction
from app.services.webhooks.webhook_events import add_event
from tests.app.web.conftest import Browser

URL = "https://hooks.example.org/redeploy"


@pytest.fixture(autouse=True)
def _switched_on(app: Flask) -> None:
    settings: Settings = app.extensions["redeploy.settings"]
    app.extensions["redeploy.settings"] = replace(settings, webhooks=True)


def register(admin: Browser) -> int:
    page = admin.post("/admin/webhooks", {"url": URL, "kinds": ["pause.resumed", "plan.ready"]})
    assert page.status == 200, page.text
    return 1


def happen(session: Session) -> int:
    with transaction(session):
        add_event(session, "pause.resumed", {"pause_id": 1, "projects": []})
    return session.scalars(select(WebhookDelivery.id)).one()


def test_endpoint_is_registered_and_its_secret_shown_once(admin: Browser, session: Session) -> None:
    assert "No endpoint yet" in admin.get("/admin/webhooks").text
    page = admin.post("/admin/webhooks", {"url": URL, "kinds": ["pause.resumed"]})
    assert "whsec_" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    endpoint = session.scalars(select(WebhookEndpoint)).one()
    assert endpoint.kinds == ["pause.resumed"]
    for path in ("/admin/webhooks", f"/admin/webhooks/{endpoint.id}", "/admin/audit"):
        assert "whsec_" not in admin.get(path).body
    assert URL in admin.get("/admin/webhooks").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"url": "http://hooks.example.org", "kinds": ["plan.ready"]}, "https:"),
        ({"url": "https://10.0.0.1/", "kinds": ["plan.ready"]}, "public internet"),
        ({"url": URL}, "at least one kind"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_registered(
    admin: Browser, session: Session, form: dict[str, object], sentence: str
) -> None:
    page = admin.post("/admin/webhooks", dict(form))
    assert page.status == 400
    assert sentence in page.text
    assert session.scalars(select(WebhookEndpoint.id)).all() == []


def test_nothing_is_registered_while_the_settings_switch_webhooks_off(
    app: Flask, admin: Browser, session: Session
) -> None:
    """Nothing leaves the house unless whoever operates the servers wants it."""
    app.extensions["redeploy.settings"] = replace(
        app.extensions["redeploy.settings"], webhooks=False
    )
    assert "Webhooks are switched off" in admin.get("/admin/webhooks").text
    page = admin.post("/admin/webhooks", {"url": URL, "kinds": ["plan.ready"]})
    assert page.status == 409
    assert session.scalars(select(WebhookEndpoint.id)).all() == []


def test_address_that_is_registered_is_said(admin: Browser) -> None:
    register(admin)
    page = admin.post("/admin/webhooks", {"url": URL, "kinds": ["plan.ready"]})
    assert page.status == 409
    assert "registered already" in page.text


def test_endpoint_is_changed_switched_and_gets_a_new_secret(
    admin: Browser, session: Session
) -> None:
    here = f"/admin/webhooks/{register(admin)}"
    assert "Saved" in admin.post(f"{here}/kinds", {"kinds": ["batch.exported"]}).text
    assert "at least one kind" in admin.post(f"{here}/kinds", {}).text
    assert "The endpoint is off" in admin.post(f"{here}/switch", {"active": "0"}).text
    assert "The endpoint is on" in admin.post(f"{here}/switch", {"active": "1"}).text
    assert "whsec_" in admin.post(f"{here}/secret", {}).text
    actions = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "webhook_endpoint")
        .order_by(AuditEvent.id)
    )
    assert actions.all() == [
        "webhook.registered",
        "webhook.changed",
        "webhook.disabled",
        "webhook.enabled",
        "webhook.secret_renewed",
    ]


def test_log_says_what_became_of_each_delivery(admin: Browser, session: Session) -> None:
    here = f"/admin/webhooks/{register(admin)}"
    assert "No delivery here" in admin.get(here).text
    delivery_id = happen(session)
    delivery = session.get_one(WebhookDelivery, delivery_id)
    delivery.status, delivery.error, delivery.num_tries = "given_up", "It answered <b>.", 7
    session.commit()
    page = admin.get(here)
    assert "Given up" in page.text
    assert "It answered &lt;b&gt;." in page.body
    assert "No delivery here" in admin.get(f"{here}?state=delivered").text
    assert "pause.resumed" in admin.get(f"{here}?format=csv").body
    assert "on its way" in admin.post(f"/admin/webhooks/deliveries/{delivery_id}/again", {}).text
    session.expire_all()
    assert session.get_one(WebhookDelivery, delivery_id).status == "waiting"


def test_missing_endpoint_and_delivery_read_like_any_missing_page(admin: Browser) -> None:
    for path in ("/admin/webhooks/9", "/admin/nowhere"):
        assert admin.get(path).status == 404
    assert admin.post("/admin/webhooks/9/switch", {"active": "1"}).status == 404
    assert admin.post("/admin/webhooks/deliveries/9/again", {}).status == 404
