"""Sign-in by Flask-Security over plain SQLAlchemy sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_security import (
    LoginForm,
    MailUtil,
    Security,
    SQLAlchemySessionUserDatastore,
    user_authenticated,
)
from flask_security.utils import aware_utcnow
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session
from werkzeug.exceptions import TooManyRequests

from app.config import Settings
from app.models import Role, User
from app.services.sign_in_tries import TryLimit, give_back_try, take_try
from app.services.sign_ins import SIGN_IN_LASTS, add_sign_in, check_sign_in, end_sign_in
from app.web.sessions import get_session

FAILURES_OF_AN_ADDRESS = 20
FAILURES_OF_AN_ACCOUNT = 5
"""Failed sign-ins of one network address or account; beyond them every try is refused with 429."""

_SIGN_IN = "sign_in"
"""Where the browser's signed cookie carries the random id of its sign-in."""


class SignInForm(LoginForm):
    """The sign-in form without `remember me`: no cookie outlives its sign-in."""

    remember = None


def configure_auth(app: Flask, settings: Settings) -> None:
    """Set what Flask, Flask-Security and Flask-WTF read about cookies and sign-in."""
    app.config.update(
        SECRET_KEY=settings.get_secret_key(),
        SESSION_COOKIE_NAME="redeploy_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=SIGN_IN_LASTS,
        # A form left open all day must still be sendable; it lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SALT=settings.get_secret_key(),
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_TRACKABLE=True,
        SECURITY_DATETIME_FACTORY=aware_utcnow,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGOUT_CSRF=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_MSG_GENERIC_AUTHN_FAILED=("That e-mail and password do not match.", "error"),
        SECURITY_MSG_UNAUTHENTICATED=("Please sign in first.", "info"),
        SECURITY_MSG_LOGIN=("", "info"),
    )


def init_auth(app: Flask, sessions: scoped_session[Session]) -> None:
    """Add sign-in and sign-out to `app`, with failures limited per address and account."""
    security = Security(
        app, SQLAlchemySessionUserDatastore(sessions, User, Role), login_form=SignInForm
    )
    # The cookie of a sign-in is the only key: no token, and no answer that could hold one.
    security.login_manager.request_loader(lambda _request: None)
    security.login_manager.user_loader(_find_user)
    security.want_json(lambda _request: False)
    user_authenticated.connect(_remember_sign_in, app, weak=False)
    views = app.view_functions
    views["security.login"] = _limit_failures(views["security.login"])  # type: ignore[arg-type]  # a plain view
    views["security.logout"] = _end_before(views["security.logout"])  # type: ignore[arg-type]  # a plain view


def _limit_failures(sign_in: Callable[[], ResponseReturnValue]) -> Callable[[], Response]:
    """Return the sign-in view, closed to addresses and accounts with too many failures."""

    def try_to_sign_in() -> Response:
        if request.method != "POST":
            return make_response(sign_in())
        limits = (
            TryLimit(f"address {request.remote_addr}", FAILURES_OF_AN_ADDRESS),
            TryLimit(f"account {_find_account()}", FAILURES_OF_AN_ACCOUNT),
        )
        now = datetime.now(UTC)
        opens_at = take_try(get_session(), limits, now=now)
        if opens_at is not None:
            raise TooManyRequests(retry_after=opens_at)
        response = make_response(sign_in())
        # Who gets in is sent on; whoever does not reads the form again.
        if response.status_code != HTTPStatus.OK:
            give_back_try(get_session(), limits, now=now)
        return response

    return try_to_sign_in


def _find_account() -> str:
    """Return the account that a sign-in names, however it is spelt; there need not be one."""
    text = request.form.get("email", "").strip()
    try:
        return MailUtil(current_app).normalize(text).lower()
    except ValueError:
        return "no e-mail address"


def _find_user(uniquifier: str) -> User | None:
    """Return the account of the browser's cookie while it is active and the sign-in stands."""
    database_session, token = get_session(), session.get(_SIGN_IN)
    user = database_session.scalars(select(User).where(User.fs_uniquifier == uniquifier)).first()
    if user is None or not user.active or not isinstance(token, str):
        return None
    stands = check_sign_in(database_session, user_id=user.id, token=token, now=datetime.now(UTC))
    return user if stands else None


def _remember_sign_in(_app: Flask, user: User, **_others: Any) -> None:
    """Give the browser the id of its new sign-in; Flask-Security commits after the view."""
    session[_SIGN_IN] = add_sign_in(get_session(), user_id=user.id, now=datetime.now(UTC))


def _end_before(sign_out: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Return the view of signing out, which first ends the sign-in for every copy of its cookie."""

    def end_and_sign_out() -> ResponseReturnValue:
        token = session.pop(_SIGN_IN, None)
        if isinstance(token, str):
            end_sign_in(get_session(), token=token)
        return sign_out()

    return end_and_sign_out
