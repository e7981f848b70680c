"""The inbox: everybody sees their own messages, and gets to the page concerned."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import AuditEvent, Message, User
from app.services.access.access import ROLE_PERMISSIONS, Permission
from app.services.messages.message_kinds import KINDS, MessageKind
from app.services.messages.outbox import News, add_messages
from app.services.transaction import transaction
from app.web.guard import find_need
from tests.app.web.conftest import Browser, Vendor

REVIEW = {"pause_id": 1, "codenames": ["Chordus"], "review_by": "2026-03-16"}


def get_user_id(session: Session, role: str) -> int:
    email = f"{role}@vendor.example"
    return session.scalars(select(User.id).where(User.email == email)).one()


def tell(session: Session, role: str, *events: int) -> list[int]:
    """Tell an account of as many reviews; return the ids of the messages."""
    user_id = get_user_id(session, role)
    with transaction(session):
        add_messages(
            session, "pause_review", [News(event, REVIEW, user_id=user_id) for event in events]
        )
    return list(
        session.scalars(select(Message.id).where(Message.user_id == user_id).order_by(Message.id))
    )


def test_every_role_sees_how_many_are_unread(
    session: Session, browse: Callable[[str], Browser]
) -> None:
    for role, page in (
        ("ops_manager", "/ops/pauses"),
        ("payroll", "/payroll/"),
        ("admin", "/admin/users"),
    ):
        browser = browse(role)
        assert "unread" not in browser.get(page).text
        tell(session, role, 1, 2)
        assert "Messages 2 unread" in browser.get(page).text
        assert "2 unread messages" in browser.get("/messages/").text


def test_contractor_reads_of_the_pause_and_gets_to_the_page(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    page = contractor.get("/messages/")
    assert "Unread: Your work is paused: Chordus" in page.text
    assert "They called at nine" not in page.body
    (message_id,) = session.scalars(select(Message.id).where(Message.contractor_id == "C1"))
    form = {"csrf_token": page.csrf_token}
    opened = contractor.send("POST", f"/messages/{message_id}/open", data=form)
    assert (opened.status_code, opened.headers["Location"]) == (302, "/my/work")
    read = contractor.get("/messages/")
    assert "All read" in read.text
    assert "Unread: " not in read.text
    assert "Nothing unread" in contractor.get("/messages/?show=unread").text


@pytest.mark.parametrize("role", ["payroll", "contractor"])
def test_somebody_else_s_message_is_not_there(
    session: Session, browse: Callable[[str], Browser], role: str
) -> None:
    browser = browse(role)
    (message_id,) = tell(session, "ops_manager", 1)
    page = browser.get("/messages/")
    assert "Chordus" not in page.text
    for number in (message_id, 987_654):
        assert browser.post(f"/messages/{number}/open", {}).status == 404
    browser.post("/messages/read", {"newest": str(message_id)})
    assert session.scalars(select(Message.read_at)).all() == [None]


def test_staff_account_of_a_contractor_shows_no_message_of_their_work(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    session.execute(
        update(User).where(User.email == "contractor@vendor.example").values(contractor_id=None)
    )
    session.execute(
        update(User).where(User.email == "ops_manager@vendor.example").values(contractor_id="C1")
    )
    session.commit()
    assert "Your work is paused" not in ops.get("/messages/").text


def test_what_came_after_the_page_stays_unread(ops: Browser, session: Session) -> None:
    seen = tell(session, "ops_manager", 1, 2)
    page = ops.get("/messages/")
    assert page.inputs["newest"] == str(seen[-1])
    tell(session, "ops_manager", 3)
    answer = ops.post("/messages/read", {"newest": page.inputs["newest"]})
    assert "2 messages marked as read." in answer.text
    assert "1 unread message" in answer.text


def test_pages_of_messages_meet_without_a_gap(ops: Browser, session: Session) -> None:
    ids = tell(session, "ops_manager", *range(1, 36))
    first = ops.get("/messages/")
    assert first.body.count("inbox-row") == 30
    assert f"before={ids[5]}" in first.body
    second = ops.get(f"/messages/?before={ids[5]}")
    assert second.body.count("inbox-row") == 5
    assert "Older" not in second.text
    assert "Latest" in second.text


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30])
def test_number_that_no_message_has_is_refused(ops: Browser, number: str) -> None:
    assert ops.get(f"/messages/?before={number}").status == 400
    assert ops.post("/messages/read", {"newest": number}).status == 400


def test_everybody_chooses_when_messages_are_mailed(ops: Browser, session: Session) -> None:
    assert 'value="at_once" checked' in ops.get("/messages/").body
    answer = ops.post("/messages/mail", {"mail_mode": "daily"})
    assert "Your choice is saved." in answer.text
    assert 'value="daily" checked' in answer.body
    assert "Nothing had changed." in ops.post("/messages/mail", {"mail_mode": "daily"}).text
    assert ops.post("/messages/mail", {"mail_mode": "hourly"}).status == 400
    chosen = session.scalars(
        select(AuditEvent.after).where(AuditEvent.action == "user.mail_chosen")
    ).all()
    assert chosen == [{"mail_mode": "daily"}]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_message_leads_to_a_page_that_its_reader_may_open(app: Flask, kind: MessageKind) -> None:
    path = kind.path.format_map(dict.fromkeys(kind.facts, "1"))
    with app.test_request_context(path):
        endpoint, _ = app.url_map.bind("localhost").match(path.partition("?")[0])
        need = find_need(endpoint)
    assert isinstance(need, Permission)
    readers = [role for role in ROLE_PERMISSIONS if (role != "contractor") == kind.to_staff]
    assert any(need in ROLE_PERMISSIONS[role] for role in readers if role != "system")
