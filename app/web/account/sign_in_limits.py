"""Failed tries to sign in, limited for each account and network address on every page of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response, current_app, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_security import MailUtil, current_user
from werkzeug.exceptions import TooManyRequests

from app.services.access.sign_in_tries import TryLimit, give_back_try, take_try
from app.web.denials import note_refusal
from app.web.sessions import get_session

FAILURES_OF_AN_ADDRESS = 20
FAILURES_OF_AN_ACCOUNT = 5
"""Failed sign-ins of one network address or account; beyond them every try is refused with 429."""


def limit_failures(
    view: Callable[[], ResponseReturnValue], name_account: Callable[[], str]
) -> Callable[[], Response]:
    """Return a view that is closed to addresses and accounts with too many failures.

    name_account  what the request tries to get into; there need not be such an account
    """

    def try_it() -> Response:
        if request.method != "POST":
            return make_response(view())
        limits = (
            TryLimit(f"address {request.remote_addr}", FAILURES_OF_AN_ADDRESS),
            TryLimit(name_account(), FAILURES_OF_AN_ACCOUNT),
        )
        now = datetime.now(UTC)
        opens_at = take_try(get_session(), limits, now=now)
        if opens_at is not None:
            raise TooManyRequests(retry_after=opens_at)
        response = make_response(view())
        # Who gets in is sent on; whoever does not reads the form again.
        if response.status_code != HTTPStatus.OK:
            give_back_try(get_session(), limits, now=now)
        else:
            note_refusal("not_let_in")
        return response

    return try_it


def name_typed_account() -> str:
    """Return the account that a sign-in names, however it is spelt."""
    text = request.form.get("email", "").strip()
    try:
        return f"account {MailUtil(current_app).normalize(text).lower()}"
    except ValueError:
        return "account no e-mail address"


def name_half_signed_in() -> str:
    """Return the account whose password was right and whose code is asked for."""
    return f"code {session.get('tf_user_id') or current_user.get_id()}"


def name_signed_in() -> str:
    """Return the account that is asked for its password again."""
    return f"again {current_user.get_id()}"
