"""Resuming a pause: who works again, and what the pause had begun ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import (
    Assignment,
    AuditEvent,
    Contractor,
    Pause,
    PauseProject,
    PayGroup,
    PlanRun,
    Project,
    Proposal,
)
from app.services.access.access import Actor
from app.services.hours.hours import log_hours
from app.services.pauses.pausing import OpenedPause, open_pause
from app.services.pauses.resuming import resume_pause
from app.services.plans.planning import PlanOptions, request_plan
from app.services.review.reviewing import approve_proposals
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_world, pause_p1, propose
from tests.factories import Row

TODAY = date(2026, 3, 10)


def get_status(session: Session, assignment_id: str) -> str:
    return session.get_one(Assignment, assignment_id, populate_existing=True).status


def test_resume_reopens_the_project_and_its_assignments(session: Session) -> None:
    add_world(session, num_contractors=2)
    opened = pause_p1(session)
    resumed = resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_ended) == (2, 0)
    assert get_status(session, "A1") == "active"
    assert session.get_one(Project, "P1").status == "open"
    assert session.get_one(Pause, opened.pause_id).status == "resumed"
    assert session.scalars(select(PauseProject.open)).all() == [False]


def test_resume_ends_what_no_longer_fits_the_week(session: Session) -> None:
    add_world(session, num_contractors=2, contractor={"max_weekly_hours": 30})
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    assert approve_proposals(session, actor=SYSTEM, proposals=proposals)[0].ok
    resumed = resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_ended) == (1, 1)
    ended = session.get_one(Assignment, "A1")
    assert (ended.status, ended.ends_on) == ("ended", date(2026, 3, 2))
    assert get_status(session, f"redeploy-{proposals[0].proposal_id}") == "active"
    assert get_status(session, "A2") == "active"


def test_resume_ends_work_of_inactive_people_and_of_the_past(session: Session) -> None:
    add_world(session, num_contractors=3)
    opened = pause_p1(session)
    session.get_one(Contractor, "C1").status = "inactive"
    session.get_one(Assignment, "A2").ends_on = date(2026, 3, 9)
    session.get_one(Assignment, "A3").ends_on = TODAY
    session.commit()
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    states = [get_status(session, key) for key in ("A1", "A2", "A3")]
    assert states == ["ended", "ended", "active"]


def test_resume_supersedes_what_is_only_proposed(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20), ("C2", "P2", 20)])
    approve_proposals(session, actor=SYSTEM, proposals=proposals[:1])
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    found = session.scalars(select(Proposal.status).order_by(Proposal.id)).all()
    assert found == ["approved", "superseded"]


def test_resume_cancels_a_queued_plan(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    assert session.get_one(PlanRun, opened.plan_run_id).status == "cancelled"


def test_resume_twice_is_refused(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    with pytest.raises(Refused, match="has been resumed"):
        resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    with pytest.raises(Refused, match="has been resumed"):
        request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())


def test_resume_of_no_pause_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        resume_pause(session, actor=SYSTEM, pause_id=7, today=TODAY)


def test_resume_then_pause_again_works(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    assert pause_p1(session).num_suspended == 3


def pause_client(session: Session, client_id: str, *, days_later: int = 0) -> OpenedPause:
    return open_pause(
        session,
        actor=SYSTEM,
        client_id=client_id,
        effective_at=EFFECTIVE_AT + timedelta(days=days_later),
        reason_class="security_breach",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )


def get_holder(session: Session, project_id: str) -> int | None:
    return session.scalars(
        select(PauseProject.pause_id).where(
            PauseProject.project_id == project_id, PauseProject.open
        )
    ).one_or_none()


def test_resume_of_a_project_pause_leaves_the_later_pause_of_its_client(session: Session) -> None:
    add_world(session, num_contractors=1)
    session.get_one(Project, "P3").client_id = "K1"
    session.commit()
    first = pause_p1(session)
    second = pause_client(session, "K1")
    assert get_holder(session, "P1") == first.pause_id
    resumed = resume_pause(session, actor=SYSTEM, pause_id=first.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_handed_over) == (0, 1)
    assert session.get_one(Project, "P1").status == "paused"
    assert get_holder(session, "P1") == second.pause_id
    assert session.get_one(Assignment, "A1").suspended_by_pause_id == second.pause_id
    with pytest.raises(Refused, match="Chordus is paused"):
        log_hours(
            session,
            actor=Actor(None, "C1", frozenset({"contractor"}), "C1"),
            assignment_id="A1",
            work_date=TODAY,
            hours=Decimal(8),
        )
    resume_pause(session, actor=SYSTEM, pause_id=second.pause_id, today=TODAY)
    assert session.get_one(Project, "P1", populate_existing=True).status == "open"
    assert get_status(session, "A1") == "active"


def test_resume_of_a_client_pause_leaves_the_earlier_pause_of_a_project(session: Session) -> None:
    add_world(session, num_contractors=1)
    session.get_one(Project, "P3").client_id = "K1"
    session.commit()
    first = pause_p1(session)
    second = pause_client(session, "K1")
    resume_pause(session, actor=SYSTEM, pause_id=second.pause_id, today=TODAY)
    states = [session.get_one(Project, key).status for key in ("P1", "P3")]
    assert states == ["paused", "open"]
    assert get_holder(session, "P1") == first.pause_id
    assert session.get_one(Assignment, "A1").suspended_by_pause_id == first.pause_id


def test_client_pause_stops_hours_before_the_effective_time_of_a_project_pause(
    session: Session,
) -> None:
    add_world(session, num_contractors=1)
    session.get_one(Project, "P3").client_id = "K1"
    session.commit()
    pause_p1(session)
    pause_client(session, "K1", days_later=-3)
    with pytest.raises(Refused, match="Chordus is paused"):
        log_hours(
            session,
            actor=Actor(None, "C1", frozenset({"contractor"}), "C1"),
            assignment_id="A1",
            work_date=date(2026, 3, 1),
            hours=Decimal(8),
        )


def test_resume_puts_nobody_on_two_competing_clients(session: Session) -> None:
    wall: Row = {"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 0}
    add_world(session, num_contractors=2, walls=[wall])
    session.add(PayGroup(name="Here", zone="Pacific/Honolulu", first_weekday=0, is_default=True))
    session.commit()
    opened = pause_p1(session)
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C1",
            project_id="P2",
            hours_per_week=5,
            starts_on=TODAY,
            status="active",
        )
    )
    session.commit()
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    ended = session.get_one(Assignment, "A1")
    # 09:00 UTC of 2 March is 23:00 of the day before, in the zone of the pay week.
    assert (ended.status, ended.ends_on) == ("ended", date(2026, 3, 1))
    assert get_status(session, "A2") == "active"
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.after is not None
    assert event.after["ended_because"] == {"A1": "wall"}


def test_resume_keeps_one_of_two_and_those_over_the_maximum_before(session: Session) -> None:
    add_world(session, num_contractors=2)
    for number in (1, 2):
        session.add(
            Assignment(
                assignment_id=f"B{number}",
                contractor_id=f"C{number}",
                project_id="P1",
                hours_per_week=20,
                starts_on=date(2026, 2, 2),
                status="active",
            )
        )
    session.commit()
    opened = pause_p1(session)
    proposals = propose(session, opened.plan_run_id, [("C1", "P2", 20)])
    assert approve_proposals(session, actor=SYSTEM, proposals=proposals)[0].ok
    session.get_one(Contractor, "C2").max_weekly_hours = 30
    session.commit()
    resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    states = {key: get_status(session, key) for key in ("A1", "B1", "A2", "B2")}
    assert states == {"A1": "active", "B1": "ended", "A2": "active", "B2": "active"}
