"""Changes that somebody was denied: one event each, and nothing else written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from tests.app.web.conftest import ROLES, Browser
from tests.app.web.test_access import WHO, fill, is_allowed, list_rules


def list_denials(session: Session) -> list[tuple[str, str, object]]:
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "request.denied").order_by(AuditEvent.id)
    ).all()
    session.rollback()
    return [(row.actor, row.subject_id, row.after) for row in rows]


def count_events(session: Session) -> int:
    count = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    session.rollback()
    return count


@pytest.mark.parametrize("role", ROLES)
def test_every_change_that_a_role_is_denied_is_exactly_one_event(
    app: Flask, role: str, browse: Callable[[str], Browser], session: Session
) -> None:
    """Check 40: every route that changes something and is not this role's."""
    browser = browse(role)
    denied = [
        (method, fill(rule, {}))
        for method, rule in list_rules(app)
        if method != "GET"
        # The API knows tokens, not the sign-in of a browser; `nobody` is shown the way out.
        and not rule.rule.startswith("/api/")
        and WHO[method, rule.rule] != "nobody"
        and not is_allowed(WHO[method, rule.rule], role)
    ]
    assert denied
    before = count_events(session)
    for method, path in denied:
        assert browser.send(method, path).status_code == 403
    found = list_denials(session)
    assert count_events(session) == before + len(denied)
    assert [actor for actor, _endpoint, _after in found] == [f"The {role}"] * len(denied)
    assert [after for _actor, _endpoint, after in found] == [
        {"method": method, "path": path, "status": 403} for method, path in denied
    ]


def test_change_of_what_is_not_there_is_exactly_one_event(ops: Browser, session: Session) -> None:
    """Check 40: somebody else's object reads as none, and the try is kept."""
    assert ops.post("/ops/pauses/987654/extend", {"review_by": "2030-01-01"}).status == 404
    assert [(endpoint, after) for _actor, endpoint, after in list_denials(session)] == [
        (
            "ops.extend",
            {"method": "POST", "path": "/ops/pauses/987654/extend", "status": 404},
        )
    ]


def test_reading_what_is_not_ones_own_is_no_denied_change(
    contractor: Browser, visitor: Browser, session: Session
) -> None:
    assert contractor.get("/ops/").status == 403
    visitor.send("POST", "/ops/pauses")
    visitor.send("POST", "/no/such/page")
    assert list_denials(session) == []


def test_address_that_no_text_can_hold_is_kept_all_the_same(
    contractor: Browser, session: Session
) -> None:
    path = "/ops/plans/1/place/" + "x%00%ff" * 200
    assert contractor.send("POST", path).status_code == 403
    ((_actor, endpoint, after),) = list_denials(session)
    assert endpoint.startswith("ops.")
    assert isinstance(after, dict)
    assert after["path"].startswith("/ops/plans/1/place/x?")
    assert len(after["path"]) == 300
