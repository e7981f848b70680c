"""A web process killed at any statement of a request leaves all or nothing.

The request goes through the whole application, and is sent again after each death.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import AuditEvent, Message, Proposal
from app.services.payroll.pay_periods import create_period
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.pay_world import approve, enter
from tests.app.services.killing import Deaths, kill_everywhere
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.test_ops_pauses import ORDER
from tests.app.web.test_payroll import DAY, MONDAY, SUNDAY
from tests.app.web.test_review import list_rows
from tests.app.world import SYSTEM

Kill = Callable[[Browser, str, str, str, dict[str, Any]], Deaths]

PAUSE = """
    SELECT (SELECT count(*) FROM pauses), (SELECT count(*) FROM plan_runs),
           (SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'plan'),
           (SELECT count(*) FROM access_items),
           (SELECT string_agg(status, ' ' ORDER BY assignment_id) FROM assignments),
           (SELECT status FROM projects WHERE project_id = 'P1')
"""
APPROVAL = """
    SELECT (SELECT string_agg(status || version, ' ' ORDER BY id) FROM proposals),
           (SELECT count(*) FROM assignments WHERE proposal_id IS NOT NULL),
           (SELECT count(*) FROM offers)
"""
EXPORT = """
    SELECT (SELECT string_agg(number::text, ' ') FROM export_batches),
           (SELECT count(*) FROM export_lines), (SELECT sum(hours) FROM export_days),
           (SELECT count(*) FROM export_files), (SELECT count(*) FROM export_file_parts),
           (SELECT string_agg(status, ' ' ORDER BY id) FROM timesheets)
"""


@pytest.fixture
def killed(database: Database) -> Kill:
    """Return a function that sends a form from processes killed everywhere.

    Its arguments: whose browser, what to look at, where the form's token stands, the form.
    """

    def kill(browser: Browser, look: str, page: str, path: str, form: dict[str, Any]) -> Deaths:
        filled = form | {"csrf_token": browser.get(page).csrf_token}

        def send(_own: Database) -> None:
            answer = browser.send("POST", path, data=filled)
            assert answer.status_code in {200, 302, 409}, answer.status_code

        def read(session: Session) -> object:
            told = session.scalars(select(Message.kind)).all()
            done = session.scalars(select(AuditEvent.action)).all()
            # Asked for again, a decision is a batch again that finds nothing to decide; a pause is
            # refused, and the dialog that says so shows clients' names once more.
            again = ("batch.", "client_names.", "request.refused")
            events = Counter(action for action in done if not action.startswith(again))
            return tuple(session.execute(text(look)).one()), Counter(told), events

        return kill_everywhere(database, send, read)

    return kill


def split(deaths: Deaths) -> tuple[Any, Counter[str]]:
    """Return the rows before and after, and the messages and events that came with them."""
    assert deaths.num_at_statements > 1
    assert deaths.num_at_commits >= 2
    (before, told, done), (after, told_then, done_then) = deaths.states
    return (before, after), (told_then - told) + (done_then - done)


def test_pause_killed_anywhere_is_a_whole_pause_or_none(ops: Browser, killed: Kill) -> None:
    """Check 27: the pause, with its plan's job."""
    order = ORDER | {"people": "everyone"}
    seen = ops.post("/ops/pauses/impact", order, fragment=True).inputs["impact_seen"]
    deaths = killed(ops, PAUSE, "/ops/", "/ops/pauses", order | {"impact_seen": seen})
    (before, after), new = split(deaths)
    assert before == (0, 0, 0, 0, "active active active", "open")
    assert after[:3] == (1, 1, 1)
    assert after[4:] == ("suspended suspended active", "paused")
    assert new == Counter({"work_paused": 2, "pause.opened": 1, "plan.requested": 1})


def test_approval_killed_anywhere_is_each_assignment_once_or_none(
    ops: Browser, session: Session, planned: Vendor, killed: Kill
) -> None:
    """Check 27: the approval."""
    rows = list_rows(session, planned.run_id)
    session.rollback()
    path = f"/ops/plans/{planned.run_id}/decisions"
    deaths = killed(ops, APPROVAL, "/ops/", path, {"row": rows, "decision": "approve"})
    (before, after), new = split(deaths)
    assert before == ("proposed1 proposed1", 0, 0)
    assert after == ("approved2 approved2", 2, 0)
    assert new == Counter({"proposal.approved": 2})


def test_publishing_killed_anywhere_is_each_offer_and_message_once_or_none(
    ops: Browser, session: Session, planned: Vendor, killed: Kill
) -> None:
    """Check 27: publishing. Check 26: nobody is told twice."""
    found = session.execute(select(Proposal.id, Proposal.version)).all()
    session.rollback()
    proposals = [ProposalVersion(*row) for row in found]
    approve_proposals(session, actor=SYSTEM, proposals=proposals)
    rows = list_rows(session, planned.run_id)
    session.rollback()
    path = f"/ops/plans/{planned.run_id}/decisions"
    deaths = killed(ops, APPROVAL, "/ops/", path, {"row": rows, "decision": "publish"})
    (before, after), new = split(deaths)
    assert before == ("approved2 approved2", 2, 0)
    assert after == ("published3 published3", 2, 2)
    assert new == Counter({"offer_made": 2, "proposal.published": 2, "offer.sent": 2})


@pytest.mark.usefixtures("people")
def test_export_killed_anywhere_is_one_whole_batch_or_none(
    payroll: Browser, session: Session, killed: Kill
) -> None:
    """Check 27: the export."""
    for number, hours in ((1, "7.5"), (2, "4")):
        approve(session, enter(session, f"C{number}", MONDAY, {(f"a{number}", DAY): hours}))
    create_period(session, actor=SYSTEM, starts_on=MONDAY, ends_on=SUNDAY, zone="Europe/Berlin")
    session.rollback()
    path = "/payroll/periods/1/export"
    deaths = killed(payroll, EXPORT, "/payroll/", path, {"key": "one click"})
    (before, after), new = split(deaths)
    assert before == (None, 0, None, 0, 0, "approved approved")
    assert (*after[:2], float(after[2]), *after[3:]) == ("1", 2, 11.5, 1, 1, "locked locked")
    assert new == Counter({"payroll.exported": 1})
