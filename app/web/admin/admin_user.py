"""One account at the admin desk: its roles, the clients it is limited to, the way back in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.errors import Refused
from app.services.access.access import Permission
from app.services.access.account_roles import set_user_roles
from app.services.access.accounts import ROLE_NAMES
from app.services.access.client_scopes import set_client_scope
from app.services.access.second_factor import reset_second_factor
from app.services.access.single_sign_on import unbind_sign_on
from app.services.desk.user_page import get_user_page, list_client_titles
from app.web.form_fields import read_form, read_lists
from app.web.formatting import get_role_word
from app.web.guard import get_actor, permit
from app.web.sessions import get_session

blueprint = Blueprint("admin_user", __name__, url_prefix="/admin/users/<int:user_id>")

_NOTHING_NEW = "Nothing changed: it was so already."


@blueprint.get("")
@permit(Permission.MANAGE_USERS)
def page(user_id: int) -> ResponseReturnValue:
    """Show an account and what can be changed of it."""
    session = get_session()
    return render_template(
        "admin/user.html",
        user=get_user_page(session, user_id),
        roles=[(name, get_role_word(name)) for name in ROLE_NAMES],
        clients=list_client_titles(session),
    )


@blueprint.post("/roles")
@permit(Permission.MANAGE_USERS)
def roles(user_id: int) -> ResponseReturnValue:
    """Give the account the ticked roles and no others."""
    read_form("role")
    session, actor = get_session(), get_actor()
    chosen = read_lists("role")["role"]
    try:
        changed = set_user_roles(session, actor=actor, user_id=user_id, roles=chosen)
    except Refused as refused:
        return _come_back(user_id, refused.sentence, "bad")
    sentence = "The roles are set: the next page that this account opens knows."
    return _come_back(user_id, sentence if changed else _NOTHING_NEW)


@blueprint.post("/clients")
@permit(Permission.MANAGE_USERS)
def clients(user_id: int) -> ResponseReturnValue:
    """Limit an ops manager to the ticked clients; none ticked = all clients."""
    read_form("client")
    session, actor = get_session(), get_actor()
    chosen = read_lists("client")["client"]
    try:
        changed = set_client_scope(session, actor=actor, user_id=user_id, client_ids=chosen)
    except Refused as refused:
        return _come_back(user_id, refused.sentence, "bad")
    if not changed:
        return _come_back(user_id, _NOTHING_NEW)
    limited = "It sees the work of these clients alone." if chosen else "It sees all clients' work."
    return _come_back(user_id, limited)


@blueprint.post("/second-factor/reset")
@permit(Permission.MANAGE_USERS)
def reset(user_id: int) -> ResponseReturnValue:
    """Take the second factor from an account whose phone and codes are lost."""
    read_form()
    try:
        reset_second_factor(get_session(), actor=get_actor(), user_id=user_id)
    except Refused as refused:
        return _come_back(user_id, refused.sentence, "bad")
    return _come_back(user_id, "The second factor is gone, and the account is signed out.")


@blueprint.post("/sign-on/unbind")
@permit(Permission.MANAGE_USERS)
def unbind(user_id: int) -> ResponseReturnValue:
    """Let the account be bound to another identity of single sign-on."""
    read_form()
    try:
        unbind_sign_on(get_session(), actor=get_actor(), user_id=user_id)
    except Refused as refused:
        return _come_back(user_id, refused.sentence, "bad")
    return _come_back(user_id, "Unbound: the next single sign-on with this address binds it anew.")


def _come_back(user_id: int, sentence: str, tone: str = "good") -> Response:
    flash(sentence, tone)
    return redirect(url_for("admin_user.page", user_id=user_id))
