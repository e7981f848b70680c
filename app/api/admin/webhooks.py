"""Webhook endpoints: registered, changed and switched, and what was delivered to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import current_app, url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_WEBHOOKS, WRITE_WEBHOOKS
from app.api.once import keep_secret
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_choice, build_items, build_key, build_schema, build_text
from app.api.sessions import get_session
from app.config import Settings
from app.models import DELIVERY_STATUSES
from app.services.desk.webhooks import (
    DeliveryRow,
    EndpointRow,
    find_deliveries,
    get_endpoint,
    list_endpoints,
)
from app.services.paging import Page, PageRequest
from app.services.webhooks.webhook_endpoints import (
    WebhookRules,
    redeliver,
    register_endpoint,
    renew_secret,
    set_kinds,
    switch_endpoint,
)
from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS

desk = Desk("webhooks", "Webhook endpoints, and what was delivered to them.")

EndpointSchema = build_schema(EndpointRow, name="WebhookEndpoint")


def _build_kinds() -> fields.Field[Any]:
    return fields.List(
        fields.String(validate=validate.OneOf(list(WEBHOOK_KINDS))),
        required=True,
        validate=validate.Length(1, len(WEBHOOK_KINDS)),
    )


class DeliveryQuery(PageQuery):
    """Narrows deliveries."""

    state = build_choice(DELIVERY_STATUSES)


class KindsSchema(Schema):
    """The kinds of events of which an endpoint is told."""

    kinds = _build_kinds()


class NewEndpointSchema(KindsSchema):
    """An address, and the kinds of events of which it is told."""

    url = build_text(required=True)


class SecretSchema(Schema):
    """An endpoint's secret, shown this once."""

    endpoint_id = build_key()
    secret = fields.String(required=True)


class SwitchSchema(Schema):
    """Whether an endpoint is on."""

    active = fields.Boolean(required=True, truthy={True}, falsy={False})


@desk.operation("GET", "/webhooks", READ_WEBHOOKS, build_items(EndpointSchema))
def list_all_endpoints() -> dict[str, Any]:
    """List endpoints, the oldest first."""
    return {"items": list_endpoints(get_session())}


@desk.operation(
    "POST", "/webhooks", WRITE_WEBHOOKS, SecretSchema, body=NewEndpointSchema, status=201
)
def register_one_endpoint(body: dict[str, Any]) -> Any:
    """Register an endpoint; its secret is shown this once."""
    keep_secret()
    endpoint_id, secret = register_endpoint(
        get_session(), actor=get_actor(), rules=_get_rules(), **body
    )
    location = url_for("webhooks.get_one_endpoint", endpoint_id=endpoint_id)
    return {"endpoint_id": endpoint_id, "secret": secret}, 201, {"Location": location}


@desk.operation("GET", "/webhooks/<int:endpoint_id>", READ_WEBHOOKS, EndpointSchema)
def get_one_endpoint(endpoint_id: int) -> EndpointRow:
    """Read one endpoint."""
    return get_endpoint(get_session(), endpoint_id)


@desk.listing(
    "/webhooks/<int:endpoint_id>/deliveries",
    READ_WEBHOOKS,
    build_schema(DeliveryRow),
    Cut("delivery_id", int, descending=True),
    query=DeliveryQuery,
)
def list_deliveries(
    filters: dict[str, Any], page: PageRequest, endpoint_id: int
) -> Page[DeliveryRow]:
    """List what was sent to an endpoint, the latest first."""
    get_endpoint(get_session(), endpoint_id)
    return find_deliveries(get_session(), endpoint_id, filters["state"], page)


@desk.operation(
    "PUT", "/webhooks/<int:endpoint_id>/kinds", WRITE_WEBHOOKS, EndpointSchema, body=KindsSchema
)
def put_kinds(body: dict[str, Collection[str]], endpoint_id: int) -> EndpointRow:
    """Say of what an endpoint is told from now on."""
    kinds = list(body["kinds"])
    set_kinds(get_session(), actor=get_actor(), endpoint_id=endpoint_id, kinds=kinds)
    return get_endpoint(get_session(), endpoint_id)


@desk.operation(
    "PUT", "/webhooks/<int:endpoint_id>/switch", WRITE_WEBHOOKS, EndpointSchema, body=SwitchSchema
)
def put_switch(body: dict[str, Any], endpoint_id: int) -> EndpointRow:
    """Switch an endpoint on or off; what waits for it goes out once it is on again."""
    switch_endpoint(get_session(), actor=get_actor(), endpoint_id=endpoint_id, **body)
    return get_endpoint(get_session(), endpoint_id)


@desk.operation(
    "POST", "/webhooks/<int:endpoint_id>/secret", WRITE_WEBHOOKS, SecretSchema, status=201
)
def draw_new_secret(endpoint_id: int) -> dict[str, Any]:
    """Draw a new secret, with which all is signed from now on."""
    keep_secret()
    secret = renew_secret(
        get_session(), actor=get_actor(), endpoint_id=endpoint_id, rules=_get_rules()
    )
    return {"endpoint_id": endpoint_id, "secret": secret}


@desk.operation(
    "POST", "/webhooks/deliveries/<int:delivery_id>/again", WRITE_WEBHOOKS, EndpointSchema
)
def deliver_again(delivery_id: int) -> EndpointRow:
    """Send an event to its endpoint now, once more if it had arrived."""
    endpoint_id = redeliver(get_session(), actor=get_actor(), delivery_id=delivery_id)
    return get_endpoint(get_session(), endpoint_id)


def _get_rules() -> WebhookRules:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return WebhookRules(
        settings.get_secret_key(), settings.webhook_networks, is_on=settings.webhooks
    )
