"""Signing in and out: cookies, limits, and where people land."""

from __future__ import annotations

import pytest
from flask import Flask

from app import create_app
from app.config import Settings
from app.database import Database
from app.errors import ConfigurationError
from app.web.auth import SIGN_INS_A_MINUTE
from tests.app.web.conftest import Browser


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("role", "heading"),
    [
        ("ops_manager", "Needs attention"),
        ("contractor", "My assignments"),
        ("payroll", "Each hour goes into exactly one export"),
        ("admin", "Who may sign in"),
    ],
)
def test_sign_in_lands_on_the_role_s_desk(visitor: Browser, role: str, heading: str) -> None:
    page = visitor.sign_in(f"{role}@vendor.example")
    assert page.status == 200
    assert heading in page.text


@pytest.mark.usefixtures("people")
def test_sign_in_says_the_same_for_a_wrong_password_and_an_unknown_address(
    visitor: Browser,
) -> None:
    wrong = visitor.sign_in("admin@vendor.example", "not the password")
    unknown = visitor.sign_in("nobody@vendor.example", "not the password")
    assert "That e-mail and password do not match." in wrong.text
    assert wrong.text == unknown.text


@pytest.mark.usefixtures("people")
def test_sign_in_sends_back_to_the_page_asked_for(visitor: Browser) -> None:
    response = visitor.send("GET", "/ops/projects?status=open")
    assert response.status_code == 302
    assert "next=/ops/projects?status%3Dopen" in response.headers["Location"]


@pytest.mark.usefixtures("people")
def test_sign_in_is_limited(visitor: Browser) -> None:
    pages = [visitor.sign_in("admin@vendor.example", "guess") for _ in range(SIGN_INS_A_MINUTE + 1)]
    assert [page.status for page in pages[:-1]] == [200] * SIGN_INS_A_MINUTE
    assert pages[-1].status == 429
    assert "Too many attempts" in pages[-1].text


@pytest.mark.usefixtures("people")
def test_sign_out_ends_the_session(visitor: Browser) -> None:
    visitor.sign_in("admin@vendor.example")
    assert visitor.get("/admin/users").status == 200
    visitor.post("/logout", {})
    assert visitor.send("GET", "/admin/users").status_code == 302


@pytest.mark.usefixtures("people")
def test_session_cookie_is_out_of_reach(visitor: Browser) -> None:
    visitor_page = visitor.send("GET", "/login")
    cookie = visitor_page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_session_cookie_is_for_https_only_when_cookies_are_secure(database: Database) -> None:
    app = create_app(Settings.from_environment({"SECRET_KEY": "s" * 40}), database)
    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_app_needs_a_secret(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        create_app(Settings.from_environment({}), database)


def test_app_needs_a_database() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        create_app(Settings.from_environment({"SECRET_KEY": "s" * 40}))


def test_fragment_of_a_visitor_is_sent_to_the_sign_in(app: Flask, visitor: Browser) -> None:
    response = visitor.send("GET", "/ops/projects", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login"
