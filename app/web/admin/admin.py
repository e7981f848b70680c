"""The admin desk: accounts and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, NotFound, Refused
from app.services.access.access import Permission
from app.services.access.account_recovery import enable_user, set_new_password
from app.services.access.account_ties import list_namesakes, tie_user
from app.services.access.accounts import ROLE_NAMES, add_user, disable_user
from app.services.access.passwords import MIN_PASSWORD_LENGTH
from app.services.desk.admin_desk import (
    AuditRow,
    UserRow,
    get_user_name,
    list_actions,
    list_audit_events,
    list_users,
)
from app.services.paging import Page, PageRequest
from app.web.admin.admin_lists import AUDIT_COLUMNS, USER_COLUMNS
from app.web.form_fields import read_day, read_form
from app.web.formatting import get_role_word
from app.web.guard import get_actor, permit
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import ListQuery, Sorting, build_listing, read_list_query
from app.web.sessions import get_session

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_USER_SORTING = Sorting.of_columns(USER_COLUMNS, "name")
_AUDIT_SORTING = Sorting.of_columns(AUDIT_COLUMNS, "at", descending=True)
_NAMESAKES_SHOWN = 5
_USER_FIELDS = ("email", "name", "role", "contractor_id", "password")
_SENTENCES = {
    "email": "Give an e-mail address.",
    "name": "Give the name that colleagues know.",
    "role": "Choose a role.",
    "contractor_id": "The role Contractor needs a contractor's id.",
    "password": f"At least {MIN_PASSWORD_LENGTH} characters, without the name or address, and more "
    "than common words, years and rows of keys.",
}
"""What to put right, by the field that `add_user` names."""


@blueprint.get("/users")
@permit(Permission.MANAGE_USERS)
def users() -> ResponseReturnValue:
    """List accounts, and offer to add one."""
    if asks_for_csv():
        query = _read_user_query()
        return send_list("users", USER_COLUMNS, query, partial(_find_users, query))
    return _render_users({}, {})


@blueprint.post("/users")
@permit(Permission.MANAGE_USERS)
def create_user() -> ResponseReturnValue:
    """Add an account with one role."""
    form = read_form(*_USER_FIELDS)
    try:
        add_user(
            get_session(),
            actor=get_actor(),
            email=form.get("email", ""),
            name=form.get("name", ""),
            role=form.get("role", ""),
            password=form.get("password", ""),
            contractor_id=form.get("contractor_id") or None,
        )
    except InvalidValue as error:
        return _render_users(form, {error.field: _SENTENCES[error.field]}), 400
    except NotFound:
        return _render_users(form, {"contractor_id": "There is no contractor of this id."}), 400
    except Refused as refused:
        return _render_users(form, {"email": refused.sentence}), 409
    flash(f"{form['name']} can sign in now. Hand the password over in person.", "good")
    _ask_about_namesakes(form)
    return redirect(url_for("admin.users"))


@blueprint.post("/users/contractor")
@permit(Permission.MANAGE_USERS)
def user_contractor() -> ResponseReturnValue:
    """Say which contractor a staff account is, so that it decides on none of its own work."""
    form = read_form("email", "contractor_id")
    email, contractor_id = form.get("email", ""), form.get("contractor_id") or None
    try:
        tie_user(get_session(), actor=get_actor(), email=email, contractor_id=contractor_id)
    except NotFound as missing:
        flash(f"There is {missing}. Nothing was changed.", "bad")
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        whose = f"contractor {contractor_id}" if contractor_id else "no contractor"
        flash(f"{email} is {whose}.", "good")
    return redirect(url_for("admin.users"))


@blueprint.post("/users/<int:user_id>/disable")
@permit(Permission.MANAGE_USERS)
def user_disable(user_id: int) -> ResponseReturnValue:
    """Stop an account: its very next request is refused."""
    read_form()
    try:
        disable_user(get_session(), actor=get_actor(), user_id=user_id)
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        flash("Disabled: the account is signed out everywhere and can't sign in.", "good")
    return redirect(url_for("admin.users"))


@blueprint.post("/users/<int:user_id>/enable")
@permit(Permission.MANAGE_USERS)
def user_enable(user_id: int) -> ResponseReturnValue:
    """Let a disabled account sign in again."""
    read_form()
    try:
        enable_user(get_session(), actor=get_actor(), user_id=user_id)
    except Refused as refused:
        flash(refused.sentence, "bad")
    else:
        flash("Enabled: the account can sign in with the password it had.", "good")
    return redirect(url_for("admin.users"))


@blueprint.post("/users/<int:user_id>/password")
@permit(Permission.MANAGE_USERS)
def user_password(user_id: int) -> ResponseReturnValue:
    """Draw a new password and show it once: never in the address, the cookie or the log."""
    read_form()
    try:
        password = set_new_password(get_session(), actor=get_actor(), user_id=user_id)
    except Refused as refused:
        flash(refused.sentence, "bad")
        return redirect(url_for("admin.users"))
    name = get_user_name(get_session(), user_id)
    return render_template("admin/password.html", name=name, password=password)


@blueprint.get("/audit")
@permit(Permission.VIEW_AUDIT)
def audit_trail() -> ResponseReturnValue:
    """List events, narrowed by actor, action and day."""
    query = read_list_query(
        request.args, ("text", "action", "first_day", "last_day"), _AUDIT_SORTING
    )
    errors: dict[str, str] = {}
    first_day = read_day(query.filters, "first_day", errors)
    last_day = read_day(query.filters, "last_day", errors)

    def find_rows(page: PageRequest) -> Page[AuditRow]:
        return list_audit_events(
            get_session(),
            text=query.filters["text"],
            action=query.filters["action"],
            first_day=first_day,
            last_day=last_day,
            page=page,
        )

    if asks_for_csv():
        return send_list("audit-trail", AUDIT_COLUMNS, query, find_rows)
    return render_template(
        "admin/audit.html",
        listing=build_listing(query, find_rows, AUDIT_COLUMNS, "admin.audit_trail"),
        actions=list_actions(get_session()),
        errors=errors,
    )


def _ask_about_namesakes(form: Mapping[str, str]) -> None:
    """Point out contractors of a new staff account's name: it may be a second account of theirs."""
    if form.get("role") == "contractor" or form.get("contractor_id"):
        return
    same = list_namesakes(get_session(), form["name"])
    if same:
        shown = ", ".join(same[:_NAMESAKES_SHOWN])
        flash(f"On the roster {form['name']} is {shown}. The same person? Say so below.", "noted")


def _read_user_query() -> ListQuery:
    return read_list_query(request.args, ("text",), _USER_SORTING)


def _find_users(query: ListQuery, page: PageRequest) -> Page[UserRow]:
    return list_users(get_session(), text=query.filters["text"], page=page)


def _render_users(form: Mapping[str, str], errors: Mapping[str, str]) -> str:
    query = _read_user_query()
    return render_template(
        "admin/users.html",
        listing=build_listing(query, partial(_find_users, query), USER_COLUMNS, "admin.users"),
        roles=[(name, get_role_word(name)) for name in ROLE_NAMES],
        form=form,
        errors=errors,
    )
