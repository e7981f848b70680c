"""Sign-in by an OpenID Connect provider, with a real one on the loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.models import AuditEvent, User
from app.services.access.accounts import disable_user
from tests.app.web.conftest import SYSTEM, Browser, prepare
from tests.app.web.identity_provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider
from tests.secret import SECRET

EMAIL = "payroll@vendor.example"
NO_ACCOUNT = "There is no account here for you."
NOT_COMPLETED = "The sign-in was not completed."


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """A provider that runs for all tests here: its key takes a moment to make."""
    with run_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """The provider as new."""
    running.claimed_issuer, running.signing_key = running.issuer, None
    running.asked.clear()
    running.codes.clear()
    return running


@pytest.fixture
def app(database: Database, provider: Provider) -> Flask:
    """The application with single sign-on, and a second factor for passwords of payroll."""
    return prepare(
        create_app(Settings.from_environment(build_environment(provider.issuer)), database)
    )


def build_environment(issuer: str) -> dict[str, str]:
    return {
        "SECRET_KEY": SECRET,
        "SECURE_COOKIES": "false",
        "REDEPLOY_PUBLIC_URL": "http://localhost",
        "REDEPLOY_TWO_FACTOR_ROLES": "payroll",
        "REDEPLOY_OIDC_ISSUER": issuer,
        "REDEPLOY_OIDC_CLIENT_ID": CLIENT_ID,
        "REDEPLOY_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "REDEPLOY_OIDC_NAME": "Example ID",
    }


def ask(browser: Browser) -> str:
    """Return the provider's address that the sign-in page leads to."""
    response = browser.send("GET", "/sign-on/start")
    assert response.status_code == 302
    return response.headers["Location"]


@pytest.fixture
def sign_on(app: Flask, people: None, provider: Provider) -> Callable[..., Browser]:
    """Return a function that signs somebody on with claims, and hands over the browser."""

    def go(**claims: object) -> Browser:
        browser = Browser(app)
        browser.send("GET", provider.let_in(ask(browser), **claims))
        return browser

    return go


def is_in(browser: Browser) -> bool:
    return browser.send("GET", "/payroll/").status_code == 200


def test_first_sign_on_binds_the_account_and_the_provider_asks_for_the_second_factor(
    sign_on: Callable[..., Browser], session: Session, provider: Provider
) -> None:
    assert is_in(sign_on(sub="u-1", email=EMAIL.upper(), email_verified=True))
    user = session.scalars(select(User).where(User.email == EMAIL)).one()
    assert (user.oidc_issuer, user.oidc_subject) == (provider.issuer, "u-1")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.sign_on_bound"))
    assert event.one().after == {"issuer": provider.issuer, "subject": "u-1"}


def test_bound_account_is_found_by_its_subject_alone(sign_on: Callable[..., Browser]) -> None:
    assert is_in(sign_on(sub="u-1", email=EMAIL, email_verified=True))
    assert is_in(sign_on(sub="u-1", email="married@vendor.example", email_verified=True))
    other = sign_on(sub="u-2", email=EMAIL, email_verified=True)
    assert not is_in(other)
    assert NO_ACCOUNT in other.get("/login").text


@pytest.mark.parametrize(
    "claims",
    [
        {"email": EMAIL},
        {"email": EMAIL, "email_verified": False},
        {"email": EMAIL, "email_verified": "true"},
        {"email": "nobody@vendor.example", "email_verified": True},
        {},
    ],
)
def test_unverified_or_unknown_address_opens_nothing(
    sign_on: Callable[..., Browser], claims: dict[str, object], session: Session
) -> None:
    browser = sign_on(sub="u-1", **claims)
    assert NO_ACCOUNT in browser.get("/login").text
    assert not is_in(browser)
    assert set(session.scalars(select(User.oidc_subject))) == {None}


def test_disabled_account_is_not_let_in(sign_on: Callable[..., Browser], session: Session) -> None:
    browser = sign_on(sub="u-1", email=EMAIL, email_verified=True)
    user_id = session.scalars(select(User.id).where(User.email == EMAIL)).one()
    disable_user(session, actor=SYSTEM, user_id=user_id)
    assert not is_in(browser)
    assert NO_ACCOUNT in sign_on(sub="u-1").get("/login").text


def test_answer_signed_by_another_key_is_refused(
    sign_on: Callable[..., Browser], provider: Provider
) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "k1"})
    browser = sign_on(sub="u-1", email=EMAIL, email_verified=True)
    assert NOT_COMPLETED in browser.get("/login").text
    assert not is_in(browser)


@pytest.mark.parametrize(
    "wrong", [{"iss": "https://other.example"}, {"aud": "other"}, {"nonce": "other"}, {"exp": 1}]
)
def test_answer_for_somebody_else_is_refused(
    sign_on: Callable[..., Browser], wrong: dict[str, object]
) -> None:
    browser = sign_on(sub="u-1", email=EMAIL, email_verified=True, **wrong)
    assert NOT_COMPLETED in browser.get("/login").text
    assert not is_in(browser)


def test_answer_counts_once_and_in_the_browser_that_asked(
    app: Flask, people: None, provider: Provider
) -> None:
    asker, thief = Browser(app), Browser(app)
    back = provider.let_in(ask(asker), sub="u-1", email=EMAIL, email_verified=True)
    thief.send("GET", back)
    assert not is_in(thief)
    asker.send("GET", back)
    assert is_in(asker)
    thief.send("GET", back)
    assert not is_in(thief)


def test_provider_that_names_another_issuer_is_not_asked(
    app: Flask, provider: Provider, visitor: Browser
) -> None:
    provider.claimed_issuer = "https://other.example"
    assert visitor.send("GET", "/sign-on/start").headers["Location"] == "/login"
    assert "does not answer" in visitor.get("/login").text


def test_provider_is_asked_only_when_somebody_signs_in(
    app: Flask, provider: Provider, visitor: Browser
) -> None:
    assert "Sign in with Example ID" in visitor.get("/login").text
    assert provider.asked == []
    ask(visitor)
    assert provider.asked == ["/.well-known/openid-configuration"]


def test_provider_that_is_away_is_said(database: Database, provider: Provider) -> None:
    settings = Settings.from_environment(build_environment("http://127.0.0.1:1"))
    browser = Browser(create_app(settings, database))
    assert browser.send("GET", "/sign-on/start").headers["Location"] == "/login"
    assert "Single sign-on does not answer." in browser.get("/login").text


def test_administrator_unbinds_an_account(
    sign_on: Callable[..., Browser], browse: Callable[[str], Browser], session: Session
) -> None:
    browser = sign_on(sub="u-1", email=EMAIL, email_verified=True)
    user_id = session.scalars(select(User.id).where(User.email == EMAIL)).one()
    session.rollback()
    admin = browse("admin")
    assert "Bound to one person" in admin.get(f"/admin/users/{user_id}").text
    assert "Unbound" in admin.post(f"/admin/users/{user_id}/sign-on/unbind", {}).text
    assert not is_in(browser)
    assert "bound to no single" in admin.post(f"/admin/users/{user_id}/sign-on/unbind", {}).text
    assert is_in(sign_on(sub="u-2", email=EMAIL, email_verified=True))
