"""Writing events for webhooks, in the transaction of the verb that they tell of.

An event exists if and only if what it tells of does. Nothing is written that nobody hears.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.desk.pauses import list_scope
from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS, Data

_ITEMS_AN_EVENT = 500
"""Things listed in one event, so that no receiver gets megabytes at once."""

_HEARERS = """
    FROM webhook_endpoints WHERE status = 'active' AND kinds @> to_jsonb(CAST(:kind AS text))
"""

_IS_HEARD = f"SELECT EXISTS (SELECT {_HEARERS})"

_ADD = f"""
    WITH event AS (
        INSERT INTO webhook_events (event_id, kind, body) VALUES (:event_id, :kind, :body)
        RETURNING id
    )
    INSERT INTO webhook_deliveries (endpoint_id, event_id)
    SELECT hearer.id, event.id FROM (SELECT id {_HEARERS}) AS hearer CROSS JOIN event
    ORDER BY hearer.id
"""  # noqa: S608 - a part of this module, no input


def is_heard(session: Session, kind: str) -> bool:
    """Tell whether any endpoint is told of the kind: else an event need not be put together."""
    return bool(session.execute(text(_IS_HEARD), {"kind": kind}).scalar_one())


def add_event(session: Session, kind: str, data: Data) -> None:
    """Write an event for those who are told of its kind; the caller commits.

    Raises KeyError for an unknown kind, ValueError when the data are not those of the kind.
    """
    WEBHOOK_KINDS[kind].check(data)
    if not is_heard(session, kind):
        return
    said = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    session.execute(text(_ADD), {"event_id": f"evt_{uuid4().hex}", "kind": kind, "body": body})


def add_listing_events(
    session: Session, kind: str, name: str, things: Sequence[Data], **data: Any
) -> None:
    """Write as many events as it takes to list all `things` under `name`."""
    for start in range(0, len(things), _ITEMS_AN_EVENT):
        some = list(things[start : start + _ITEMS_AN_EVENT])
        add_event(session, kind, {**data, name: some})


def add_pause_event(session: Session, kind: str, pause_id: int, **data: Any) -> None:
    """Write an event of a pause; it names the projects by their codenames."""
    if is_heard(session, kind):
        projects = [
            {"project_id": project_id, "codename": codename}
            for project_id, codename in list_scope(session, pause_id)
        ]
        add_event(session, kind, {"pause_id": pause_id, "projects": projects, **data})
