"""One's own account: what it is, its messages, when they are mailed, and its tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields

from app.api.desk import Desk
from app.api.guard import get_actor, get_user_id
from app.api.needs import READ_ACCOUNT, WRITE_ACCOUNT
from app.api.ops.pauses import ChangedSchema
from app.api.pages import Cut, PageQuery
from app.api.schemas import build_choice, build_items, build_key, build_schema
from app.api.sessions import get_session
from app.models import MAIL_MODES
from app.services.access.api_tokens import TokenRow, list_tokens, revoke_token
from app.services.desk.user_page import UserPage, get_user_page
from app.services.messages.inbox import InboxRow, count_messages, list_inbox, open_message, read_all
from app.services.messages.mail_modes import get_mail_mode, set_mail_mode
from app.services.paging import Page, PageRequest

desk = Desk("account", "One's own account: messages, mail and tokens.")

UserSchema = build_schema(UserPage, name="User")


class MessageQuery(PageQuery):
    """Narrows one's messages."""

    unread_only = fields.Boolean(load_default=False, truthy={"true"}, falsy={"false"})


class NewestSchema(Schema):
    """The latest message that the caller knows: what came after it stays unread."""

    newest_id = build_key()


class NumReadSchema(Schema):
    """How many messages were unread until now."""

    num_read = fields.Integer(required=True)


class OpenedSchema(Schema):
    """The page that a message leads to."""

    path = fields.String(required=True)


class MailModeSchema(Schema):
    """When one's messages are mailed."""

    mail_mode = build_choice(MAIL_MODES, required=True)


@desk.operation("GET", "/account", READ_ACCOUNT, UserSchema)
def get_own_account() -> UserPage:
    """Read one's own account."""
    return get_user_page(get_session(), get_user_id())


@desk.listing(
    "/messages",
    READ_ACCOUNT,
    build_schema(InboxRow),
    Cut("message_id", int, descending=True),
    query=MessageQuery,
)
def list_messages(filters: dict[str, Any], page: PageRequest) -> Page[InboxRow]:
    """List one's messages, the latest first."""
    session, actor = get_session(), get_actor()
    older_than = None if page.after is None else int(str(page.after))
    found = list_inbox(session, actor, limit=page.limit, older_than=older_than, **filters)
    return Page(found.rows, count_messages(session, actor, **filters))


@desk.operation("POST", "/messages/<int:message_id>/open", WRITE_ACCOUNT, OpenedSchema)
def open_one_message(message_id: int) -> dict[str, str]:
    """Mark a message as read; again changes nothing."""
    return {"path": open_message(get_session(), actor=get_actor(), message_id=message_id)}


@desk.operation("POST", "/messages/read", WRITE_ACCOUNT, NumReadSchema, body=NewestSchema)
def read_messages(body: dict[str, Any]) -> dict[str, int]:
    """Mark all messages as read, up to the newest that the caller knows."""
    return {"num_read": read_all(get_session(), actor=get_actor(), **body)}


@desk.operation("GET", "/account/mail", READ_ACCOUNT, MailModeSchema)
def get_own_mail_mode() -> dict[str, str]:
    """Read when one's messages are mailed."""
    return {"mail_mode": get_mail_mode(get_session(), get_actor())}


@desk.operation("PUT", "/account/mail", WRITE_ACCOUNT, ChangedSchema, body=MailModeSchema)
def put_own_mail_mode(body: dict[str, Any]) -> dict[str, bool]:
    """Choose when one's messages are mailed."""
    return {"changed": set_mail_mode(get_session(), actor=get_actor(), **body)}


@desk.operation("GET", "/tokens", READ_ACCOUNT, build_items(build_schema(TokenRow)))
def list_own_tokens() -> dict[str, Any]:
    """List one's own tokens, those that work first; their secrets can't be read again."""
    return {"items": list_tokens(get_session(), get_user_id(), now=datetime.now(UTC))}


@desk.operation("POST", "/tokens/<int:token_id>/revoke", WRITE_ACCOUNT, ChangedSchema)
def revoke_own_token(token_id: int) -> dict[str, bool]:
    """Let one of one's own tokens stop working, this one too; again changes nothing."""
    return {"changed": revoke_token(get_session(), actor=get_actor(), token_id=token_id)}
