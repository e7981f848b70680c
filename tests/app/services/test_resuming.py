"""Resuming a pause: who works again, and what the pause had begun ends."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Assignment, Contractor, Pause, PauseProject, PlanRun, Project, Proposal
from app.services.planning import PlanOptions, request_plan
from app.services.resuming import resume_pause
from app.services.reviewing import approve_proposals
from tests.app.world import SYSTEM, add_world, pause_p1, propose

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
