"""The report on what is due in a period, kept for as long as nothing that it is made of changes.

To work it out takes a pass over everybody's approved hours. Beside the result stands a fingerprint
of all that went into it: sums of hashes of what can change, counts of what is only added to. Who
reads the report takes the fingerprint of now, in a fraction of the time, and works the report out
anew where it is another one. So no verb has to remember to throw anything away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import KeptReadiness
from app.services.payroll.pay_periods import get_period
from app.services.payroll.payroll_readiness import (
    MoneyOfPeople,
    Readiness,
    sum_unapproved,
    summarise_period,
)
from app.services.transaction import transaction

_WAY = 1
"""Raised whenever the report comes out otherwise of the same rows."""

_SUMS = ("due", "adjustments", "without_id")

_FINGERPRINT = f"""
WITH unpaid AS MATERIALIZED (
    -- Places of plans, of which no hour was approved: they come and go all day.
    SELECT assignment_id FROM assignments a
    WHERE proposal_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM approved_hours h WHERE h.assignment_id = a.assignment_id)
      AND NOT EXISTS (SELECT FROM hours_corrections x WHERE x.assignment_id = a.assignment_id)
)
SELECT jsonb_build_array({_WAY},
    (SELECT sum(hashint8extended(id, approved_version)) FROM timesheets
     WHERE status IN ('approved', 'locked') AND settled_version <> approved_version
       AND starts_on <= :ends_on),
    (SELECT sum(hashtextextended(assignment_id,
                hashtextextended(contractor_id, hashtextextended(project_id, 0))))
     FROM assignments a
     WHERE NOT EXISTS (SELECT FROM unpaid u WHERE u.assignment_id = a.assignment_id)),
    (SELECT count(*) FROM pay_rates r
     WHERE NOT EXISTS (SELECT FROM unpaid u
                       WHERE r.subject_kind = 'assignment' AND u.assignment_id = r.subject_id)),
    (SELECT sum(hashtextextended(contractor_id,
                hashtextextended(name, hashtextextended(payroll_id, 0)))) FROM contractors),
    (SELECT sum(hash_record_extended((id, starts_on, ends_on, closed_at), 0)) FROM pay_periods),
    (SELECT max(id) FROM approved_hours),
    (SELECT count(*) FROM hours_corrections),
    (SELECT count(*) FROM export_batches))::text
"""  # noqa: S608 - a number of our own


def read_readiness(session: Session, period_id: int) -> Readiness:
    """Return what `summarise_period` says now, kept or worked out; ends the transaction.

    Hours that nobody has approved change all day: they are looked at each time.

    Raises NotFound.
    """
    keys = {"ends_on": get_period(session, period_id).ends_on}
    fingerprint = session.scalar(text(_FINGERPRINT), keys)
    kept = session.scalar(
        select(KeptReadiness.content).where(
            KeptReadiness.period_id == period_id, KeptReadiness.fingerprint == fingerprint
        )
    )
    if kept is not None:
        return replace(_read(kept), unapproved=sum_unapproved(session, period_id))
    readiness = summarise_period(session, period_id)
    # Other sessions commit between the statements of a report: such a one is told, not kept.
    if session.scalar(text(_FINGERPRINT), keys) == fingerprint:
        _keep(session, period_id, str(fingerprint), readiness)
    return readiness


def _keep(session: Session, period_id: int, fingerprint: str, readiness: Readiness) -> None:
    values = {"fingerprint": fingerprint, "content": _write(readiness)}
    statement = insert(KeptReadiness).values(period_id=period_id, **values)
    with transaction(session):
        session.execute(statement.on_conflict_do_update(index_elements=["period_id"], set_=values))


def _write(readiness: Readiness) -> dict[str, Any]:
    sums = {
        name: [asdict(money) | {"hours": str(money.hours)} for money in getattr(readiness, name)]
        for name in _SUMS
    }
    return {**sums, "names_without_id": list(readiness.names_without_id)}


def _read(kept: Mapping[str, Any]) -> Readiness:
    due, adjustments, without_id = (
        tuple(MoneyOfPeople(**{**one, "hours": Decimal(one["hours"])}) for one in kept[name])
        for name in _SUMS
    )
    return Readiness(
        due=due,
        adjustments=adjustments,
        unapproved=(),
        without_id=without_id,
        names_without_id=tuple(kept["names_without_id"]),
    )
