"""The outbox: messages are written in the transaction of the event that they tell of.

A message exists if and only if its event does, and once for each person: telling again what
has been told changes nothing. The worker mails them later.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Role, User
from app.services.access.access import ROLE_PERMISSIONS, Permission
from app.services.access.client_scopes import build_is_told
from app.services.messages.message_kinds import Facts, check_facts

_ROWS_A_STATEMENT = 10_000

# Sorted, so that two events that tell the same people lock their rows in one order.
_ADD = """
    INSERT INTO messages (kind, event, contractor_id, user_id, facts)
    SELECT :kind, m.event, m.contractor_id, m.user_id, m.facts
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
         AS m (event text, contractor_id text, user_id bigint, facts jsonb)
    ORDER BY m.contractor_id, m.user_id
    ON CONFLICT DO NOTHING
    RETURNING 1
"""


@dataclass(frozen=True)
class News:
    """What one person is to be told: a contractor, or staff by their account, never both.

    event  which event of the kind, such as the id of the pause or the offer
    facts  those that the kind names (`app.services.messages.message_kinds`)
    """

    event: object
    facts: Facts
    contractor_id: str | None = None
    user_id: int | None = None


def add_messages(session: Session, kind: str, news: Iterable[News]) -> int:
    """Write messages of one kind inside the caller's transaction; return how many were new.

    Raises KeyError for an unknown kind, ValueError when the facts are not those of the kind.
    """
    num_new = 0
    for some in _cut(list(news), _ROWS_A_STATEMENT):
        rows = []
        for one in some:
            check_facts(kind, one.facts)
            rows.append(
                {
                    "event": str(one.event),
                    "contractor_id": one.contractor_id,
                    "user_id": one.user_id,
                    "facts": dict(one.facts),
                }
            )
        keys = {"kind": kind, "rows": json.dumps(rows)}
        num_new += len(session.execute(text(_ADD), keys).all())
    return num_new


def tell_staff(
    session: Session,
    kind: str,
    event: object,
    facts: Facts,
    *,
    permission: Permission,
    pause_id: int | None = None,
    except_ids: Collection[int | None] = (),
) -> int:
    """Tell all active accounts with a permission, except some; return how many were new.

    pause_id  what it is about: whoever is limited to other clients is not told; None = no pause
    """
    user_ids = [
        user_id
        for user_id in list_user_ids(session, permission, pause_id=pause_id)
        if user_id not in except_ids
    ]
    return add_messages(session, kind, [News(event, facts, user_id=one) for one in user_ids])


def list_user_ids(
    session: Session, permission: Permission, *, pause_id: int | None
) -> Sequence[int]:
    """Return the ids of all active accounts that have a permission for the work of a pause."""
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
    statement = (
        select(User.id).where(User.active, User.roles.any(Role.name.in_(roles))).order_by(User.id)
    )
    if pause_id is not None:
        statement = statement.where(build_is_told(pause_id))
    return session.scalars(statement).all()


def _cut(news: Sequence[News], size: int) -> Iterable[Sequence[News]]:
    return (news[start : start + size] for start in range(0, len(news), size))
