"""The outbox: one message per event and person, written with the event or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Refused
from app.models import Message
from app.services.access.access import Actor, Permission
from app.services.access.accounts import add_user
from app.services.messages.outbox import News, add_messages, tell_staff
from app.services.pauses.pausing import open_pause
from app.services.pauses.reminding import remind
from app.services.pauses.resuming import resume_pause
from app.services.pauses.terminating import terminate_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.solving import recover_runs
from app.services.review.review_batches import confirm_batch, open_batch
from app.services.review.reviewing import approve_proposals
from app.services.review.second_approval import SecondApproval
from app.services.transaction import transaction
from tests.app.world import (
    EFFECTIVE_AT,
    PASSWORD,
    PAUSE_DATE,
    SYSTEM,
    add_account,
    add_entry,
    add_world,
    pause_p1,
    propose,
)

FACTS = {"pause_id": 1, "codenames": ["Chordus"], "review_by": "2026-03-16"}


@dataclass(frozen=True)
class Told:
    """One message: its kind and event, and whom it is for."""

    kind: str
    event: str
    contractor_id: str | None = None
    user_id: int | None = None


def list_messages(session: Session) -> list[Told]:
    rows = session.execute(
        select(Message.kind, Message.event, Message.contractor_id, Message.user_id).order_by(
            Message.kind, Message.contractor_id, Message.user_id
        )
    )
    return [Told(*row) for row in rows]


def get_facts(session: Session, kind: str, contractor_id: str) -> dict[str, Any]:
    found = session.scalars(
        select(Message).where(Message.kind == kind, Message.contractor_id == contractor_id)
    )
    return found.one().facts


def test_told_again_is_told_once(session: Session) -> None:
    add_world(session, num_contractors=1)
    user = add_account(session, "ops_manager")
    with transaction(session):
        for _ in range(2):
            tell_staff(session, "pause_review", "1", FACTS, pause_id=1, permission=Permission.PAUSE)
        num_new = tell_staff(
            session, "pause_review", "2", FACTS, pause_id=1, permission=Permission.PAUSE
        )
    assert num_new == 1
    assert list_messages(session) == [
        Told("pause_review", "1", user_id=user.user_id),
        Told("pause_review", "2", user_id=user.user_id),
    ]


def test_told_at_once_from_many_sides_is_told_once(database: Database) -> None:
    with database.session() as session:
        add_account(session, "ops_manager")
    barrier = Barrier(8)

    def tell() -> None:
        with database.session() as session, transaction(session):
            barrier.wait()
            tell_staff(session, "pause_review", "1", FACTS, pause_id=1, permission=Permission.PAUSE)

    threads = [Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert len(list_messages(session)) == 1


def test_event_that_is_rolled_back_is_not_told(session: Session) -> None:
    add_account(session, "ops_manager")

    def tell_and_fail() -> None:
        with transaction(session):
            tell_staff(session, "pause_review", "1", FACTS, pause_id=1, permission=Permission.PAUSE)
            raise Refused("nothing_done", "Something else was in the way.")

    with pytest.raises(Refused):
        tell_and_fail()
    assert list_messages(session) == []


@pytest.mark.parametrize("facts", [{}, {**FACTS, "client": "Acme"}])
def test_facts_are_those_of_the_kind(session: Session, facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="pause_review takes the facts codenames, pause_id, rev"):
        add_messages(session, "pause_review", [News(1, facts, user_id=1)])


def test_only_active_staff_with_the_permission_is_told(session: Session) -> None:
    add_world(session, num_contractors=1)
    manager = add_account(session, "ops_manager")
    add_account(session, "payroll")
    add_account(session, "contractor", "C1")
    with transaction(session):
        tell_staff(session, "pause_review", "1", FACTS, pause_id=1, permission=Permission.PAUSE)
        session.execute(text("UPDATE users SET active = false"))
        assert (
            tell_staff(session, "pause_review", "2", FACTS, pause_id=1, permission=Permission.PAUSE)
            == 0
        )
    assert list_messages(session) == [Told("pause_review", "1", user_id=manager.user_id)]


def test_pause_tells_whose_work_it_stops(session: Session) -> None:
    add_world(session, num_contractors=2)
    for assignment_id, work_date, hours in (
        ("A1", date(2026, 3, 3), "7.5"),
        ("A1", date(2026, 3, 4), "4"),
        ("A2", date(2026, 2, 27), "8"),
    ):
        add_entry(session, assignment_id, work_date, hours)
    opened = pause_p1(session)
    assert list_messages(session) == [
        Told("work_paused", str(opened.pause_id), "C1"),
        Told("work_paused", str(opened.pause_id), "C2"),
    ]
    assert get_facts(session, "work_paused", "C1") == {
        "codenames": ["Chordus"],
        "effective_at": EFFECTIVE_AT.isoformat(),
        "late_hours_until": None,
        "hours_taken_back": "11.5",
    }
    assert get_facts(session, "work_paused", "C2")["hours_taken_back"] is None


def test_pause_of_a_reserved_place_tells_nobody(session: Session) -> None:
    add_world(session, num_contractors=1)
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    assert approve_proposals(session, actor=SYSTEM, proposals=proposals)[0].ok
    with transaction(session):
        session.execute(text("DELETE FROM messages"))
    pause_project(session, "P2")
    assert list_messages(session) == []


def pause_project(session: Session, project_id: str) -> int:
    return open_pause(
        session,
        actor=SYSTEM,
        project_ids=[project_id],
        effective_at=EFFECTIVE_AT,
        reason_class="funding",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    ).pause_id


def test_resume_tells_what_goes_on_and_what_has_ended(session: Session) -> None:
    add_world(session, num_contractors=3, contractor={"max_weekly_hours": 30})
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C2", "P2", 20)])
    assert approve_proposals(session, actor=SYSTEM, proposals=proposals)[0].ok
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=PAUSE_DATE)
    told = [row for row in list_messages(session) if row.kind != "work_paused"]
    assert told == [
        Told("work_ended", str(opened.pause_id), "C2"),
        Told("work_resumed", str(opened.pause_id), "C1"),
        Told("work_resumed", str(opened.pause_id), "C3"),
    ]
    assert get_facts(session, "work_ended", "C2") == {"ended": ["Chordus"], "other_hours": []}
    assert get_facts(session, "work_resumed", "C1") == {
        "returned": ["Chordus"],
        "ended": [],
        "other_hours": [],
    }


def test_termination_tells_whose_work_has_ended(session: Session) -> None:
    add_world(session, num_contractors=1)
    opened = pause_p1(session)
    terminate_pause(session, actor=SYSTEM, pause_id=opened.pause_id, comment="They left")
    assert [row.kind for row in list_messages(session)] == ["work_ended", "work_paused"]


def test_reminder_of_a_review_is_told_once_a_stage(session: Session) -> None:
    add_world(session, num_contractors=1)
    opened = pause_p1(session)
    manager = add_account(session, "ops_manager")
    due = session.execute(text("SELECT review_by FROM pauses")).scalar_one()
    for _ in range(2):
        remind(session, actor=SYSTEM, today=due)
    told = [row for row in list_messages(session) if row.kind == "pause_review"]
    assert told == [
        Told("pause_review", f"{opened.pause_id}:{due}:due:{due}", user_id=manager.user_id)
    ]


def test_second_approver_is_asked_and_the_first_hears_of_it(session: Session) -> None:
    add_world(session, num_contractors=2)
    asker = add_account(session, "ops_manager")
    other_id = add_user(
        session,
        actor=SYSTEM,
        email="other@vendor.example",
        name="Other",
        role="ops_manager",
        password=PASSWORD,
    )
    other = Actor(other_id, "Other", frozenset({"ops_manager"}))
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    batch_id = open_batch(
        session,
        actor=asker,
        plan_run_id=opened.plan_run_id,
        verb="approve",
        proposals=proposals,
        second=SecondApproval(rows=1, raise_percent=0),
    )
    confirm_batch(session, actor=other, batch_id=batch_id)
    told = [row for row in list_messages(session) if row.user_id is not None]
    assert told == [
        Told("approval_given", str(batch_id), user_id=asker.user_id),
        Told("approval_wanted", str(batch_id), user_id=other.user_id),
    ]


def test_plan_that_failed_is_told_to_who_asked_for_it(database: Database, session: Session) -> None:
    add_world(session, num_contractors=1)
    manager = add_account(session, "ops_manager")
    opened = pause_p1(session, actor=manager)
    session.execute(text("UPDATE plan_runs SET status = 'running', attempts = 2"))
    session.commit()
    for _ in range(2):
        recover_runs(database)
    told = [row for row in list_messages(session) if row.user_id is not None]
    assert told == [Told("plan_failed", str(opened.plan_run_id), user_id=manager.user_id)]
