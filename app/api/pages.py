"""Lists by cursor: a page begins after the last row of the one before, whatever came meanwhile."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import Schema, fields, validate

from app.api.schemas import build_text
from app.errors import InvalidValue
from app.input_bounds import MAX_KEY
from app.services.paging import Page, PageRequest

MOST_ROWS = 200
"""Rows of a page."""

_ROWS = 50

Key = int | str | date


class LinksSchema(Schema):
    """Addresses of this page and of the one after it."""

    self = fields.String(required=True, metadata={"format": "uri-reference"})
    next = fields.String(required=True, allow_none=True, metadata={"format": "uri-reference"})


class PageQuery(Schema):
    """Which part of a list; a list's own filters come beside it."""

    limit = fields.Integer(load_default=_ROWS, validate=validate.Range(1, MOST_ROWS))
    cursor = fields.String(
        load_default="",
        validate=validate.Length(max=1_000),
        metadata={"description": "`next_cursor` of the page before."},
    )


_PARTS = frozenset(PageQuery().fields)


class TextQuery(PageQuery):
    """Narrows a list by a part of a name."""

    text = build_text()


def list_filters(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a query narrows a list by, without the part that it asks for."""
    return {name: value for name, value in query.items() if name not in _PARTS}


@cache
def build_page_schema(row: type[Schema]) -> type[Schema]:
    """Return the schema of a page of rows."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(row), required=True),
            "total": fields.Integer(
                required=True, metadata={"description": "Rows of all pages together."}
            ),
            "next_cursor": fields.String(required=True, allow_none=True),
            "links": fields.Nested(LinksSchema, required=True),
        },
        name=f"{row.__name__}Page",
    )


@dataclass(frozen=True)
class Cut:
    """How a list is cut: by a column that holds no value twice, of one type."""

    column: str
    kind: type[Key]
    descending: bool = False

    def read(self, query: Mapping[str, Any]) -> PageRequest:
        """Return the page that a query asks for, and one row more: it says whether more follow.

        Raises InvalidValue for a cursor of another list.
        """
        after = self._read_cursor(query["cursor"]) if query["cursor"] else None
        return PageRequest(self.column, self.descending, 0, query["limit"] + 1, after)

    def build(self, found: Page[Any], query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the page as its schema has it."""
        rows = list(found.rows[: query["limit"]])
        cursor = None
        if len(found.rows) > query["limit"]:
            cursor = _write_cursor(getattr(rows[-1], self.column))
        return {
            "items": rows,
            "total": found.total,
            "next_cursor": cursor,
            "links": {
                "self": _build_address(request.args.to_dict()),
                "next": cursor and _build_address({**request.args.to_dict(), "cursor": cursor}),
            },
        }

    def _read_cursor(self, text: str) -> Key:
        try:
            value = json.loads(base64.urlsafe_b64decode(text.encode()))
            if self.kind is date:
                return date.fromisoformat(value)
        except (binascii.Error, ValueError, TypeError, RecursionError):
            raise _refuse_cursor(text) from None
        if type(value) is not self.kind or (isinstance(value, int) and abs(value) > MAX_KEY):
            raise _refuse_cursor(text)
        if isinstance(value, str) and not value.isprintable():
            raise _refuse_cursor(text)
        key: Key = value
        return key


def _write_cursor(key: Key) -> str:
    text = json.dumps(key.isoformat() if isinstance(key, date) else key)
    return base64.urlsafe_b64encode(text.encode()).decode()


def _refuse_cursor(text: str) -> InvalidValue:
    return InvalidValue("query.cursor", text, "the next_cursor of a page of this list")


def _build_address(args: Mapping[str, str]) -> str:
    return f"{request.path}?{urlencode(args)}" if args else request.path
