"""Schemas: of answers, made from the frozen rows that services return, and parts of requests.

What an answer holds is said once, where the row is; what a schema leaves out it names.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields as list_row_fields
from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

from marshmallow import Schema, ValidationError, fields, pre_dump, validate

from app.exports.payroll_line import HoursKind
from app.input_bounds import FIRST_DAY, LAST_DAY, MAX_KEY, MAX_VERSION, is_usable_day

MAX_TEXT = 2_000
"""Characters of a comment, a reason or a filter."""

MAX_ROWS = 20_000
"""Rows that one call may name."""


class DecimalText(fields.Field[Decimal]):
    """A decimal number as text: many programs read JSON's own numbers as binary fractions."""

    def _serialize(
        self,
        value: Decimal | None,
        attr: str | None,  # noqa: ARG002 - marshmallow's own names
        obj: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> str | None:
        return None if value is None else f"{value:f}"


class TupleSchema(Schema):
    """A tuple as an object: its parts by the names of the fields, in their order."""

    @pre_dump
    def name_parts(self, row: Sequence[Any], **_rest: Any) -> dict[str, Any]:
        """Return the parts by name."""
        return dict(zip(self.fields, row, strict=True))


_PLAIN: Mapping[type, type[fields.Field[Any]]] = {
    bool: fields.Boolean,
    int: fields.Integer,
    float: fields.Float,
    str: fields.String,
    Decimal: DecimalText,
    HoursKind: fields.String,
    date: fields.Date,
    datetime: fields.DateTime,
}

Fields = Mapping[str, fields.Field[Any]]
_built: dict[tuple[type, str], type[Schema]] = {}


def build_schema(
    row_type: type, *, name: str = "", leave_out: Collection[str] = (), more: Fields | None = None
) -> type[Schema]:
    """Return the schema of a frozen dataclass, the same one each time.

    name  in the description of the API, where the row's own would come twice
    more  fields beside the row's own: its properties, or others in their place
    """
    key = (row_type, name)
    if key not in _built:
        hints = get_type_hints(row_type)
        own = {
            field.name: _build_field(hints[field.name])
            for field in list_row_fields(row_type)
            if field.name not in {*leave_out, *(more or {})}
        }
        _built[key] = Schema.from_dict({**own, **(more or {})}, name=name or row_type.__name__)
    return _built[key]


def nest(schema: type[Schema], *, allow_none: bool = False) -> fields.Field[Any]:
    """Return a field that holds one object."""
    return fields.Nested(schema, required=True, allow_none=allow_none)


def build_items(row: type[Schema]) -> type[Schema]:
    """Return the schema of a list that is answered whole, the same one each time."""
    key = (row, "items")
    if key not in _built:
        _built[key] = Schema.from_dict({"items": nest_all(row)}, name=f"{row.__name__}List")
    return _built[key]


def nest_all(schema: type[Schema]) -> fields.Field[Any]:
    """Return a field that holds a list of objects."""
    return fields.List(fields.Nested(schema), required=True)


def build_key(*, required: bool = True) -> fields.Field[Any]:
    """Return a request's field of a key that the database draws."""
    return fields.Integer(strict=True, required=required, validate=validate.Range(1, MAX_KEY))


def build_version() -> fields.Field[Any]:
    """Return a request's field of the version of a row as the caller saw it."""
    return fields.Integer(strict=True, required=True, validate=validate.Range(0, MAX_VERSION))


def build_text(*, required: bool = False, most: int = MAX_TEXT) -> fields.Field[Any]:
    """Return a request's field of text, "" unless it is given."""
    if required:
        return fields.String(required=True, validate=validate.Length(1, most))
    return fields.String(load_default="", validate=validate.Length(max=most))


def build_choice(choices: Collection[str], *, required: bool = False) -> fields.Field[Any]:
    """Return a request's field of one of some words, "" unless it is given."""
    if required:
        return fields.String(required=True, validate=validate.OneOf(list(choices)))
    return fields.String(load_default="", validate=validate.OneOf(list(choices)))


def build_day(*, required: bool = False) -> fields.Field[Any]:
    """Return a request's field of a day that services can reckon with."""
    if required:
        return fields.Date(required=True, validate=_check_day)
    return fields.Date(load_default=None, allow_none=True, validate=_check_day)


def build_moment(*, required: bool = False) -> fields.Field[Any]:
    """Return a request's field of an instant with its offset."""
    if required:
        return fields.AwareDateTime(required=True, validate=_check_moment)
    return fields.AwareDateTime(load_default=None, allow_none=True, validate=_check_moment)


def _build_field(hint: Any) -> fields.Field[Any]:
    """Return the field of a member of a row, by the type that the row declares."""
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [one for one in get_args(hint) if one is not types.NoneType]
        field = _build_field(inner[0])
        field.allow_none = True
        return field
    origin = get_origin(hint) or hint
    if origin in _PLAIN:
        return _PLAIN[origin](required=True)
    if origin is not Any and issubclass(origin, Sequence | frozenset):
        return fields.List(_build_field(get_args(hint)[0]), required=True)
    return _build_object(origin)


def _build_object(origin: Any) -> fields.Field[Any]:
    """Return the field of anything that is neither a plain value nor a list."""
    if isinstance(origin, type) and is_dataclass(origin):
        return nest(build_schema(origin))
    if origin is Any:
        return fields.Raw(required=True)
    if issubclass(origin, Mapping):
        return fields.Dict(required=True)
    raise TypeError(f"an answer can't hold {origin!r}")


def _check_day(day: date) -> None:
    if not is_usable_day(day):
        raise ValidationError(f"a day from {FIRST_DAY} to {LAST_DAY}")


def _check_moment(moment: datetime) -> None:
    # The margin keeps it a day within the calendar in every zone.
    if not FIRST_DAY.year < moment.year < LAST_DAY.year:
        raise ValidationError(f"an instant after {FIRST_DAY.year} and before {LAST_DAY.year}")
