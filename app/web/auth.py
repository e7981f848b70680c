"""Sign-in by Flask-Security over plain SQLAlchemy sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemySessionUserDatastore
from flask_security.utils import aware_utcnow
from sqlalchemy.orm import Session, scoped_session

from app.config import Settings
from app.models import Role, User

SIGN_INS_A_MINUTE = 10
"""Attempts from one address; more are refused with 429."""


def configure_auth(app: Flask, settings: Settings) -> None:
    """Set what Flask, Flask-Security and Flask-WTF read about cookies and sign-in."""
    app.config.update(
        SECRET_KEY=settings.get_secret_key(),
        SESSION_COOKIE_NAME="redeploy_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
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
    """Add sign-in and sign-out to `app`, with attempts limited per address."""
    Security(app, SQLAlchemySessionUserDatastore(sessions, User, Role))
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    sign_in: Callable[..., ResponseReturnValue] = app.view_functions["security.login"]  # type: ignore[assignment]  # a plain view
    app.view_functions["security.login"] = limiter.limit(
        f"{SIGN_INS_A_MINUTE} per minute", methods=["POST"]
    )(sign_in)
