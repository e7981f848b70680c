"""The audit trail: one transaction with the change, for every verb there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.services.access.access import Actor
from app.services.access.accounts import add_user, disable_user
from app.services.auditing.audit import record
from app.services.hours.hours import log_hours
from app.services.imports.importing import import_roster
from app.services.pauses.resuming import resume_pause
from app.services.payroll.payroll_corrections import correct_rate
from app.services.payroll.payroll_export import export_period
from app.services.payroll.period_closing import close_period
from app.services.plans.planning import PlanOptions, request_plan, stop_plan
from app.services.review.reviewing import ProposalVersion, approve_proposals, reject_proposals
from tests.app.pay_world import add_period, approve_day
from tests.app.world import PASSWORD, SYSTEM, add_account, add_world, pause_p1, propose
from tests.factories import make_roster

DAY, EARLY = date(2026, 2, 2), date(2026, 1, 31)
WORKER = Actor(None, "C1", frozenset({"contractor"}), "C1")

BREAK_THE_AUDIT_TRAIL = "ALTER TABLE audit_events ADD CONSTRAINT broken CHECK (false) NOT VALID"

TABLES = (
    "assignments",
    "audit_events",
    "contractors",
    "export_batches",
    "hours_entries",
    "pause_projects",
    "pauses",
    "pay_periods",
    "plan_runs",
    "procrastinate_jobs",
    "projects",
    "proposals",
    "rejected_pairs",
    "users",
)
"""Everything that a verb writes."""


@dataclass(frozen=True)
class Scene:
    """A paused project with a plan, hours, and an account."""

    pause_id: int
    plan_run_id: int
    proposals: list[ProposalVersion]
    user_id: int
    period_id: int
    other_period_id: int


def add_scene(session: Session) -> Scene:
    add_world(session)
    log(session, "8")
    user_id = add_account(session, "payroll").user_id
    assert user_id is not None
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    again = request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())
    session.execute(text("UPDATE proposals SET status = 'proposed'"))
    session.commit()
    approve_day(session, 2, DAY, "8")
    period_id, other_id = add_period(session, DAY, DAY), add_period(session, EARLY, EARLY)
    return Scene(opened.pause_id, again, proposals, user_id, period_id, other_id)


def log(session: Session, hours: str) -> None:
    log_hours(session, actor=WORKER, assignment_id="A1", work_date=DAY, hours=Decimal(hours))


VERBS: dict[str, Callable[[Session, Scene], object]] = {
    "import": lambda session, _: import_roster(
        session, make_roster(contractors=[{"contractor_id": "C9"}]), actor=SYSTEM, source="x"
    ),
    "resume": lambda session, scene: resume_pause(
        session, actor=SYSTEM, pause_id=scene.pause_id, today=DAY
    ),
    "stop": lambda session, scene: stop_plan(
        session, actor=SYSTEM, plan_run_id=scene.plan_run_id, keep=False
    ),
    "approve": lambda session, scene: approve_proposals(
        session, actor=SYSTEM, proposals=scene.proposals
    ),
    "reject": lambda session, scene: reject_proposals(
        session, actor=SYSTEM, proposals=scene.proposals, reason="no"
    ),
    "log hours": lambda session, _: log(session, "7"),
    "take hours back": lambda session, _: log(session, "0"),
    "export": lambda session, scene: export_period(
        session, actor=SYSTEM, period_id=scene.period_id
    ),
    "close a period": lambda session, scene: close_period(
        session, actor=SYSTEM, period_id=scene.other_period_id
    ),
    "correct a rate": lambda session, _: correct_rate(
        session, actor=SYSTEM, assignment_id="A1", starts_on=DAY, rate_cents=1, reason="x"
    ),
    "add user": lambda session, _: add_user(
        session, actor=SYSTEM, email="n@x.example", name="N", role="admin", password=PASSWORD
    ),
    "disable user": lambda session, scene: disable_user(
        session, actor=SYSTEM, user_id=scene.user_id
    ),
}


def take_picture(session: Session) -> dict[str, list[str]]:
    """Return every row of every table that a verb writes, as text."""
    return {
        table: sorted(session.scalars(text(f"SELECT t::text FROM {table} t")).all())
        for table in TABLES
    }


@pytest.mark.parametrize("verb", VERBS)
def test_change_rolls_back_when_its_event_cannot_be_written(session: Session, verb: str) -> None:
    """Check 40: no change without its event."""
    scene = add_scene(session)
    session.execute(text(BREAK_THE_AUDIT_TRAIL))
    session.commit()
    before = take_picture(session)
    with pytest.raises(IntegrityError, match="broken"):
        VERBS[verb](session, scene)
    assert take_picture(session) == before


@pytest.mark.parametrize("verb", VERBS)
def test_verb_writes_exactly_one_event(session: Session, verb: str) -> None:
    """Check 40: one event for each verb."""
    scene = add_scene(session)
    before = take_picture(session)
    VERBS[verb](session, scene)
    after = take_picture(session)
    assert len(after["audit_events"]) == len(before["audit_events"]) + 1
    changed = {table for table in TABLES if after[table] != before[table]}
    assert changed > {"audit_events"}


def test_opening_a_pause_rolls_back_when_its_event_cannot_be_written(session: Session) -> None:
    add_world(session)
    session.execute(text(BREAK_THE_AUDIT_TRAIL))
    session.commit()
    before = take_picture(session)
    with pytest.raises(IntegrityError, match="broken"):
        pause_p1(session)
    assert take_picture(session) == before


def test_record_writes_dates_and_decimals_as_text(session: Session) -> None:
    record(
        session,
        actor=SYSTEM,
        action="thing.done",
        subject=("thing", 7),
        after={"day": DAY, "hours": Decimal("1.50"), "count": 3, "nothing": None},
    )
    session.commit()
    row = session.execute(text("SELECT subject_id, before, after FROM audit_events")).one()
    assert tuple(row) == (
        "7",
        None,
        {"day": "2026-02-02", "hours": "1.50", "count": 3, "nothing": None},
    )
