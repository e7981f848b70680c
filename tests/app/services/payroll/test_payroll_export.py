"""Exports: each decided hour in exactly one batch, later changes as signed adjustments."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound, Refused
from app.exports.payroll_manifest import ROUNDING_RULE, ControlTotal
from app.models import AuditEvent, Contractor, ExportBatch, PayRate
from app.services.access.access import Actor
from app.services.paging import PageRequest
from app.services.payroll.payroll_batches import (
    find_lines,
    get_batch,
    get_batch_file,
    list_batches,
)
from app.services.payroll.payroll_export import export_period
from tests.app.pay_world import (
    FIRST,
    LAST,
    add_period,
    approve,
    approve_day,
    enter,
    export,
    reopen,
)
from tests.app.world import SYSTEM, add_account, add_world

NEXT = FIRST + timedelta(days=7)
ALL = PageRequest("number", limit=1000)

Said = tuple[str, str, str, int, bool]


def say(session: Session, batch_id: int) -> list[Said]:
    """Return contractor, period start, hours, cents and adjustment of each line."""
    return [
        (
            line.contractor_id,
            str(line.starts_on),
            str(line.hours),
            line.amount_cents,
            line.is_adjustment,
        )
        for line in find_lines(session, batch_id, ALL).rows
    ]


def test_export_holds_exactly_the_approved_hours_of_the_period(session: Session) -> None:
    add_world(session)
    for number, day in enumerate((FIRST, LAST, LAST + timedelta(days=1)), start=1):
        approve_day(session, number, day, "7.5")
    enter(session, "C2", FIRST + timedelta(days=14), {("A2", FIRST + timedelta(days=14)): "9"})
    clerk = add_account(session, "payroll")
    batch_id = export_period(session, actor=clerk, period_id=add_period(session))
    batch = get_batch(session, batch_id)
    assert (batch.number, batch.line_count, batch.created_by) == (1, 2, clerk.name)
    assert batch.totals == (ControlTotal("USD", 2, Decimal("15.00"), 60_000),)
    assert say(session, batch_id) == [
        ("C1", str(FIRST), "7.50", 30_000, False),
        ("C2", str(FIRST), "7.50", 30_000, False),
    ]


def test_file_has_the_same_bytes_each_time_and_its_checksum(session: Session) -> None:
    """Check 20: the bytes."""
    add_world(session)
    approve_day(session, 1, FIRST, "7.5")
    batch_id = export(session, add_period(session))
    file = get_batch_file(session, batch_id)
    content = b"".join(file.parts)
    rows = list(csv.reader(content.decode().splitlines()))
    assert rows[1] == [
        *("1", "1", "pay-C1", "Name C1", "Chordus", "regular", str(FIRST), str(LAST)),
        *("7.50", "40.00", "300.00", "USD", ""),
    ]
    session.get_one(Contractor, "C1").name = "Another name"
    session.commit()
    assert b"".join(get_batch_file(session, batch_id).parts) == content
    batch = get_batch(session, batch_id)
    assert batch.sha256 == file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.num_bytes == len(content)


def test_manifest_states_the_rule_and_the_control_totals(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "7.5")
    batch = get_batch(session, export(session, add_period(session)))
    manifest = json.loads(batch.manifest)
    assert manifest["rounding"] == ROUNDING_RULE
    assert manifest["totals"]["USD"]["amount_cents"] == 30_000
    assert (manifest["lines"], manifest["days"], manifest["batch"]) == (1, 1, 1)
    assert manifest["file"]["sha256"] == batch.sha256


def test_cents_are_rounded_once_for_all_days_of_a_line(session: Session) -> None:
    add_world(session, contractor={"pay_rate_cents": 3333})
    days = {("A1", FIRST + timedelta(days=offset)): "0.50" for offset in range(3)}
    approve(session, enter(session, "C1", FIRST, days))
    assert say(session, export(session, add_period(session))) == [
        ("C1", str(FIRST), "1.50", 5000, False)
    ]


def test_adjusted_line_comes_to_what_all_its_hours_come_to(session: Session) -> None:
    add_world(session, contractor={"pay_rate_cents": 3333})
    days = {("A1", FIRST + timedelta(days=offset)): "0.50" for offset in range(3)}
    sheet = enter(session, "C1", FIRST, days)
    approve(session, sheet)
    period = add_period(session)
    export(session, period)
    reopen(session, sheet)
    days.pop(("A1", FIRST))
    approve(session, enter(session, "C1", FIRST, days))
    # 1.5 h are 49.995, paid as 50.00; 1 h is 33.33: what is left goes back, not 16.67.
    assert say(session, export(session, period)) == [("C1", str(FIRST), "-0.50", 3333 - 5000, True)]


def test_reopened_hours_change_nothing_until_they_are_approved_again(session: Session) -> None:
    add_world(session)
    sheet = approve_day(session, 1, FIRST, "8")
    approve_day(session, 2, FIRST, "8")
    period = add_period(session)
    export(session, period)
    reopen(session, sheet)
    enter(session, "C1", FIRST, {("A1", FIRST): "5"})
    with pytest.raises(Refused, match="No approved hours"):
        export(session, period)
    approve(session, sheet)
    assert say(session, export(session, period)) == [("C1", str(FIRST), "-3.00", -12_000, True)]


def test_change_of_a_closed_period_is_an_adjustment_of_the_next_batch(session: Session) -> None:
    add_world(session)
    sheet = enter(session, "C1", FIRST, {("A1", LAST): "8"})
    approve(session, sheet)
    early = add_period(session)
    export(session, early)
    late = add_period(session, NEXT, NEXT + timedelta(days=6))
    reopen(session, sheet)
    enter(session, "C1", FIRST, {("A1", LAST): "10"})
    approve(session, sheet)
    approve_day(session, 2, NEXT, "4")
    # The change waits for its own period as long as that is open.
    assert say(session, export(session, late)) == [("C2", str(NEXT), "4.00", 16_000, False)]
    session.execute(text("UPDATE pay_periods SET closed_at = now() WHERE id = :id"), {"id": early})
    session.commit()
    assert say(session, export(session, late)) == [("C1", str(FIRST), "2.00", 8000, True)]


def test_rate_is_that_of_the_work_date(session: Session) -> None:
    """Check 22: the rate of the work date."""
    add_world(session)
    days = {("A1", FIRST + timedelta(days=offset)): "8" for offset in range(4)}
    approve(session, enter(session, "C1", FIRST, days))
    session.add(
        PayRate(
            subject_kind="assignment",
            subject_id="A1",
            starts_on=FIRST + timedelta(days=2),
            rate_cents=4500,
        )
    )
    session.commit()
    lines = find_lines(session, export(session, add_period(session)), ALL).rows
    assert [(line.hours, line.rate_cents) for line in lines] == [
        (Decimal(16), 4000),
        (Decimal(16), 4500),
    ]


def test_currencies_are_kept_apart(session: Session) -> None:
    add_world(session)
    session.add(
        PayRate(
            subject_kind="contractor",
            subject_id="C2",
            starts_on=FIRST,
            rate_cents=4000,
            currency="EUR",
        )
    )
    session.commit()
    approve_day(session, 1, FIRST, "1")
    approve_day(session, 2, FIRST, "2")
    batch = get_batch(session, export(session, add_period(session)))
    assert [(total.currency, total.amount_cents) for total in batch.totals] == [
        ("EUR", 8000),
        ("USD", 4000),
    ]


def test_export_again_takes_only_what_came_later(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = add_period(session)
    first = export(session, period)
    with pytest.raises(Refused) as caught:
        export(session, period)
    assert caught.value.code == "nothing_to_export"
    approve_day(session, 2, FIRST, "8")
    second = export(session, period)
    batches = list_batches(session)
    assert [(batch.batch_id, batch.number) for batch in batches] == [(second, 2), (first, 1)]
    assert say(session, second) == [("C2", str(FIRST), "8.00", 32_000, False)]


def test_same_key_again_returns_the_same_batch(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    period = add_period(session)
    made = {
        export_period(session, actor=SYSTEM, period_id=period, idempotency_key="k")
        for _ in range(3)
    }
    assert len(made) == 1
    other = add_period(session, NEXT, NEXT)
    with pytest.raises(Refused) as caught:
        export_period(session, actor=SYSTEM, period_id=other, idempotency_key="k")
    assert caught.value.code == "key_reused"


def test_export_without_a_usable_payroll_id_writes_nothing(session: Session) -> None:
    add_world(session)
    session.get_one(Contractor, "C2").payroll_id = ""
    session.get_one(Contractor, "C3").payroll_id = "=1+1"
    session.commit()
    for number in (1, 2, 3):
        approve_day(session, number, FIRST, "8")
    with pytest.raises(Refused, match="Name C2, Name C3") as caught:
        export(session, add_period(session))
    assert caught.value.code == "payroll_id_unusable"
    assert session.scalar(select(func.count()).select_from(ExportBatch)) == 0


def test_export_needs_its_permission_and_a_period(session: Session) -> None:
    manager = Actor(None, "m", frozenset({"ops_manager"}))
    with pytest.raises(Forbidden):
        export_period(session, actor=manager, period_id=1)
    with pytest.raises(NotFound):
        export(session, 1)
    with pytest.raises(NotFound):
        get_batch_file(session, 1)


def test_week_over_two_periods_is_paid_by_both(session: Session) -> None:
    add_world(session)
    split = date(2026, 2, 4)
    days = {("A1", FIRST + timedelta(days=offset)): "8" for offset in range(5)}
    approve(session, enter(session, "C1", FIRST, days))
    early = add_period(session, FIRST, split)
    late = add_period(session, split + timedelta(days=1), LAST)
    assert say(session, export(session, late)) == [
        ("C1", str(split + timedelta(days=1)), "16.00", 64_000, False)
    ]
    assert say(session, export(session, early)) == [("C1", str(FIRST), "24.00", 96_000, False)]


def test_export_event_carries_checksum_and_totals(session: Session) -> None:
    add_world(session)
    approve_day(session, 1, FIRST, "8")
    batch_id = export(session, add_period(session))
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.after is not None
    assert event.action == "payroll.exported"
    assert event.after["sha256"] == get_batch(session, batch_id).sha256
    assert event.after["totals"]["USD"]["amount_cents"] == 32_000
