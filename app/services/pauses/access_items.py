"""The access-removal list of a pause: made with it, ticked off one by one or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import AccessItem, Contractor, Pause
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.keys import is_among
from app.services.paging import contains_text
from app.services.transaction import retried, transaction

STATES = ("to_remove", "removed")
_IDS_KEPT = 500

_ADD = """
    INSERT INTO access_items (pause_id, contractor_id, project_id, kind, name)
    SELECT :pause_id, a.contractor_id, min(a.project_id), 'project', p.codename
    FROM assignments a JOIN projects p ON p.project_id = a.project_id
    WHERE a.suspended_by_pause_id = :pause_id
    GROUP BY a.contractor_id, p.codename
    UNION ALL
    SELECT :pause_id, a.contractor_id, min(a.project_id), 'compartment', part.name
    FROM assignments a
    JOIN projects p ON p.project_id = a.project_id
    JOIN contractors c ON c.contractor_id = a.contractor_id
    CROSS JOIN LATERAL unnest(string_to_array(p.compartments, '|')) AS part (name)
    WHERE a.suspended_by_pause_id = :pause_id
      AND part.name = ANY(string_to_array(c.compartments, '|'))
      AND NOT EXISTS (
          SELECT FROM assignments o JOIN projects q ON q.project_id = o.project_id
          WHERE o.contractor_id = a.contractor_id AND o.status = 'active'
            AND coalesce(o.ends_on, 'infinity') >= :pause_date
            AND part.name = ANY(string_to_array(q.compartments, '|')))
    GROUP BY a.contractor_id, part.name
    RETURNING 1
"""


@dataclass(frozen=True)
class AccessFilter:
    """Narrows the list; a blank part takes all.

    text   in the contractor's name or id
    state  one of STATES
    """

    text: str = ""
    state: str = ""
    kind: str = ""
    name: str = ""


def add_access_items(session: Session, pause_id: int, pause_date: date) -> int:
    """List what those whom the pause suspended must lose; return how many items that is.

    Their projects, and the compartments of these that no other active work of theirs asks
    for. Part of the transaction that opens the pause.
    """
    keys = {"pause_id": pause_id, "pause_date": pause_date}
    return len(session.execute(text(_ADD), keys).all())


def build_conditions(pause_id: int, narrowed: AccessFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on AccessItem, joined with its Contractor."""
    conditions: list[ColumnElement[bool]] = [AccessItem.pause_id == pause_id]
    if narrowed.text:
        matches = contains_text(narrowed.text, Contractor.name)
        conditions.append(matches | (Contractor.contractor_id == narrowed.text))
    if narrowed.state in STATES:
        is_removed = AccessItem.removed_at.is_not(None)
        conditions.append(is_removed if narrowed.state == "removed" else ~is_removed)
    if narrowed.kind:
        conditions.append(AccessItem.kind == narrowed.kind)
    if narrowed.name:
        conditions.append(AccessItem.name == narrowed.name)
    return conditions


@retried
def mark_access(
    session: Session,
    *,
    actor: Actor,
    pause_id: int,
    removed: bool,
    item_ids: Sequence[int] | None = None,
    narrowed: AccessFilter | None = None,
) -> int:
    """Tick items off as removed, or take the tick back; return how many that changed.

    item_ids  those items, as far as they belong to the pause
    narrowed  without ids, all that pass the filter

    Raises NotFound.
    """
    require(actor, Permission.PAUSE)
    with transaction(session):
        if session.get(Pause, pause_id) is None:
            raise NotFound("pause", pause_id)
        inside = build_conditions(pause_id, narrowed or AccessFilter())
        if item_ids is not None:
            inside = [AccessItem.pause_id == pause_id, is_among(AccessItem.id, item_ids)]
        chosen = (
            select(AccessItem.id)
            .join(Contractor, Contractor.contractor_id == AccessItem.contractor_id)
            .where(*inside, AccessItem.removed_at.is_(None) == removed)
            .order_by(AccessItem.id)
            .with_for_update(of=AccessItem)
        )
        changed = session.scalars(chosen).all()
        session.execute(
            update(AccessItem)
            .where(is_among(AccessItem.id, changed))
            .values(
                removed_at=datetime.now(UTC) if removed else None,
                removed_by=actor.user_id if removed else None,
            )
        )
        if changed:
            record(
                session,
                actor=actor,
                action="access.removed" if removed else "access.kept",
                subject=("pause", pause_id),
                after={"items": len(changed), "item_ids": list(changed[:_IDS_KEPT])},
            )
    return len(changed)
