"""Sign-in by Flask-Security over plain SQLAlchemy sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, session
from flask.typing import ResponseReturnValue
from flask_security import (
    LoginForm,
    Security,
    SQLAlchemySessionUserDatastore,
    user_authenticated,
)
from flask_security.utils import aware_utcnow, set_request_attr
from sqlalchemy.orm import Session, scoped_session

from app.config import Settings
from app.models import Role, User
from app.services.access.sign_ins import SIGN_IN_LASTS, add_sign_in, end_sign_in
from app.web.account.sign_in_limits import limit_failures, name_typed_account
from app.web.account.two_factor import (
    HashedRecoveryCodes,
    OnceOnlyTotp,
    RescueForm,
    SetupForm,
    configure_two_factor,
    init_two_factor,
)
from app.web.guard import SIGN_IN, find_actor
from app.web.sessions import get_session


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
    configure_two_factor(app, settings)


def init_auth(app: Flask, sessions: scoped_session[Session]) -> None:
    """Add sign-in and sign-out to `app`, with failures limited per address and account."""
    security = Security(
        app,
        SQLAlchemySessionUserDatastore(sessions, User, Role),
        login_form=SignInForm,
        two_factor_setup_form=SetupForm,
        two_factor_rescue_form=RescueForm,
        totp_cls=OnceOnlyTotp,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    # The cookie of a sign-in is the only key: no token, and no answer that could hold one.
    security.login_manager.request_loader(lambda _request: None)
    security.login_manager.user_loader(_find_user)
    security.want_json(lambda _request: False)
    user_authenticated.connect(_remember_sign_in, app, weak=False)
    _forgo_reading_ahead(app, security)
    views = app.view_functions
    views["security.login"] = limit_failures(views["security.login"], name_typed_account)  # type: ignore[arg-type]  # a plain view
    views["security.logout"] = _end_before(views["security.logout"])  # type: ignore[arg-type]  # a plain view
    init_two_factor(app, security)


def _forgo_reading_ahead(app: Flask, security: Security) -> None:
    """Let the libraries read the account where it is looked at, not before every view and page.

    Permissions are the guard's, and no page of ours shows `current_user`.
    """
    security.principal.identity_loaders.clear()
    processors = app.template_context_processors[None]
    processors[:] = [one for one in processors if one.__module__ != "flask_login.utils"]


def _find_user(_uniquifier: str) -> User | None:
    """Return the account of the browser's cookie while it is active and the sign-in stands.

    The library asks where its own pages show or change the account.
    """
    actor = find_actor()
    if actor is None:
        return None
    user = get_session().get_one(User, actor.user_id)
    # What the library's own pages ask: signed in by this cookie, and when.
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return user


def _remember_sign_in(_app: Flask, user: User, **_others: Any) -> None:
    """Give the browser the id of its new sign-in; Flask-Security commits after the view."""
    session[SIGN_IN] = add_sign_in(get_session(), user_id=user.id, now=datetime.now(UTC))


def get_sign_in_token() -> str:
    """Return the random id of the browser's sign-in."""
    token: str = session[SIGN_IN]
    return token


def _end_before(sign_out: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Return the view of signing out, which first ends the sign-in for every copy of its cookie."""

    def end_and_sign_out() -> ResponseReturnValue:
        token = session.pop(SIGN_IN, None)
        if isinstance(token, str):
            end_sign_in(get_session(), token=token)
        return sign_out()

    return end_and_sign_out
