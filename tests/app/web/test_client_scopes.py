"""Ops managers of some clients, and auditors: what they see, and what they are led to."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import AuditEvent, Message, Offer, Pause, Recall, User
from app.services.access.access import Actor, Permission
from app.services.access.account_roles import set_user_roles
from app.services.access.client_scopes import set_client_scope
from app.services.messages.outbox import list_user_ids
from app.services.pauses.reminding import remind
from tests.app.web.conftest import SYSTEM, Browser
from tests.app.web.every_key import CODENAMES, World, add_world, limit_manager

_NO_PAGE = ("/static/", "/bootstrap/", "/htmx/", "/ops/exposure/evidence/")
"""Files, which are no text."""


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """The API too: a link leads to what describes it."""
    return whole_app


@pytest.fixture
def world(session: Session, people: None) -> World:
    """One object for every key, of K1 and of K2."""
    return add_world(session)


@pytest.fixture
def limited(world: World, session: Session, browse: Callable[[str], Browser]) -> Browser:
    """The browser of the ops manager, who is limited to client K1."""
    limit_manager(session, "K1")
    return browse("ops_manager")


def crawl(browser: Browser, start: str) -> dict[str, str]:
    """Open every page that links lead to from `start` on; return address -> body."""
    found: dict[str, str] = {}
    seen, waiting = {start}, deque([start])
    while waiting:
        address = waiting.popleft()
        page = browser.get_on(address)
        assert page.status == 200, f"a link leads to {address}: {page.status}"
        found[address] = page.body
        for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)"', page.body):
            target = urlsplit(link.replace("&amp;", "&"))
            # A list sorted otherwise says the same; its file may say more.
            shape = target.path + ("?csv" if "csv" in target.query else "")
            if not link.startswith(_NO_PAGE) and shape not in seen:
                seen.add(shape)
                waiting.append(link.replace("&amp;", "&"))
    return found


def test_limited_manager_sees_no_other_client_s_work(limited: Browser) -> None:
    """Check 2: on no page that any link leads to, and no link leads to a refusal.

    Where people are placed, any open project is a choice, by its codename.
    """
    pages = {
        address: body
        for address, body in crawl(limited, "/ops/").items()
        if not re.search(r"/(place|change|blockers)\b", address)
    }
    others = "|".join(CODENAMES["K2"])
    assert {address: re.findall(others, body) for address, body in pages.items()} == {
        address: [] for address in pages
    }
    assert any(CODENAMES["K1"][0] in body for body in pages.values())
    assert len(pages) > 20


def test_auditor_reads_the_trail_and_the_ledger_and_is_led_nowhere_else(
    world: World, browse: Callable[[str], Browser]
) -> None:
    auditor = browse("auditor")
    pages = crawl(auditor, "/")
    assert any(address.startswith("/admin/audit") for address in pages)
    assert any(address.startswith("/ops/exposure/contractors/") for address in pages)
    assert not [body for body in pages.values() if re.search(r"<form[^>]*post[^>]*/ops/", body)]


@pytest.mark.parametrize(
    "address",
    [
        "/ops/insights",
        "/ops/policies",
        "/ops/scenarios",
        "/ops/claims",
        "/ops/exposure/contractors",
        "/ops/exposure/contractors/C1",
        "/timesheets/",
    ],
)
def test_pages_about_all_clients_are_refused(limited: Browser, address: str) -> None:
    assert limited.get(address).status == 403


def test_palette_finds_nothing_of_other_clients(limited: Browser) -> None:
    found = {name: limited.get(f"/palette?text={name}").text for name in ("chordus", "larkspur")}
    assert "Chordus" in found["chordus"]
    assert "Larkspur" not in found["larkspur"]
    for contractor_id in ("C2", "C3"):
        assert "Larkspur" not in limited.get(f"/palette?text={contractor_id}").body


@pytest.mark.parametrize("order", [{"scope": "project", "project": "P5"}, {"client": "K2"}])
def test_other_client_s_work_can_not_be_paused(
    limited: Browser, session: Session, order: dict[str, str]
) -> None:
    before = session.scalar(select(func.count()).select_from(Pause))
    session.rollback()
    scope = {"scope": "client"} if "client" in order else {}
    form = {**scope, **order, "reason_class": "funding", "effective": "now"}
    for address in ("/ops/pauses/impact", "/ops/pauses"):
        assert "Nightjar" not in limited.post(address, form).text
    assert session.scalar(select(func.count()).select_from(Pause)) == before


def test_other_client_s_offer_can_not_be_withdrawn(
    limited: Browser, session: Session, world: World
) -> None:
    rows = {"row": [str(world.others["offer_id"])], "reason": "not needed"}
    limited.post("/ops/offers/withdraw", rows)
    limited.post("/ops/offers/withdraw", {"all_matching": "1", "reason": "not needed"})
    keys = (world.others["offer_id"], world.own["offer_id"])
    assert [session.get_one(Offer, key).status for key in keys] == ["pending", "withdrawn"]


def test_limited_manager_is_not_told_of_other_clients(
    limited: Browser, session: Session, world: World
) -> None:
    for keys, is_told in ((world.own, True), (world.others, False)):
        pause = session.get_one(Pause, keys["pause_id"])
        told = list_user_ids(session, Permission.PAUSE, pause_id=pause.id)
        assert bool(told) == is_told
    review_by = pause.review_by
    assert review_by is not None
    remind(session, actor=SYSTEM, today=review_by)
    events = session.scalars(select(Message.facts).where(Message.kind == "pause_review"))
    assert {one["pause_id"] for one in events} == {world.own["pause_id"]}


def test_administrator_limits_a_manager_and_the_trail_says_so(
    world: World, browse: Callable[[str], Browser], session: Session
) -> None:
    ops, admin = browse("ops_manager"), browse("admin")
    user_id = find_user_id(session, "ops_manager")
    other = f"/ops/projects/{world.others['project_id']}"
    assert ops.get(other).status == 200
    address = f"/admin/users/{user_id}"
    page = admin.post(f"{address}/clients", {"client": ["K1"]})
    assert "It sees the work of these clients alone." in page.text
    assert ops.get(other).status == 404
    assert "was so already" in admin.post(f"{address}/clients", {"client": ["K1"]}).text
    assert admin.post(f"{address}/clients", {"client": ["K9"]}).status == 400
    assert "all clients" in admin.post(f"{address}/clients", {}).text
    assert ops.get(other).status == 200
    action = AuditEvent.action == "user.client_scope_set"
    events = session.scalars(select(AuditEvent).where(action).order_by(AuditEvent.id)).all()
    assert [event.after for event in events] == [{"client_ids": ["K1"]}, {"client_ids": []}]


def find_user_id(session: Session, role: str) -> int:
    found = session.scalars(select(User.id).where(User.email == f"{role}@vendor.example")).one()
    session.rollback()
    return found


def test_only_ops_managers_are_limited_and_nobody_limits_themselves(
    world: World, session: Session
) -> None:
    own = find_user_id(session, "ops_manager")
    actor = Actor(own, "x", frozenset({"admin"}))
    for change in (set_client_scope, set_user_roles):
        values = {"client_ids": ["K1"]} if change is set_client_scope else {"roles": ["admin"]}
        with pytest.raises(Refused, match="own"):
            change(session, actor=actor, user_id=own, **values)
        with pytest.raises(NotFound):
            change(session, actor=SYSTEM, user_id=-1, **values)
    payroll = find_user_id(session, "payroll")
    with pytest.raises(Refused, match="no ops manager"):
        set_client_scope(session, actor=SYSTEM, user_id=payroll, client_ids=["K1"])


def test_roles_are_set_and_a_manager_s_clients_go_with_the_role(
    limited: Browser, session: Session
) -> None:
    user_id = find_user_id(session, "ops_manager")
    assert set_user_roles(session, actor=SYSTEM, user_id=user_id, roles=["payroll", "auditor"])
    assert not set_user_roles(session, actor=SYSTEM, user_id=user_id, roles=["auditor", "payroll"])
    actor = Actor.of_user(session.get_one(User, user_id))
    assert actor.roles == {"payroll", "auditor"}
    assert actor.client_ids is None
    set_user_roles(session, actor=SYSTEM, user_id=user_id, roles=["ops_manager"])
    assert Actor.of_user(session.get_one(User, user_id)).client_ids is None


@pytest.mark.parametrize(
    ("role", "roles", "code"),
    [
        ("contractor", ["contractor", "payroll"], "contractor_alone"),
        ("payroll", ["contractor"], "no_contractor"),
    ],
)
def test_role_contractor_stands_alone_and_needs_a_contractor(
    session: Session, people: None, role: str, roles: list[str], code: str
) -> None:
    user_id = find_user_id(session, role)
    with pytest.raises(Refused) as caught:
        set_user_roles(session, actor=SYSTEM, user_id=user_id, roles=roles)
    assert caught.value.code == code


def test_limited_manager_cannot_tell_strangers_from_nobody_bug(
    limited: Browser, session: Session
) -> None:
    """Check 2: a pasted list of ids told who is on the roster of other clients."""
    order = {"scope": "project", "project_id": "P4", "people": "list", "zone": "UTC"}
    told = {}
    for contractor_id in ("C3", "C9"):
        page = limited.post("/ops/pauses/impact", {**order, "people_list": contractor_id})
        assert page.status == 200
        told[contractor_id] = page.text.replace(contractor_id, "X")
    assert told["C3"] == told["C9"]
    assert "There is no contractor X" in told["C3"]


def test_recall_of_another_pause_reads_as_none_bug(
    limited: Browser, world: World, session: Session
) -> None:
    """Check 2: resuming by other clients' recall told that there was one, and how far it was."""
    foreign = world.others["recall_id"]
    address = f"/ops/pauses/{world.own['pause_id']}/resume"
    for status in ("queued", "succeeded"):
        recall = session.get_one(Recall, foreign)
        recall.status = status
        session.commit()
        answers = [limited.post(address, {"recall_id": key}) for key in (foreign, "987654")]
        assert [page.status for page in answers] == [404, 404]
        assert answers[0].text == answers[1].text
