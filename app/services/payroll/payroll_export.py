"""Exporting a pay period: every decided hour that no batch holds, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.errors import Refused
from app.exports.cell_safety import is_safe_id
from app.exports.payroll_csv import build_payroll_csv, build_payroll_name
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from app.exports.payroll_manifest import ControlTotal, build_manifest
from app.models import ExportBatch, PayPeriod
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.payroll.kept_files import keep_file, spooled
from app.services.payroll.pay_periods import get_locked_period
from app.services.payroll.payroll_batches import GENERIC
from app.services.payroll.payroll_ledger import stage_due_lines
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_news import tell_exported

_NAMES_SHOWN = 5
_LINES_AT_ONCE = 5_000
_KINDS = {kind.value: kind for kind in HoursKind}

_NEW_LINES = """
    SELECT number, contractor_id, payroll_id, contractor, project_code, hours_kind, starts_on,
           ends_on, hours, rate_cents, amount_cents, currency, is_adjustment
    FROM new_lines ORDER BY number
"""
"""In the order of the fields of `PayrollLine`."""

_NEW_TOTALS = """
    SELECT currency, count(*) AS num_lines, sum(hours) AS hours,
           sum(amount_cents)::bigint AS amount_cents,
           count(*) FILTER (WHERE is_adjustment) AS num_adjustments,
           coalesce(sum(amount_cents) FILTER (WHERE is_adjustment), 0)::bigint AS adjustment_cents
    FROM new_lines GROUP BY currency ORDER BY currency
"""

_NEW_PEOPLE = """
    SELECT DISTINCT contractor, contractor_id, payroll_id FROM new_lines
    ORDER BY contractor, contractor_id
"""

_KEEP_LINES = """
    INSERT INTO export_lines (batch_id, number, contractor_id, payroll_id, contractor, project_id,
        project_code, hours_kind, starts_on, ends_on, hours, rate_cents, amount_cents, currency,
        is_adjustment)
    SELECT :batch_id, number, contractor_id, payroll_id, contractor, project_id, project_code,
        hours_kind, starts_on, ends_on, hours, rate_cents, amount_cents, currency, is_adjustment
    FROM new_lines ORDER BY number
"""

_KEEP_DAYS = """
    INSERT INTO export_days (batch_id, line_number, assignment_id, work_date, hours, entry)
    SELECT :batch_id, l.number, d.assignment_id, d.work_date, d.hours, d.entry
    FROM new_days d
    JOIN (
        SELECT number, unnest(charges) AS charge, starts_on, ends_on, is_adjustment FROM new_lines
    ) AS l USING (charge, starts_on, ends_on, is_adjustment)
"""

_SETTLE_SHEETS = """
    UPDATE timesheets t SET settled_version = s.approved_version, status = 'locked',
           version = t.version + (t.status <> 'locked')::int
    FROM due_sheets s WHERE s.id = t.id AND t.ends_on <= :ends_on
      AND NOT EXISTS (
          SELECT FROM pay_periods p WHERE p.closed_at IS NULL AND p.id <> :period_id
            AND p.starts_on <= t.ends_on AND p.ends_on >= t.starts_on)
