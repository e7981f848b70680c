"""One's own tokens for the JSON API: make one, see it once, revoke it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.services.access.api_scopes import SCOPES, list_scopes
from app.services.access.api_tokens import MAX_DAYS, MAX_NAME, list_tokens, make_token, revoke_token
from app.web.form_fields import read_form, read_lists
from app.web.guard import Audience, get_actor, permit
from app.web.input_limits import read_whole
from app.web.sessions import get_session

blueprint = Blueprint("api_tokens", __name__, url_prefix="/tokens")

_DAYS = (30, 90, 180, MAX_DAYS)
_SENTENCES = {
    "name": f"Say what the token is for, in at most {MAX_NAME} characters.",
    "scopes": "Choose at least one thing that the token may do.",
    "num_days": "Choose how long it works.",
}


@blueprint.get("")
@permit(Audience.SIGNED_IN)
def index() -> ResponseReturnValue:
    """List one's own tokens, and offer to make one."""
    return _render()


@blueprint.post("")
@permit(Audience.SIGNED_IN)
def make() -> ResponseReturnValue:
    """Make a token, and show it this once."""
    form = read_form("name", "scope", "num_days")
    scopes = read_lists("scope")["scope"]
    try:
        made = make_token(
            get_session(),
            actor=get_actor(),
            name=form.get("name", ""),
            scopes=scopes,
            num_days=read_whole(form.get("num_days", ""), MAX_DAYS) or 0,
        )
    except InvalidValue as error:
        errors = {error.field: _SENTENCES[error.field]}
        return _render(form=form, chosen=scopes, errors=errors), 400
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("api_tokens.index"))
    return _render(secret=made.secret)


@blueprint.post("/<int:token_id>/revoke")
@permit(Audience.SIGNED_IN)
def revoke(token_id: int) -> ResponseReturnValue:
    """Let a token stop working, from its very next call on."""
    read_form()
    if revoke_token(get_session(), actor=get_actor(), token_id=token_id):
        flash("Revoked: its very next call is refused.", "good")
    return redirect(url_for("api_tokens.index"))


def _render(
    *,
    secret: str | None = None,
    form: Mapping[str, str] | None = None,
    chosen: Collection[str] = (),
    errors: Mapping[str, str] | None = None,
) -> str:
    actor = get_actor()
    tokens = []
    if actor.user_id is not None:
        tokens = list_tokens(get_session(), actor.user_id, now=datetime.now(UTC))
    return render_template(
        "api/tokens.html",
        secret=secret,
        tokens=tokens,
        scopes=[(name, SCOPES[name].meaning) for name in list_scopes(actor)],
        days=_DAYS,
        form=form or {},
        chosen=chosen,
        errors=errors or {},
        longest_name=MAX_NAME,
    )
