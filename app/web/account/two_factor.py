"""The second factor: Flask-Security's pages for a code of an authenticator app.

Here is what the library leaves open: which roles need it, that no code works twice, that only
hashes of recovery codes are kept, that failures are limited, and the audit trail.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from flask import Flask, Response, current_app, make_response, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import (
    MfRecoveryCodesUtil,
    Security,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    UserMixin,
    current_user,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
)
from flask_security.twofactor import CodeTfPlugin
from wtforms import RadioField, StringField

from app.config import Settings
from app.errors import ConfigurationError
from app.models import User
from app.services.access.accounts import ROLE_NAMES
from app.services.access.second_factor import (
    draw_recovery_codes,
    hash_recovery_code,
    is_recovery_code,
    lock_last_counter,
    note_second_factor,
    set_last_counter,
    use_recovery_code,
)
from app.web.account.sign_in_limits import limit_failures, name_half_signed_in, name_signed_in
from app.web.sessions import get_session
from solver.errors import Problem

CODE_VALID_S = 30
"""How far a phone's clock may be off, in seconds."""

FRESH = timedelta(minutes=15)
"""How long after a sign-in the second factor can be changed without the password again."""

_SETTING_UP = "validating_profile"
"""State of a sign-in that has just shown a key and waits for its first code."""


class OnceOnlyTotp(Totp):
    """Codes that work once: a code seen over a shoulder opens nothing."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        """Return the time step of the account's last code, locked."""
        return lock_last_counter(get_session(), user.id)

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        """Note the time step of a code that was right."""
        set_last_counter(get_session(), user.id, tmatch.counter)


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes that are shown once and kept as keyed hashes."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        """Return new codes; the old ones stop working."""
        codes = draw_recovery_codes()
        user.mf_recovery_codes = [_hash(code) for code in codes]
        note_second_factor(get_session(), user=_own(user), action="user.recovery_codes_made")
        return codes

    def get_recovery_codes(self, user: UserMixin) -> list[str]:  # noqa: ARG002 - the library's signature
        """Return nothing: what is kept opens nothing and can't be shown."""
        return []

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Tell whether the account has the code left."""
        return is_recovery_code(get_session(), user_id=user.id, code_hash=_hash(code))

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Take the code away: it was used."""
        use_recovery_code(get_session(), user=_own(user), code_hash=_hash(code))
        return True


class RequiredCodes(CodeTfPlugin):
    """Asks those for a code who have set it up or whose role needs it."""

    def get_setup_methods(self, user: UserMixin) -> list[tuple[str, str]]:
        """Return the authenticator for who needs it too: its first sign-in sets it up."""
        methods = super().get_setup_methods(user)
        if methods or not needs_second_factor(user):
            return methods
        return [("authenticator", "Authenticator app")]


class SetupForm(TwoFactorSetupForm):
    """The library's form, which lets nobody out whose role needs the second factor."""

    # The library's choices are of a kind that WTForms warns of; the page has its own buttons.
    setup = StringField()

    def validate(self, **options: Any) -> bool:
        """Tell whether the choice can be followed."""
        if not super().validate(**options):
            return False
        needs_it = self.user is not None and needs_second_factor(self.user)
        return not (needs_it and self.setup.data == "disable")


class RescueForm(TwoFactorRescueForm):
    """The library's form of other ways in; the page has links instead."""

    help_setup = RadioField(choices=[])


def needs_second_factor(user: UserMixin) -> bool:
    """Tell whether a role of the account may be used with a second factor only."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    return any(role.name in settings.two_factor_roles for role in user.roles)


def configure_two_factor(app: Flask, settings: Settings) -> None:
    """Set what Flask-Security reads about the second factor.

    Raises ConfigurationError when the settings ask it of a role that does not exist.
    """
    if unknown := settings.two_factor_roles - set(ROLE_NAMES):
        expected = "some of " + ", ".join(ROLE_NAMES)
        problem = Problem("setting REDEPLOY_TWO_FACTOR_ROLES", min(unknown), expected)
        raise ConfigurationError([problem])
    key = hmac.new(settings.get_secret_key().encode(), b"totp", hashlib.sha256).hexdigest()
    app.config.update(
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={"code": "app.web.account.two_factor.RequiredCodes"},
        SECURITY_TWO_FACTOR_ALWAYS_VALIDATE=True,
        SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY=CODE_VALID_S,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="/account",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_TOTP_SECRETS={"1": key},
        SECURITY_TOTP_ISSUER="Redeploy",
        SECURITY_FRESHNESS=FRESH,
        SECURITY_FRESHNESS_GRACE_PERIOD=FRESH,
        SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN=(
            "That code does not match. A code works once, for half a minute.",
            "error",
        ),
        SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL=("", "info"),
        SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED=("Please sign in first.", "info"),
        SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL=("Your authenticator app is set.", "good"),
        SECURITY_MSG_TWO_FACTOR_DISABLED=("No code is asked for any more.", "good"),
        SECURITY_MSG_INVALID_RECOVERY_CODE=("That recovery code is not one of yours.", "error"),
        SECURITY_MSG_REAUTHENTICATION_REQUIRED=("Give your password again to go on.", "info"),
        SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL=("", "info"),
    )


def init_two_factor(app: Flask, security: Security) -> None:
    """Limit failures, keep the audit trail, and lead people on after the set-up."""
    tf_profile_changed.connect(_note_set, app, weak=False)
    tf_code_confirmed.connect(_note_confirmed, app, weak=False)
    tf_disabled.connect(_note_removed, app, weak=False)
    security.tf_setup_context_processor(
        lambda: {"is_needed": current_user.is_authenticated and needs_second_factor(current_user)}
    )
    security.mf_recovery_codes_context_processor(
        lambda: {"num_left": len(current_user.mf_recovery_codes)}
    )
    views: dict[str, Any] = app.view_functions
    check = views["security.two_factor_token_validation"]
    limited = limit_failures(check, name_half_signed_in)
    views["security.two_factor_token_validation"] = _lead_on(limited)
    recover = views["security.mf_recovery"]
    views["security.mf_recovery"] = limit_failures(recover, name_half_signed_in)
    views["security.verify"] = limit_failures(views["security.verify"], name_signed_in)


def _lead_on(check: Callable[[], Response]) -> Callable[[], ResponseReturnValue]:
    """Return the view of codes; who has just set it up goes on to the recovery codes."""

    def check_code() -> ResponseReturnValue:
        is_new = session.get("tf_state") == _SETTING_UP
        if current_user.is_authenticated and not is_new:
            return redirect(url_for("account.index"))
        response = make_response(check())
        if is_new and current_user.is_authenticated and response.location:
            return redirect(url_for("security.mf_recovery_codes"))
        return response

    return check_code


def _note_set(_app: Flask, user: User, **_others: Any) -> None:
    note_second_factor(get_session(), user=user, action="user.two_factor_set")


def _note_confirmed(app: Flask, user: User, **_others: Any) -> None:
    # The library sends this for every code; only the first one of a new key is news.
    if session.get("tf_state") == _SETTING_UP:
        _note_set(app, user)


def _note_removed(_app: Flask, user: User, **_others: Any) -> None:
    user.mf_recovery_codes = []
    note_second_factor(get_session(), user=user, action="user.two_factor_removed")


def _own(user: UserMixin) -> User:
    """Return the account as its own model: the library knows no other."""
    return cast("User", user)


def _hash(code: str) -> str:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return hash_recovery_code(f"recovery code {settings.get_secret_key()}", code)