"""
"""A sheet with days of a later period, or of another open one, is settled with that one."""


@retried
def export_period(
    session: Session, *, actor: Actor, period_id: int, idempotency_key: str | None = None
) -> int:
    """Put all that is due in the period into a new batch; return the batch's id.

    Due are the decided hours of the period, and what changed of earlier days that were paid or
    whose period is closed, as signed adjustments. Sheets that are settled by it are locked.

    idempotency_key  the same key again returns the batch that it made

    Raises NotFound, or Refused (`closed`, `nothing_to_export`, `payroll_id_unusable`,
    `key_reused`).
    """
    require(actor, Permission.EXPORT_PAYROLL)
    with transaction(session):
        # One export at a time: the numbers have no gap and no two batches see the same hour.
        session.execute(text("LOCK TABLE export_batches IN EXCLUSIVE MODE"))
        done = _find_done(session, idempotency_key, period_id)
        if done is not None:
            return done
        period = get_locked_period(session, period_id, read=True)
        if period.closed_at is not None:
            raise Refused("closed", "This pay period is closed; export the next one.")
        stage_due_lines(session, period, lock=True)
        _refuse_unready(session, period)
        batch = _write_batch(session, actor, period, idempotency_key)
        keys = {"batch_id": batch.id, "period_id": period.id, "ends_on": period.ends_on}
        session.execute(text(_SETTLE_SHEETS), keys)
        tell_exported(session, batch)
        record(
            session,
            actor=actor,
            action="payroll.exported",
            subject=("export_batch", batch.number),
            after={
                "period_starts_on": period.starts_on,
                "period_ends_on": period.ends_on,
                "lines": batch.line_count,
                "totals": batch.totals,
                "sha256": batch.sha256,
            },
        )
    return batch.id


def _find_done(session: Session, key: str | None, period_id: int) -> int | None:
    """Return the batch that this key has made, None when it is new."""
    if key is None:
        return None
    found = session.execute(
        select(ExportBatch.id, ExportBatch.period_id).where(ExportBatch.idempotency_key == key)
    ).one_or_none()
    if found is None:
        return None
    if found.period_id != period_id:
        raise Refused("key_reused", "This key has made the batch of another pay period.")
    batch_id: int = found.id
    return batch_id


def _refuse_unready(session: Session, period: PayPeriod) -> None:
    people = session.execute(text(_NEW_PEOPLE)).all()
    if not people:
        days = f"{period.starts_on} to {period.ends_on}"
        raise Refused("nothing_to_export", f"No approved hours to export from {days}.")
    missing = [row.contractor for row in people if not is_safe_id(row.payroll_id)]
    if missing:
        names = ", ".join(missing[:_NAMES_SHOWN])
        more = f" and {len(missing) - _NAMES_SHOWN} more" if len(missing) > _NAMES_SHOWN else ""
        raise Refused("payroll_id_unusable", f"No usable payroll id: {names}{more}.")


def _write_batch(
    session: Session, actor: Actor, period: PayPeriod, idempotency_key: str | None
) -> ExportBatch:
    """Write the batch with its lines, days and file."""
    latest = session.scalar(select(func.max(ExportBatch.number)))
    head = PayrollBatch((latest or 0) + 1, period.starts_on, period.ends_on)
    totals = [ControlTotal(*row) for row in session.execute(text(_NEW_TOTALS))]
    num_days = session.scalar(text("SELECT count(*) FROM new_days")) or 0
    content = build_payroll_csv(head, _stream_lines(session))
    with spooled(content, build_payroll_name(head)) as (file, parts):
        batch = ExportBatch(
            number=head.number,
            period_id=period.id,
            period_starts_on=period.starts_on,
            period_ends_on=period.ends_on,
            line_count=sum(total.num_lines for total in totals),
            totals={total.currency: total.as_dict() for total in totals},
            manifest=build_manifest(head, totals, file, num_days=num_days),
            sha256=file.sha256,
            idempotency_key=idempotency_key,
            created_by=actor.user_id,
        )
        session.add(batch)
        session.flush()
        session.execute(text(_KEEP_LINES), {"batch_id": batch.id})
        session.execute(text(_KEEP_DAYS), {"batch_id": batch.id})
        keep_file(session, batch.id, GENERIC, file, parts)
    return batch


def _stream_lines(session: Session) -> Iterator[PayrollLine]:
    """Yield the new lines through a cursor of the server, a few thousand at a time."""
    options = {"stream_results": True, "yield_per": _LINES_AT_ONCE}
    for rows in session.execute(text(_NEW_LINES), execution_options=options).partitions():
        for number, contractor_id, payroll_id, name, code, kind, *rest in rows:
            yield PayrollLine(number, contractor_id, payroll_id, name, code, _KINDS[kind], *rest)
