"""Accounts: who may sign in, as what, for whose work; and the way back in."""

from __future__ import annotations

from typing import Any

from flask import url_for
from marshmallow import Schema, fields, validate

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_USERS, RECOVER_USERS, WRITE_USERS
from app.api.once import keep_secret
from app.api.ops.pauses import ChangedSchema
from app.api.own.account import UserSchema
from app.api.pages import Cut, TextQuery
from app.api.schemas import build_choice, build_items, build_key, build_schema, build_text
from app.api.sessions import get_session
from app.services.access.account_recovery import enable_user, set_new_password
from app.services.access.account_roles import set_user_roles
from app.services.access.account_ties import tie_user
from app.services.access.accounts import ROLE_NAMES, add_user, disable_user
from app.services.access.client_scopes import set_client_scope
from app.services.access.passwords import draw_password
from app.services.access.second_factor import reset_second_factor
from app.services.access.single_sign_on import unbind_sign_on
from app.services.desk.admin_desk import UserRow, list_users
from app.services.desk.user_page import ClientTitle, UserPage, get_user_page, list_client_titles
from app.services.paging import Page, PageRequest

desk = Desk("users", "Accounts: who may sign in, as what, for whose work.")

_MOST_CLIENTS = 10_000


class NewUserSchema(Schema):
    """An account; the role contractor needs a contractor's id."""

    email = build_text(required=True, most=255)
    name = build_text(required=True, most=255)
    role = build_choice(ROLE_NAMES, required=True)
    contractor_id = fields.String(load_default=None, allow_none=True)


class PasswordSchema(Schema):
    """A drawn password, shown this once: hand it over in person."""

    user_id = build_key()
    password = fields.String(required=True)


class RolesSchema(Schema):
    """The roles of an account and no others; without one it opens no desk."""

    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLE_NAMES)),
        required=True,
        validate=validate.Length(max=len(ROLE_NAMES)),
    )


class ClientsSchema(Schema):
    """The clients whose work an ops manager sees; none = all clients'."""

    client_ids = fields.List(
        build_text(required=True), required=True, validate=validate.Length(max=_MOST_CLIENTS)
    )


class TieSchema(Schema):
    """The contractor that a staff account is; null = none."""

    contractor_id = fields.String(required=True, allow_none=True, validate=validate.Length(min=1))


@desk.listing(
    "/users",
    READ_USERS,
    build_schema(UserRow),
    Cut("user_id", int),
    query=TextQuery,
)
def list_all_users(filters: dict[str, Any], page: PageRequest) -> Page[UserRow]:
    """List accounts."""
    return list_users(get_session(), page=page, **filters)


@desk.operation("POST", "/users", WRITE_USERS, PasswordSchema, body=NewUserSchema, status=201)
def add_one_user(body: dict[str, Any]) -> Any:
    """Add an account with one role and a drawn password."""
    keep_secret()
    password = draw_password()
    user_id = add_user(get_session(), actor=get_actor(), password=password, **body)
    location = url_for("users.get_one_user", user_id=user_id)
    return {"user_id": user_id, "password": password}, 201, {"Location": location}


@desk.operation("GET", "/users/<int:user_id>", READ_USERS, UserSchema)
def get_one_user(user_id: int) -> UserPage:
    """Read one account."""
    return get_user_page(get_session(), user_id)


@desk.operation("GET", "/users/clients", READ_USERS, build_items(build_schema(ClientTitle)))
def list_clients_of_users() -> dict[str, Any]:
    """List the clients that an ops manager can be limited to, each by its projects."""
    return {"items": list_client_titles(get_session())}


@desk.operation("POST", "/users/<int:user_id>/disable", WRITE_USERS, UserSchema)
def disable_one_user(user_id: int) -> UserPage:
    """Stop an account: its very next request is refused, and so are its tokens."""
    disable_user(get_session(), actor=get_actor(), user_id=user_id)
    return get_user_page(get_session(), user_id)


@desk.operation("POST", "/users/<int:user_id>/enable", WRITE_USERS, UserSchema)
def enable_one_user(user_id: int) -> UserPage:
    """Let a disabled account sign in again, with the password it had."""
    enable_user(get_session(), actor=get_actor(), user_id=user_id)
    return get_user_page(get_session(), user_id)


@desk.operation("PUT", "/users/<int:user_id>/roles", WRITE_USERS, ChangedSchema, body=RolesSchema)
def put_roles(body: dict[str, Any], user_id: int) -> dict[str, bool]:
    """Set the roles of an account: its very next request knows."""
    changed = set_user_roles(get_session(), actor=get_actor(), user_id=user_id, **body)
    return {"changed": changed}


@desk.operation(
    "PUT", "/users/<int:user_id>/clients", WRITE_USERS, ChangedSchema, body=ClientsSchema
)
def put_clients(body: dict[str, Any], user_id: int) -> dict[str, bool]:
    """Limit an ops manager to some clients' work, or to none of them in particular."""
    changed = set_client_scope(get_session(), actor=get_actor(), user_id=user_id, **body)
    return {"changed": changed}


@desk.operation("PUT", "/users/<int:user_id>/contractor", WRITE_USERS, UserSchema, body=TieSchema)
def put_contractor(body: dict[str, Any], user_id: int) -> UserPage:
    """Say which contractor a staff account is, so that it decides on none of its own work."""
    email = get_user_page(get_session(), user_id).email
    get_session().rollback()
    tie_user(get_session(), actor=get_actor(), email=email, **body)
    return get_user_page(get_session(), user_id)


@desk.operation("POST", "/users/<int:user_id>/password", RECOVER_USERS, PasswordSchema, status=201)
def draw_new_password(user_id: int) -> dict[str, Any]:
    """Draw a new password; every sign-in and every token of the account ends."""
    keep_secret()
    password = set_new_password(get_session(), actor=get_actor(), user_id=user_id)
    return {"user_id": user_id, "password": password}


@desk.operation("POST", "/users/<int:user_id>/second-factor/reset", RECOVER_USERS, UserSchema)
def take_second_factor(user_id: int) -> UserPage:
    """Take the second factor from an account whose phone and codes are lost; sign it out."""
    reset_second_factor(get_session(), actor=get_actor(), user_id=user_id)
    return get_user_page(get_session(), user_id)


@desk.operation("POST", "/users/<int:user_id>/sign-on/unbind", RECOVER_USERS, UserSchema)
def unbind_one_sign_on(user_id: int) -> UserPage:
    """Let an account be bound to another identity of single sign-on; sign it out."""
    unbind_sign_on(get_session(), actor=get_actor(), user_id=user_id)
    return get_user_page(get_session(), user_id)
