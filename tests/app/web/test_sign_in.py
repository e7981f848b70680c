"""Signing in and out: cookies, limits, and where people land."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.http import parse_date
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.database import Database
from app.errors import ConfigurationError
from app.models import User, UserSession
from app.services.access.access import Actor
from app.services.access.accounts import disable_user
from app.services.access.sign_in_tries import TRIES_COUNT_FOR
from app.services.access.sign_ins import add_sign_in, find_signed_in
from app.web.account.sign_in_limits import FAILURES_OF_AN_ACCOUNT, FAILURES_OF_AN_ADDRESS
from tests.app.web.conftest import PASSWORD, SYSTEM, Browser
from tests.secret import SECRET


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("role", "heading"),
    [
        ("ops_manager", "Needs attention"),
        ("contractor", "My assignments"),
        ("payroll", "Each approved hour goes into exactly one export"),
        ("admin", "Who may sign in"),
        ("auditor", "Exposure"),
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
def test_account_is_closed_after_a_few_failures_wherever_they_come_from_bug(app: Flask) -> None:
    """Check 6. Ten tries a minute had been free from each address, for any one account."""
    spellings = ("admin@vendor.example", "ADMIN@vendor.example", " admin@Vendor.Example ")
    for number in range(FAILURES_OF_AN_ACCOUNT):
        guess = send_sign_in(app, f"10.0.0.{number}", spellings[number % 3], "guess")
        assert guess.status_code == 200
    held = send_sign_in(app, "10.0.1.1", "admin@vendor.example", PASSWORD)
    assert held.status_code == 429
    assert "Too many attempts" in held.get_data(as_text=True)
    assert send_sign_in(app, "10.0.1.1", "payroll@vendor.example", PASSWORD).status_code == 302


@pytest.mark.usefixtures("people")
def test_failures_count_for_every_web_process_bug(app: Flask, database: Database) -> None:
    """Each process had counted for itself: two of them gave twice the guesses."""
    other = create_app(app.extensions["redeploy.settings"], database)
    for number in range(FAILURES_OF_AN_ACCOUNT):
        process = (app, other)[number % 2]
        guess = send_sign_in(process, "10.0.0.1", "admin@vendor.example", "guess")
        assert guess.status_code == 200
    for process in (app, other):
        held = send_sign_in(process, "10.0.0.1", "admin@vendor.example", PASSWORD)
        assert held.status_code == 429
        wait = parse_date(held.headers["Retry-After"])
        assert wait is not None
        assert timedelta() < wait - datetime.now(UTC) <= TRIES_COUNT_FOR


@pytest.mark.usefixtures("people")
def test_address_is_closed_after_many_failures_with_any_account(app: Flask) -> None:
    for number in range(FAILURES_OF_AN_ADDRESS):
        guess = send_sign_in(app, "10.0.0.1", f"{number}@vendor.example", "guess")
        assert guess.status_code == 200
    assert send_sign_in(app, "10.0.0.1", "payroll@vendor.example", PASSWORD).status_code == 429
    assert send_sign_in(app, "10.0.0.2", "payroll@vendor.example", PASSWORD).status_code == 302


@pytest.mark.usefixtures("people")
def test_sign_ins_that_succeed_do_not_count_bug(app: Flask) -> None:
    """An office behind one address had been locked out by its own people signing in."""
    for _number in range(FAILURES_OF_AN_ACCOUNT + 1):
        answer = send_sign_in(app, "10.0.0.1", "payroll@vendor.example", PASSWORD)
        assert answer.status_code == 302


def send_sign_in(app: Flask, address: str, email: str, password: str) -> TestResponse:
    """Send the sign-in form from a network address, in a browser of its own."""
    browser = Browser(app)
    form = {"email": email, "password": password, "csrf_token": browser.get("/login").csrf_token}
    return browser.send("POST", "/login", data=form, environ_base={"REMOTE_ADDR": address})


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
    app = create_app(Settings.from_environment({"SECRET_KEY": SECRET}), database)
    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_app_needs_a_secret(database: Database) -> None:
    """Check 45: the application."""
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        create_app(Settings.from_environment({}), database)


def test_app_needs_a_database() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        create_app(Settings.from_environment({"SECRET_KEY": SECRET}))


def test_fragment_of_a_visitor_is_sent_to_the_sign_in(app: Flask, visitor: Browser) -> None:
    response = visitor.send("GET", "/ops/projects", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login"


@pytest.mark.usefixtures("people")
def test_copied_cookie_opens_nothing_after_sign_out_bug(app: Flask, visitor: Browser) -> None:
    """Check 5: a copy of the cookie after signing out."""
    visitor.sign_in("payroll@vendor.example")
    thief = Browser(app)
    thief.take_cookies(visitor)
    assert thief.send("GET", "/payroll/").status_code == 200
    visitor.post("/logout", {})
    assert thief.send("GET", "/payroll/").headers["Location"].startswith("/login")


@pytest.mark.usefixtures("people")
def test_sign_out_leaves_the_other_browser_signed_in(app: Flask, visitor: Browser) -> None:
    other = Browser(app)
    for browser in (visitor, other):
        browser.sign_in("payroll@vendor.example")
    visitor.post("/logout", {})
    assert other.send("GET", "/payroll/").status_code == 200


@pytest.mark.usefixtures("people")
def test_json_sign_in_gives_no_token_bug(visitor: Browser) -> None:
    """A token that never expired had come with the answer, and opened every page."""
    address = "/login?include_auth_token"
    filled = {"email": "payroll@vendor.example", "password": PASSWORD}
    headers = {"X-CSRFToken": visitor.get("/login").csrf_token, "Accept": "application/json"}
    answer = visitor.send("POST", address, json=filled, headers=headers)
    assert answer.status_code == 415
    assert "authentication_token" not in answer.get_data(as_text=True)
    answer = visitor.send("POST", address, data=filled, headers=headers)
    assert (answer.status_code, answer.mimetype) == (302, "text/html")
    assert "authentication_token" not in answer.get_data(as_text=True)


def test_token_is_no_key_bug(app: Flask, people: None, session: Session) -> None:
    user = session.scalars(select(User).where(User.email == "payroll@vendor.example")).one()
    with app.test_request_context():
        token = user.get_auth_token()
    assert isinstance(token, str)
    for path, headers in (
        ("/payroll/", {"Authentication-Token": token}),
        (f"/payroll/?auth_token={token}", {}),
    ):
        answer = Browser(app).send("GET", path, headers=headers)
        assert answer.headers["Location"].startswith("/login"), path


@pytest.mark.usefixtures("people")
def test_remember_me_sets_no_cookie_bug(visitor: Browser) -> None:
    """Posting remember=y had set a cookie of a year."""
    form = {
        "csrf_token": visitor.get("/login").csrf_token,
        "email": "payroll@vendor.example",
        "password": PASSWORD,
        "remember": "y",
    }
    answer = visitor.send("POST", "/login", data=form)
    assert answer.status_code == 302
    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["redeploy_session"]
    assert "Expires" not in cookies[0]


def test_sign_in_ends_after_its_time(session: Session, people: None) -> None:
    user, other = session.scalars(select(User).order_by(User.id).limit(2))
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    token = add_sign_in(session, user_id=user.id, now=now)
    session.commit()

    def find(passed: timedelta, uniquifier: str = user.fs_uniquifier) -> Actor | None:
        return find_signed_in(
            session.connection(), uniquifier=uniquifier, token=token, now=now + passed
        )

    assert find(timedelta(hours=12, seconds=-1)) == Actor.of_user(user)
    assert find(timedelta(hours=12)) is None
    assert find(timedelta(0), other.fs_uniquifier) is None
    assert token not in session.scalars(select(UserSession.token_sha256)).one()


def test_sign_in_notes_its_use_to_the_minute(session: Session, people: None) -> None:
    user = session.scalars(select(User).order_by(User.id).limit(1)).one()
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    token = add_sign_in(session, user_id=user.id, now=now)
    session.commit()
    seen = []
    for passed_s in (59, 60):
        find_signed_in(
            session.connection(),
            uniquifier=user.fs_uniquifier,
            token=token,
            now=now + timedelta(seconds=passed_s),
        )
        seen.append(session.scalars(select(UserSession.last_seen_at)).one())
    assert seen == [now, now + timedelta(minutes=1)]


def test_disable_user_ends_every_sign_in(
    session: Session, browse: Callable[[str], Browser]
) -> None:
    """Check 5: every sign-in of a disabled account."""
    browse("payroll")
    user_id = session.scalars(select(UserSession.user_id)).one()
    disable_user(session, actor=SYSTEM, user_id=user_id)
    assert session.scalars(select(UserSession.id)).all() == []
