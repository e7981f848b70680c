"""The page of one's own account: password and second factor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.exceptions import TooManyRequests

from app.errors import InvalidValue
from app.services.access.own_account import change_own_password
from app.services.access.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from app.services.access.sign_in_tries import TryLimit, give_back_try, take_try
from app.services.desk.user_page import get_user_page
from app.web.account.auth import get_sign_in_token
from app.web.account.sign_in_limits import FAILURES_OF_AN_ACCOUNT, name_signed_in
from app.web.account.two_factor import needs_second_factor
from app.web.form_fields import read_form
from app.web.guard import Audience, get_actor, permit
from app.web.sessions import get_session

blueprint = Blueprint("account", __name__, url_prefix="/account")

_SENTENCES = {"current": "That is not your present password."}


@blueprint.get("")
@permit(Audience.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show the own account, and the form for another password."""
    return _render({})


@blueprint.post("/password")
@permit(Audience.SIGNED_IN)
def set_password() -> ResponseReturnValue:
    """Set another password; every other sign-in of the account ends."""
    form = read_form("current", "password")
    limits = (TryLimit(name_signed_in(), FAILURES_OF_AN_ACCOUNT),)
    now = datetime.now(UTC)
    opens_at = take_try(get_session(), limits, now=now)
    if opens_at is not None:
        raise TooManyRequests(retry_after=opens_at)
    try:
        change_own_password(
            get_session(),
            actor=get_actor(),
            current=form.get("current", ""),
            new=form.get("password", ""),
            token=get_sign_in_token(),
        )
    except InvalidValue as error:
        if error.field != "current":
            give_back_try(get_session(), limits, now=now)
        sentence = _SENTENCES.get(error.field, f"Choose another one: {error.expected}.")
        return _render({error.field: sentence}), 400
    give_back_try(get_session(), limits, now=now)
    flash("Your password is changed. Everywhere else you are signed out.", "good")
    return redirect(url_for("account.index"))


def _render(errors: Mapping[str, str]) -> str:
    user = get_user_page(get_session(), current_user.id)
    return render_template(
        "account/index.html",
        user=user,
        is_needed=needs_second_factor(current_user),
        shortest=MIN_PASSWORD_LENGTH,
        longest=MAX_PASSWORD_LENGTH,
        errors=errors,
    )
