"""Decisions on weeks that meet a pause, or each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

from sqlalchemy import func, select

from app.database import Database
from app.models import ApprovedHours, AuditEvent, HoursEntry, Timesheet
from app.services.hours.timesheet_verbs import approve_sheets, submit_week
from app.services.hours.timesheets import find_week
from tests.app.services.hours.hours_logging import LONG_AFTER, WORKER, log
from tests.app.services.hours.test_timesheet_verbs import MANAGER, fill, list_in_force, see, submit
from tests.app.services.plans.crossing import cross
from tests.app.world import add_world, pause_p1


def test_approval_waits_for_a_pause_and_keeps_no_hours_that_the_pause_takes_back(
    database: Database,
) -> None:
    with database.session() as session:
        add_world(session)
        for day in (date(2026, 3, 2), *(date(2026, 3, 3 + step) for step in range(6))):
            log(session, day, "5")
        version = find_week(session, "C1", date(2026, 3, 2), now=LONG_AFTER).version
        submit_week(session, actor=WORKER, day=date(2026, 3, 2), version=version, now=LONG_AFTER)
        seen = see(session)

    def pause() -> None:
        with database.session() as session:
            pause_p1(session)

    def approve_at_once() -> None:
        with database.session() as session:
            outcome = approve_sheets(session, actor=MANAGER, sheets=seen)[0]
            assert outcome.sentence == "It has changed since you saw it; look again."

    assert cross(database, pause, "DELETE FROM hours_entries", approve_at_once) == []
    with database.session() as session:
        assert list_in_force(session) == []
        assert session.scalars(select(HoursEntry.hours)).all() == [Decimal(5)]


def test_fifty_approvals_at_once_are_one(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        fill(session)
        submit(session)
        seen = see(session)
    wide = Database(database.url.render_as_string(hide_password=False), pool_size=50)
    barrier = Barrier(50)

    def approve_once(_: int) -> bool:
        with wide.session() as session:
            barrier.wait()
            return approve_sheets(session, actor=MANAGER, sheets=seen)[0].ok

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(approve_once, range(50)))
    wide.dispose()
    with database.session() as session:
        assert session.scalar(select(func.count(ApprovedHours.id))) == 7
        assert session.scalars(select(Timesheet.approved_version)).one() == 1
        events = select(func.count()).where(AuditEvent.action == "timesheet.approved")
        assert session.scalar(events) == 1
