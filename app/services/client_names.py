"""Keeping clients' names out of what contractors read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import Client

_LEAST_LETTERS = 3
"""Shorter names stand in too many words."""


def refuse_client_names(session: Session, field: str, text: str) -> None:
    """Raise InvalidValue when the name of a client stands in a text for contractors."""
    names = session.scalars(select(Client.name))
    said = text.casefold()
    if any(len(name) >= _LEAST_LETTERS and name.casefold() in said for name in names):
        raise InvalidValue(field, "the name of a client", "a text that names codenames only")
