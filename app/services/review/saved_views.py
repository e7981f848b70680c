"""Filters of lists that a person keeps under a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import SavedView
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.transaction import retried, transaction

MOST_VIEWS = 30
MOST_NAME, MOST_QUERY = 60, 2000


@dataclass(frozen=True)
class View:
    """A saved view; `query` is the filter as it stands in an address."""

    view_id: int
    name: str
    query: str


def list_views(session: Session, actor: Actor, list_name: str) -> tuple[View, ...]:
    """Return the actor's views of a list, by name."""
    rows = session.execute(
        select(SavedView.id, SavedView.name, SavedView.query)
        .where(SavedView.user_id == actor.user_id, SavedView.list_name == list_name)
        .order_by(func.lower(SavedView.name), SavedView.id)
    )
    return tuple(View(*row) for row in rows)


@retried
def save_view(session: Session, *, actor: Actor, list_name: str, name: str, query: str) -> None:
    """Keep a filter under a name; the same name again replaces it.

    Raises InvalidValue for a blank or long name, Refused (`too_many`) beyond MOST_VIEWS.
    """
    require(actor, Permission.VIEW_OPS)
    name = name.strip()
    if not 1 <= len(name) <= MOST_NAME:
        raise InvalidValue("name", name, f"a name of at most {MOST_NAME} characters")
    if len(query) > MOST_QUERY:
        raise InvalidValue("query", query, f"at most {MOST_QUERY} characters")
    with transaction(session):
        held = select(func.count()).select_from(SavedView)
        held = held.where(SavedView.user_id == actor.user_id, SavedView.name != name)
        if (session.scalar(held) or 0) >= MOST_VIEWS:
            raise Refused("too_many", f"You keep {MOST_VIEWS} views already: remove one first.")
        values = {"user_id": actor.user_id, "list_name": list_name, "name": name, "query": query}
        statement = insert(SavedView).values(values)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id", "list_name", "name"], set_={"query": query}
            )
        )
        _record(session, actor, "view.saved", list_name, name)


@retried
def remove_view(session: Session, *, actor: Actor, view_id: int) -> None:
    """Forget one of the actor's own views; raises NotFound for anybody else's."""
    require(actor, Permission.VIEW_OPS)
    with transaction(session):
        removed = session.execute(
            delete(SavedView)
            .where(SavedView.id == view_id, SavedView.user_id == actor.user_id)
            .returning(SavedView.list_name, SavedView.name)
        ).first()
        if removed is None:
            raise NotFound("view", view_id)
        _record(session, actor, "view.removed", *removed)


def _record(session: Session, actor: Actor, action: str, list_name: str, name: str) -> None:
    after = {"list": list_name, "name": name}
    record(session, actor=actor, action=action, subject=("view", name), after=after)
