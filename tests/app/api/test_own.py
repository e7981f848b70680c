"""What everybody does of their own through the API: account, messages, tokens, availability."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ApiCall
from tests.app.api.conftest import Program
from tests.app.web.conftest import Browser, Vendor
from tests.app.world import add_held_skills


def test_one_reads_ones_own_account_and_no_other(ops: Program, contractor: Program) -> None:
    assert ops.get("/account")["email"] == "ops_manager@vendor.example"
    assert contractor.get("/account")["contractor_id"] == "C1"


def test_messages_are_listed_and_marked_as_read(
    contractor: Program, make_program: Callable[..., Program], paused: Vendor
) -> None:
    first = contractor.get("/messages", limit=1)
    assert (first["total"], len(first["items"])) == (1, 1)
    message = first["items"][0]
    assert message["text"]["subject"] == "Your work is paused: Chordus"
    path = f"/messages/{message['message_id']}/open"
    assert contractor.post(path) == {"path": "/my/work"}
    assert contractor.get("/messages", unread_only="true")["items"] == []
    newest = {"newest_id": message["message_id"]}
    assert contractor.post("/messages/read", newest) == {"num_read": 0}
    other = make_program("payroll")
    assert other.call("POST", path, {}).status_code == 404
    assert other.get("/messages")["items"] == []


def test_a_token_for_the_account_alone_reads_a_contractors_messages(
    make_program: Callable[..., Program], paused: Vendor
) -> None:
    program = make_program("contractor", scopes=["account:read"])
    assert program.get("/messages")["total"] == 1
    assert program.call("GET", "/own/hours").status_code == 403


def test_mail_comes_as_one_chooses(ops: Program) -> None:
    assert ops.call("PUT", "/account/mail", {"mail_mode": "none"}).get_json() == {"changed": True}
    assert ops.call("PUT", "/account/mail", {"mail_mode": "none"}).get_json() == {"changed": False}
    assert ops.get("/account/mail") == {"mail_mode": "none"}
    assert ops.call("PUT", "/account/mail", {"mail_mode": "often"}).status_code == 422


def test_a_token_revokes_its_accounts_tokens_and_makes_none(ops: Program, payroll: Program) -> None:
    token = ops.get("/tokens")["items"][0]
    assert (token["state"], "secret" in token) == ("works", False)
    path = f"/tokens/{token['token_id']}/revoke"
    assert payroll.call("POST", path, {}).status_code == 404
    # A token that could make another would outlive its own end.
    order = {"name": "Another", "scopes": ["ops:read"], "num_days": 1}
    assert ops.call("POST", "/tokens", order).status_code == 405
    assert ops.post(path) == {"changed": True}
    assert ops.call("GET", "/me").status_code == 401


def test_a_contractor_says_what_they_want_to_work(contractor: Program, session: Session) -> None:
    wish = {"hours_per_week": 10, "least_rate_cents": None}
    own = contractor.call("PUT", "/own/availability", wish).get_json()
    assert (own["hours_per_week"], own["least_rate_cents"]) == (10, None)
    for wrong in ({**wish, "hours_per_week": 168}, {**wish, "clearance": 4}, {}):
        assert contractor.call("PUT", "/own/availability", wrong).status_code == 422
    first = datetime.now(UTC).date() + timedelta(days=7)
    leave = {"starts_on": str(first), "ends_on": str(first + timedelta(days=6))}
    contractor.post("/own/leaves", leave)
    leaves = contractor.post("/own/leaves", leave)["leaves"]
    assert [one["is_own"] for one in leaves] == [True]
    path = f"/own/leaves/{leaves[0]['time_off_id']}/remove"
    assert contractor.post(path)["leaves"] == []
    assert contractor.call("POST", path, {}).status_code == 404
    back = {"starts_on": leave["ends_on"], "ends_on": leave["starts_on"]}
    assert contractor.call("POST", "/own/leaves", back).status_code == 422


def test_a_skill_is_claimed_until_the_ops_desk_confirms_it(
    contractor: Program, ops: Program, session: Session
) -> None:
    add_held_skills(session, "C3", "python", "sql")
    assert contractor.get("/own/skills")["items"] == ["python", "sql"]
    claims = contractor.post("/own/skills", {"skill": "python", "level": 5})["claims"]
    assert [(one["skill"], one["status"]) for one in claims] == [("python", "claimed")]
    for wrong in ({"skill": "?", "level": 1}, {"skill": "sql", "level": 6}):
        assert contractor.call("POST", "/own/skills", wrong).status_code == 422


def test_a_calendar_s_link_is_told_once_and_kept_nowhere(
    app: Flask, contractor: Program, session: Session
) -> None:
    link = contractor.post("/own/calendar", key="k")["link"]
    again = contractor.call("POST", "/own/calendar", {}, key="k")
    assert (again.status_code, again.get_json()["code"]) == (409, "answer_lost")
    assert session.scalars(select(ApiCall.body)).all() == [None]
    session.rollback()
    path, visitor = link.removeprefix("http://localhost"), Browser(app)
    assert visitor.send("GET", path).mimetype == "text/calendar"
    assert contractor.get("/own/calendar")["made_at"] is not None
    assert contractor.post("/own/calendar/revoke") == {"changed": True}
    assert contractor.post("/own/calendar/revoke") == {"changed": False}
    assert visitor.send("GET", path).status_code == 404
