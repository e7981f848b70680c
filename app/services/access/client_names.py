"""Clients' names: shown by duty and noted, and kept out of what contractors read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidValue
from app.models import Client
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.desk.pause_choices import ClientChoice, list_clients
from app.services.transaction import transaction

_LEAST_LETTERS = 3
"""Shorter names stand in too many words."""


def reveal_clients(session: Session, *, actor: Actor) -> list[ClientChoice]:
    """Return the clients that the actor may pause, by name; the audit trail says who read which.

    Raises Forbidden.
    """
    require(actor, Permission.PAUSE)
    with transaction(session):
        clients = list_clients(session, actor.client_ids)
        record(
            session,
            actor=actor,
            action="client_names.read",
            subject=("client_names", "pause"),
            after={"client_ids": [client.client_id for client in clients]},
        )
    return clients


def refuse_client_names(session: Session, field: str, text: str) -> None:
    """Raise InvalidValue when the name of a client stands in a text for contractors."""
    names = session.scalars(select(Client.name))
    said = text.casefold()
    if any(len(name) >= _LEAST_LETTERS and name.casefold() in said for name in names):
        raise InvalidValue(field, "the name of a client", "a text that names codenames only")
