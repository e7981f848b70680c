"""The invariants: sound data keep them all, and each of them can fail."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.operating.invariants import AUDIT_CHAIN, find_breaches, list_invariants
from app.services.payroll.payroll_export import export_period
from app.services.review.reviewing import approve_proposals
from tests.app.pay_world import add_period, approve_day
from tests.app.world import SYSTEM, add_world, pause_p1, propose

DAY = date(2026, 2, 2)

BREAKING = {
    "seats": "UPDATE projects SET seats = 0 WHERE project_id = 'P2'",
    "batch totals": "UPDATE export_batches SET line_count = 2",
    "batch numbers": "UPDATE export_batches SET number = 2",
    "lines and days": "UPDATE export_days SET hours = 7",
    "days in one batch": "UPDATE export_days SET entry = 2",
    "cents": "UPDATE export_lines SET amount_cents = amount_cents + 1",
    "kept files": "UPDATE export_file_parts SET content = content || 'x'",
    "hours of a day": """
        INSERT INTO hours_entries (timesheet_id, assignment_id, work_date, hours, rate_cents,
            currency)
        SELECT h.timesheet_id, a.assignment_id, h.work_date, 20, 1, 'USD'
        FROM hours_entries h, assignments a WHERE a.proposal_id IS NOT NULL
    """,
    "hours in their week": "UPDATE hours_entries SET work_date = work_date + 30",
    "approved versions": "UPDATE timesheets SET approved_version = 0, settled_version = 0",
    "suspended work": "UPDATE pauses SET status = 'resumed'",
    "paused projects": "UPDATE projects SET status = 'open' WHERE project_id = 'P1'",
    "places and proposals": "UPDATE proposals SET status = 'rejected'",
    "skills of contractors": "INSERT INTO contractor_skills VALUES ('C1', 'unheard of', 3)",
    "triggers": "ALTER TABLE export_lines DISABLE TRIGGER export_lines_are_append_only",
    AUDIT_CHAIN: "UPDATE audit_events SET actor = 'x' WHERE id = 1",
}
"""Invariant -> what a superuser would do to break it."""


@pytest.fixture
def filled(session: Session) -> None:
    """A pause, an approved place on a project with one seat, and a batch of one day."""
    add_world(session, target={"seats": 1})
    approve_day(session, 1, DAY, "8")
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    outcome = approve_proposals(session, actor=SYSTEM, proposals=proposals)
    assert outcome is not None
    export_period(session, actor=SYSTEM, period_id=add_period(session, DAY, DAY))


def find_broken(session: Session) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {breach.name: (breach.num, breach.examples) for breach in find_breaches(session)}


def test_sound_data_keep_every_invariant(session: Session, filled: None) -> None:
    """Check 31: what a restore asks of the data holds for data that nobody tampered with."""
    assert session.scalar(text("SELECT count(*) FROM assignments WHERE proposal_id > 0")) == 1
    assert session.scalar(text("SELECT count(*) FROM export_lines")) == 1
    assert find_broken(session) == {}


@pytest.mark.parametrize("name", list_invariants())
def test_each_invariant_can_fail(session: Session, filled: None, name: str) -> None:
    """Check 31: each is broken once, and is named with an example."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(BREAKING[name]))
    session.commit()
    num, examples = find_broken(session)[name]
    assert num == len(examples) >= 1
    # A switched-off trigger would stay so in the database that the next test gets.
    session.execute(text("ALTER TABLE export_lines ENABLE TRIGGER USER"))
    session.commit()


def test_seat_given_over_the_limit_by_a_person_is_no_breach(session: Session, filled: None) -> None:
    session.execute(text(BREAKING["seats"]))
    session.execute(text("""UPDATE proposals SET overridden = '["seats"]'"""))
    assert "seats" not in find_broken(session)


def test_long_lists_are_cut(session: Session, filled: None) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE assignments SET suspended_by_pause_id = 1, status = 'suspended'"))
    session.execute(text("UPDATE pauses SET status = 'resumed'"))
    breach = next(one for one in find_breaches(session) if one.name == "suspended work")
    assert (breach.num, len(breach.examples)) == (4, 3)
    assert str(breach).endswith(" and 1 more")
