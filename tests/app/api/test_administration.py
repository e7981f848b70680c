"""What administrators do through the API: accounts, mail and webhook endpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.application import API
from app.config import Settings
from app.models import ApiCall, AuditEvent, Mail, User
from app.services.transaction import transaction
from app.services.webhooks.webhook_events import add_event
from tests.app.api.conftest import Program, find_actor
from tests.app.web.conftest import Browser

NEW = {"email": "dee@vendor.example", "name": "Dee Ops", "role": "ops_manager"}


@pytest.fixture
def admin(make_program: Callable[..., Program]) -> Program:
    """A program of an administrator."""
    return make_program("admin")


def test_an_account_is_added_with_a_password_that_is_kept_nowhere(
    app: Flask, admin: Program, session: Session
) -> None:
    made = admin.post("/users", NEW, key="k")
    assert Browser(app).sign_in(NEW["email"], made["password"]).status == 200
    again = admin.call("POST", "/users", NEW, key="k")
    assert (again.status_code, again.get_json()["code"]) == (409, "answer_lost")
    assert session.scalars(select(ApiCall.body)).all() == [None]
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.added")).all()
    assert made["password"] not in str([vars(event) for event in events])
    session.rollback()
    refused = admin.call("POST", "/users", NEW)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "email_taken")
    for wrong in ({"role": "root"}, {"password": "let me in now"}, {"role": "contractor"}):
        assert admin.call("POST", "/users", {**NEW, **wrong}).status_code == 422
    assert admin.get("/users", text="Dee")["items"][0]["roles"] == ["ops_manager"]


def test_what_is_taken_from_an_account_is_gone_at_its_next_call(
    admin: Program, ops: Program, session: Session
) -> None:
    user_id = find_actor(session, "ops_manager").user_id
    path = f"/users/{user_id}"
    clients = {"client_ids": ["K2"]}
    assert [one["client_id"] for one in admin.get("/users/clients")["items"]] == ["K1", "K2"]
    assert admin.call("PUT", f"{path}/clients", clients).get_json() == {"changed": True}
    assert admin.call("PUT", f"{path}/clients", clients).get_json() == {"changed": False}
    assert [row["project_id"] for row in ops.get("/projects")["items"]] == ["P2", "P3"]
    assert admin.call("PUT", f"{path}/clients", {"client_ids": ["K9"]}).status_code == 422
    admin.call("PUT", f"{path}/contractor", {"contractor_id": "C3"})
    assert ops.get("/account")["contractor_id"] == "C3"
    admin.call("PUT", f"{path}/roles", {"roles": ["payroll"]})
    assert ops.call("GET", "/projects").status_code == 403
    assert admin.get(path)["client_ids"] == []
    assert admin.post(f"{path}/disable")["active"] is False
    assert ops.call("GET", "/me").status_code == 401
    assert admin.call("POST", f"{path}/disable", {}).get_json()["code"] == "disabled"
    assert admin.post(f"{path}/enable")["active"] is True


def test_nobody_changes_their_own_rights(admin: Program, session: Session) -> None:
    path = f"/users/{find_actor(session, 'admin').user_id}"
    calls = [
        admin.call("POST", f"{path}/disable", {}),
        admin.call("PUT", f"{path}/roles", {"roles": ["admin", "payroll"]}),
        admin.call("PUT", f"{path}/contractor", {"contractor_id": "C1"}),
        admin.call("POST", f"{path}/second-factor/reset", {}),
    ]
    assert {(one.status_code, one.get_json()["code"]) for one in calls} == {(409, "own_account")}


def test_the_way_back_needs_a_scope_of_its_own(
    admin: Program, make_program: Callable[..., Program], ops: Program, session: Session
) -> None:
    user_id = find_actor(session, "ops_manager").user_id
    narrow = make_program("admin", scopes=["users:read", "users:write"])
    for verb in ("password", "second-factor/reset", "sign-on/unbind"):
        assert narrow.call("POST", f"/users/{user_id}/{verb}", {}).status_code == 403
    user = session.get_one(User, user_id)
    user.tf_totp_secret, user.tf_primary_method = "secret", "authenticator"
    user.oidc_issuer, user.oidc_subject = "https://id.example", "one"
    session.commit()
    assert admin.post(f"/users/{user_id}/second-factor/reset")["has_two_factor"] is False
    assert admin.post(f"/users/{user_id}/sign-on/unbind")["sign_on_issuer"] is None
    assert len(admin.post(f"/users/{user_id}/password")["password"]) > 12
    assert ops.call("GET", "/me").status_code == 401


def test_mail_that_may_not_have_arrived_is_sent_once_more(admin: Program, session: Session) -> None:
    mail = Mail(contractor_id="C1", status="in_doubt", error="", ended_at=datetime.now(UTC))
    session.add(mail)
    session.commit()
    stuck = admin.get("/mail")["stuck"]
    assert [one["mail_id"] for one in stuck] == [mail.id]
    path = f"/mail/{stuck[0]['mail_id']}/again"
    session.rollback()
    assert admin.post(path)["num_waiting"] == 1
    assert admin.call("POST", path, {}).get_json()["code"] == "not_stuck"


ENDPOINT = {"url": "https://hooks.example.org/redeploy", "kinds": ["pause.resumed"]}


def test_endpoints_are_registered_changed_and_switched(
    app: Flask, admin: Program, session: Session
) -> None:
    assert admin.call("POST", "/webhooks", ENDPOINT).get_json()["code"] == "webhooks_off"
    api = app.extensions[API]
    settings: Settings = api.extensions["redeploy.settings"]
    api.extensions["redeploy.settings"] = replace(settings, webhooks=True)
    made = admin.post("/webhooks", ENDPOINT)
    assert made["secret"].startswith("whsec_")
    faults: list[dict[str, Any]] = [
        {"url": "https://10.0.0.1/"},
        {"kinds": []},
        {"kinds": ["nothing"]},
    ]
    for wrong in faults:
        assert admin.call("POST", "/webhooks", {**ENDPOINT, **wrong}).status_code == 422
    path = f"/webhooks/{made['endpoint_id']}"
    kinds = {"kinds": ["plan.ready", "pause.resumed"]}
    assert admin.call("PUT", f"{path}/kinds", kinds).get_json()["kinds"] == kinds["kinds"]
    with transaction(session):
        add_event(session, "pause.resumed", {"pause_id": 1, "projects": []})
        add_event(session, "pause.resumed", {"pause_id": 2, "projects": []})
    first = admin.get(f"{path}/deliveries", limit=1, state="waiting")
    rest = admin.get(first["links"]["next"])
    found = [row["delivery_id"] for page in (first, rest) for row in page["items"]]
    assert (found, first["total"], rest["links"]["next"]) == ([2, 1], 2, None)
    assert admin.post("/webhooks/deliveries/1/again")["num_waiting"] == 2
    switched = admin.call("PUT", f"{path}/switch", {"active": False}).get_json()
    assert switched["status"] == "disabled"
    refused = admin.call("POST", "/webhooks/deliveries/1/again", {})
    assert refused.get_json()["code"] == "disabled"
    assert admin.post(f"{path}/secret")["secret"] not in {made["secret"], ""}
    assert "whsec_" not in admin.call("GET", "/webhooks").get_data(as_text=True)
