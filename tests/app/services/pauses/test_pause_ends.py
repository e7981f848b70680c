"""Extending and terminating a pause: once, with a trace, and nothing lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, Pause, PauseProject, PlanRun, Project, Proposal
from app.services.access.access import Actor
from app.services.hours.hours import log_hours
from app.services.pauses.extending import extend_pause
from app.services.pauses.pause_scope import PeopleScope
from app.services.pauses.pausing import open_pause
from app.services.pauses.resuming import resume_pause
from app.services.pauses.terminating import terminate_pause
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan
from app.services.plans.solving import run_plan
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_account, add_world, pause_p1

TODAY = date(2026, 3, 4)
NOBODY = Actor(1, "x", frozenset({"contractor"}))


def list_actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_extend_moves_the_review_and_the_cut_off_once(session: Session) -> None:
    add_world(session)
    pause_id = pause_p1(session).pause_id
    until = datetime(2026, 3, 9, 17, tzinfo=UTC)
    order = {
        "actor": SYSTEM,
        "pause_id": pause_id,
        "review_by": date(2026, 4, 1),
        "today": TODAY,
        "comment": "They need another month",
        "late_hours_until": until,
    }
    assert extend_pause(session, **order)  # type: ignore[arg-type]  # the same order twice
    assert not extend_pause(session, **order)  # type: ignore[arg-type]  # the same order twice
    pause = session.get_one(Pause, pause_id, populate_existing=True)
    assert (pause.review_by, pause.late_hours_until) == (date(2026, 4, 1), until)
    assert list_actions(session).count("pause.extended") == 1
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert event.before == {"review_by": "2026-03-16", "late_hours_until": None}
    assert event.after is not None
    assert event.after["comment"] == "They need another month"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"review_by": TODAY - timedelta(days=1)}, InvalidValue),
        ({"review_by": TODAY + timedelta(days=366)}, InvalidValue),
        ({"late_hours_until": EFFECTIVE_AT - timedelta(minutes=1)}, InvalidValue),
        ({"pause_id": 99}, NotFound),
        ({"actor": NOBODY}, Forbidden),
    ],
)
def test_extend_bad_order_changes_nothing(
    session: Session, changes: dict[str, object], error: type[Exception]
) -> None:
    add_world(session)
    pause_id = pause_p1(session).pause_id
    order = {"actor": SYSTEM, "pause_id": pause_id, "review_by": TODAY, "today": TODAY} | changes
    with pytest.raises(error):
        extend_pause(session, **order)  # type: ignore[arg-type]  # faults on purpose
    assert session.get_one(Pause, pause_id).review_by == date(2026, 3, 16)


def test_terminate_ends_the_work_and_closes_the_project(session: Session) -> None:
    add_world(session, num_contractors=2)
    session.get_one(Assignment, "A2").starts_on = date(2026, 3, 20)
    session.commit()
    pause_id = pause_p1(session).pause_id
    ended = terminate_pause(session, actor=SYSTEM, pause_id=pause_id, comment="Contract cancelled")
    assert (ended.num_ended, ended.num_closed_projects) == (2, 1)
    rows = session.scalars(select(Assignment).order_by(Assignment.assignment_id)).all()
    assert [(row.status, row.ends_on, row.ended_by_pause_id) for row in rows] == [
        ("ended", date(2026, 3, 2), pause_id),
        ("ended", date(2026, 3, 20), pause_id),
    ]
    assert session.get_one(Project, "P1").status == "closed"
    assert session.get_one(PauseProject, (pause_id, "P1")).open is False
    pause = session.get_one(Pause, pause_id)
    assert pause.status == "terminated"
    assert pause.terminated_at is not None


def test_terminated_pause_ends_once(session: Session) -> None:
    add_world(session)
    pause_id = pause_p1(session).pause_id
    terminate_pause(session, actor=SYSTEM, pause_id=pause_id, comment="Over")
    for verb in (
        lambda: terminate_pause(session, actor=SYSTEM, pause_id=pause_id, comment="Over"),
        lambda: resume_pause(session, actor=SYSTEM, pause_id=pause_id, today=TODAY),
        lambda: extend_pause(
            session, actor=SYSTEM, pause_id=pause_id, review_by=TODAY, today=TODAY
        ),
    ):
        with pytest.raises(Refused, match="has been terminated"):
            verb()
    assert list_actions(session).count("pause.terminated") == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"comment": " "}, InvalidValue), ({"pause_id": 9}, NotFound), ({"actor": NOBODY}, Forbidden)],
)
def test_terminate_bad_order_changes_nothing(
    session: Session, changes: dict[str, object], error: type[Exception]
) -> None:
    add_world(session)
    pause_id = pause_p1(session).pause_id
    order = {"actor": SYSTEM, "pause_id": pause_id, "comment": "Over"} | changes
    with pytest.raises(error):
        terminate_pause(session, **order)  # type: ignore[arg-type]  # faults on purpose
    assert session.get_one(Pause, pause_id).status == "open"


def test_terminate_for_part_of_the_people_leaves_the_project_open(session: Session) -> None:
    add_world(session, num_contractors=2)
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        people=PeopleScope("list", ("C1",)),
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )
    ended = terminate_pause(session, actor=SYSTEM, pause_id=opened.pause_id, comment="Over")
    assert (ended.num_ended, ended.num_closed_projects) == (1, 0)
    assert session.get_one(Project, "P1").status == "open"
    assert session.get_one(Assignment, "A2").status == "active"


def test_people_of_a_terminated_pause_are_still_planned_and_placed(
    database: Database, session: Session
) -> None:
    add_world(session, num_contractors=2)
    opened = pause_p1(session)
    run_plan(database, opened.plan_run_id, limits=ChildLimits())
    terminate_pause(session, actor=SYSTEM, pause_id=opened.pause_id, comment="Over")
    first, _ = session.scalars(select(Proposal).order_by(Proposal.id)).all()
    (outcome,) = approve_proposals(
        session, actor=SYSTEM, proposals=[ProposalVersion(first.id, first.version)]
    )
    assert outcome.sentence == "Approved."
    run_id = request_plan(
        session,
        actor=SYSTEM,
        pause_id=opened.pause_id,
        options=PlanOptions(time_limit_s=10, workers=1),
        now=EFFECTIVE_AT + timedelta(days=7),
    )
    run_plan(database, run_id, limits=ChildLimits())
    run = session.get_one(PlanRun, run_id, populate_existing=True)
    assert run.status == "succeeded"
    assert run.summary is not None
    assert (run.summary["num_affected"], run.summary["num_covered"]) == (2, 2)


def test_hours_of_before_a_terminated_pause_can_be_entered(session: Session) -> None:
    add_world(session, num_contractors=1)
    actor = add_account(session, "contractor", "C1")
    pause_id = pause_p1(session).pause_id
    terminate_pause(session, actor=SYSTEM, pause_id=pause_id, comment="Over")
    now = EFFECTIVE_AT + timedelta(days=1)
    order = {"actor": actor, "assignment_id": "A1", "hours": Decimal(4), "now": now}
    log_hours(session, work_date=date(2026, 2, 27), **order)  # type: ignore[arg-type]  # as below
    with pytest.raises(Refused) as caught:
        log_hours(session, work_date=date(2026, 3, 3), **order)  # type: ignore[arg-type]  # as above
    assert caught.value.code == "not_assigned"
