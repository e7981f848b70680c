"""A resume while managers approve: nobody over the maximum, nobody stuck."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Event

from sqlalchemy import event, func, select

from app.database import Database
from app.models import Assignment
from app.services.pauses.pausing import open_pause
from app.services.pauses.resuming import ResumedPause, resume_pause
from app.services.plans.planning import PlanOptions
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_world, pause_p1, propose

NUM_PEOPLE = 40
NUM_MANAGERS = 4


def test_resume_racing_approvals_leaves_nobody_over_the_maximum(database: Database) -> None:
    with database.session() as session:
        add_world(
            session,
            num_contractors=NUM_PEOPLE,
            target={"demand_hours": 1000},
            contractor={"max_weekly_hours": 30},
        )
        opened = pause_p1(session)
        rows = [(f"C{number + 1}", "P2", 20) for number in range(NUM_PEOPLE)]
        proposals = propose(session, opened.plan_run_id, rows)
    barrier = Barrier(NUM_MANAGERS + 1)

    def approve(wanted: list[ProposalVersion]) -> int:
        num_approved = 0
        with database.session() as session:
            barrier.wait()
            for start in range(0, len(wanted), 2):
                outcomes = approve_proposals(
                    session, actor=SYSTEM, proposals=wanted[start : start + 2]
                )
                num_approved += sum(outcome.ok for outcome in outcomes)
        return num_approved

    def resume() -> ResumedPause:
        with database.session() as session:
            barrier.wait()
            return resume_pause(
                session, actor=SYSTEM, pause_id=opened.pause_id, today=date(2026, 3, 3)
            )

    with ThreadPoolExecutor(NUM_MANAGERS + 1) as pool:
        approved = pool.map(
            approve, [proposals[part::NUM_MANAGERS] for part in range(NUM_MANAGERS)]
        )
        resumed = pool.submit(resume).result()
        num_approved = sum(approved)
    assert (resumed.num_restored, resumed.num_ended) == (NUM_PEOPLE - num_approved, num_approved)
    with database.session() as session:
        most = session.scalars(
            select(func.sum(Assignment.hours_per_week))
            .where(Assignment.status == "active")
            .group_by(Assignment.contractor_id)
            .order_by(func.sum(Assignment.hours_per_week).desc())
        ).first()
    assert most == 20


def test_resume_waits_for_an_approval_under_another_pause(database: Database) -> None:
    with database.session() as session:
        add_world(session, num_contractors=1, contractor={"max_weekly_hours": 30})
        session.add(
            Assignment(
                assignment_id="B1",
                contractor_id="C1",
                project_id="P3",
                hours_per_week=20,
                starts_on=date(2026, 2, 2),
                status="active",
            )
        )
        session.commit()
        opened = pause_p1(session)
        other = open_pause(
            session,
            actor=SYSTEM,
            project_ids=["P3"],
            effective_at=EFFECTIVE_AT,
            reason_class="funding",
            options=PlanOptions(),
            now=EFFECTIVE_AT,
        )
        proposals = propose(session, other.plan_run_id, [("C1", "P2", 20)])
    approval_holds_its_locks, resumed = Event(), Event()

    def hold(*statement: object) -> None:
        """Give a resume that does not wait the time to go past the approval."""
        if str(statement[2]).startswith("INSERT INTO assignments"):
            approval_holds_its_locks.set()
            resumed.wait(timeout=1)

    def resume() -> ResumedPause:
        approval_holds_its_locks.wait(timeout=30)
        with database.session() as session:
            result = resume_pause(
                session, actor=SYSTEM, pause_id=opened.pause_id, today=date(2026, 3, 3)
            )
        resumed.set()
        return result

    event.listen(database.engine, "before_cursor_execute", hold)
    with ThreadPoolExecutor(1) as pool, database.session() as session:
        result = pool.submit(resume)
        assert approve_proposals(session, actor=SYSTEM, proposals=proposals)[0].ok
        assert result.result() == ResumedPause(num_restored=0, num_ended=1, num_handed_over=0)
