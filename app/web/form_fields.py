"""Reading form fields into plain values; a field that can't be used gets a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask import request

from app.errors import InvalidValue
from app.web.input_limits import FIRST_DAY, LAST_DAY, is_usable_day

_ALWAYS_ALLOWED = frozenset({"csrf_token"})


def read_form(*names: str) -> Mapping[str, str]:
    """Return the fields of this request's form, spaces around them cut off.

    Raises InvalidValue when the form carries a field that the view does not know: nobody
    can slip in a rate or a role.
    """
    refuse_unknown_fields(request.form, names)
    return {name: request.form[name].strip() for name in names if name in request.form}


def read_lists(*names: str) -> Mapping[str, tuple[str, ...]]:
    """Return the texts of fields that may come more than once, each text once, blanks left out.

    The view has named them to `read_form` as well.
    """
    return {
        name: tuple(
            dict.fromkeys(text for one in request.form.getlist(name) if (text := one.strip()))
        )
        for name in names
    }


def refuse_unknown_fields(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InvalidValue when `given` has a field that is not `known`."""
    unknown = sorted(set(given) - set(known) - _ALWAYS_ALLOWED)
    if unknown:
        raise InvalidValue("form", ", ".join(unknown), "only the fields that the page shows")


def read_day(form: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    """Return a date field; None when it is blank or, with a sentence in `errors`, unusable."""
    text = form.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = "Give a day as year-month-day."
        return None
    if not is_usable_day(day):
        errors[name] = f"Give a day from {FIRST_DAY.year} to {LAST_DAY.year}."
        return None
    return day


def read_text(form: Mapping[str, str], name: str, errors: dict[str, str], *, longest: int) -> str:
    """Return a text field of at most `longest` characters."""
    text = form.get(name, "")
    if len(text) > longest:
        errors[name] = f"At most {longest:,} characters; this has {len(text):,}."
    return text[:longest]
