"""The administrator's pages of webhooks: endpoints, their secrets, and what was delivered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.config import Settings
from app.errors import InvalidValue, Refused
from app.services.access.access import Permission
from app.services.desk.webhooks import find_deliveries, get_endpoint, list_endpoints
from app.services.webhooks.webhook_endpoints import (
    WebhookRules,
    redeliver,
    register_endpoint,
    renew_secret,
    set_kinds,
    switch_endpoint,
)
from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS
from app.web.form_fields import read_form, read_lists
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.sessions import get_session

blueprint = Blueprint("admin_webhooks", __name__, url_prefix="/admin/webhooks")

STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "waiting": ("Waiting", "warn"),
        "delivered": ("Delivered", "good"),
        "given_up": ("Given up", "bad"),
    }
)
"""Status of a delivery -> its word and the tone of its chip."""

_COLUMNS = (
    Column("at", "When", fixed=True, sorts=False),
    Column("kind", "Event", sorts=False),
    Column("event_id", "Event id", csv_only=True, sorts=False),
    Column("status", "State", lambda row: STATES[row.status][0], sorts=False),
    Column("num_tries", "Tries", number=True, sorts=False),
    Column("http_status", "Answer", number=True, csv_only=True, sorts=False),
    Column("error", "What went wrong", sorts=False),
    Column("ended_at", "Ended", csv_only=True, sorts=False),
)
_SORTING = Sorting((), "at", descending=True)
_SENTENCES = {"kinds": "Choose at least one kind of event."}


@blueprint.get("")
@permit(Permission.MANAGE_WEBHOOKS)
def index() -> ResponseReturnValue:
    """List the endpoints, with a form for another one."""
    return _render_index({}, (), {})


@blueprint.post("")
@permit(Permission.MANAGE_WEBHOOKS)
def register() -> ResponseReturnValue:
    """Register an endpoint; show its secret once, never in the address, the cookie or the log."""
    form, kinds = read_form("url", "kinds"), read_lists("kinds")["kinds"]
    try:
        endpoint_id, secret = register_endpoint(
            get_session(),
            actor=get_actor(),
            url=form.get("url", ""),
            kinds=kinds,
            rules=_get_rules(),
        )
    except InvalidValue as error:
        sentence = _SENTENCES.get(error.field, f"Give {error.expected}.")
        return _render_index(form, kinds, {error.field: sentence}), 400
    except Refused as refused:
        return _render_index(form, kinds, {"url": refused.sentence}), 409
    return _render_secret(endpoint_id, secret)


@blueprint.get("/<int:endpoint_id>")
@permit(Permission.MANAGE_WEBHOOKS)
def endpoint(endpoint_id: int) -> ResponseReturnValue:
    """Show an endpoint and the log of its deliveries."""
    session = get_session()
    row = get_endpoint(session, endpoint_id)
    query = read_list_query(request.args, ("state",), _SORTING)
    state = query.filters["state"] if query.filters["state"] in STATES else ""
    find = partial(find_deliveries, session, endpoint_id, state)
    if asks_for_csv():
        return send_list(f"webhook-{endpoint_id}-deliveries", _COLUMNS, query, find)
    return render_template(
        "admin/webhook.html",
        row=row,
        kinds=WEBHOOK_KINDS.values(),
        states=STATES,
        listing=build_listing(
            query, find, _COLUMNS, "admin_webhooks.endpoint", endpoint_id=endpoint_id
        ),
        is_on=_get_settings().webhooks,
    )


@blueprint.post("/<int:endpoint_id>/kinds")
@permit(Permission.MANAGE_WEBHOOKS)
def kinds(endpoint_id: int) -> ResponseReturnValue:
    """Say of what an endpoint is told."""
    read_form("kinds")
    chosen = read_lists("kinds")["kinds"]
    try:
        set_kinds(get_session(), actor=get_actor(), endpoint_id=endpoint_id, kinds=chosen)
    except InvalidValue as error:
        flash(_SENTENCES[error.field], "bad")
    else:
        flash("Saved: it is told of these from now on.", "good")
    return redirect(url_for("admin_webhooks.endpoint", endpoint_id=endpoint_id))


@blueprint.post("/<int:endpoint_id>/switch")
@permit(Permission.MANAGE_WEBHOOKS)
def switch(endpoint_id: int) -> ResponseReturnValue:
    """Switch an endpoint on or off."""
    active = read_form("active").get("active") == "1"
    switch_endpoint(get_session(), actor=get_actor(), endpoint_id=endpoint_id, active=active)
    flash("The endpoint is on." if active else "The endpoint is off.", "good")
    return redirect(url_for("admin_webhooks.endpoint", endpoint_id=endpoint_id))


@blueprint.post("/<int:endpoint_id>/secret")
@permit(Permission.MANAGE_WEBHOOKS)
def secret(endpoint_id: int) -> ResponseReturnValue:
    """Draw a new secret and show it once."""
    read_form()
    drawn = renew_secret(
        get_session(), actor=get_actor(), endpoint_id=endpoint_id, rules=_get_rules()
    )
    return _render_secret(endpoint_id, drawn)


@blueprint.post("/deliveries/<int:delivery_id>/again")
@permit(Permission.MANAGE_WEBHOOKS)
def again(delivery_id: int) -> ResponseReturnValue:
    """Send an event now, once more if it had arrived."""
    read_form()
    endpoint_id = redeliver(get_session(), actor=get_actor(), delivery_id=delivery_id)
    flash("The event is on its way.", "good")
    return redirect(url_for("admin_webhooks.endpoint", endpoint_id=endpoint_id))


def _render_index(
    form: Mapping[str, str], chosen: tuple[str, ...], errors: Mapping[str, str]
) -> str:
    return render_template(
        "admin/webhooks.html",
        rows=list_endpoints(get_session()),
        kinds=WEBHOOK_KINDS.values(),
        form=form,
        chosen=chosen,
        errors=errors,
        is_on=_get_settings().webhooks,
    )


def _render_secret(endpoint_id: int, drawn: str) -> str:
    row = get_endpoint(get_session(), endpoint_id)
    return render_template("admin/webhook_secret.html", row=row, secret=drawn)


def _get_rules() -> WebhookRules:
    settings = _get_settings()
    return WebhookRules(
        settings.get_secret_key(), settings.webhook_networks, is_on=settings.webhooks
    )


def _get_settings() -> Settings:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings
