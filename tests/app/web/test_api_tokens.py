"""The page of one's own API tokens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ApiToken
from tests.app.web.conftest import Browser

WISH = {"name": "Payroll sync", "scope": ["ops:read"], "num_days": "30"}


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """The API too: it is where tokens open something."""
    return whole_app


def call(app: Flask, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return app.test_client().get("/api/v1/projects", headers=headers).status_code


def test_a_token_is_shown_once_and_works_until_it_is_revoked(app: Flask, ops: Browser) -> None:
    assert "No token yet" in ops.get("/tokens").text
    secret = ops.post("/tokens", WISH).inputs["token"]
    assert call(app, secret) == 200
    page = ops.get("/tokens")
    assert "Payroll sync" in page.text
    assert secret not in page.body
    found = re.search(r"/tokens/\d+/revoke", page.body)
    assert found is not None
    assert "very next call is refused" in ops.post(found[0], {}).text
    assert call(app, secret) == 401


def test_the_page_offers_what_the_role_may(browse: Callable[[str], Browser]) -> None:
    page = browse("payroll").get("/tokens").body
    offered = set(re.findall(r'name="scope" value="([^"]+)"', page))
    desks = ("account", "formats", "groups", "hours", "payroll")
    both = {f"{desk}:{verb}" for desk in desks for verb in ("read", "write")}
    assert offered == both | {"payroll:correct"}


def test_a_wish_beyond_the_role_makes_nothing(payroll: Browser, session: Session) -> None:
    page = payroll.post("/tokens", WISH)
    assert page.status == 400
    assert "Choose at least one thing" in page.text
    assert payroll.post("/tokens", {**WISH, "rate": "1"}).status == 400
    assert session.scalars(select(ApiToken)).all() == []


def test_someone_elses_token_reads_like_a_missing_one(
    ops: Browser, payroll: Browser, session: Session
) -> None:
    """Check 2: another account's token is not there."""
    ops.post("/tokens", WISH)
    foreign = payroll.post("/tokens/1/revoke", {})
    assert foreign.status == 404
    assert foreign.text == payroll.post("/tokens/987654/revoke", {}).text
    assert session.scalars(select(ApiToken.revoked_at)).all() == [None]
