"""Recall plans: planned by the worker, people taken off, and applied by the resume."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, Pause, Recall, RecallRow
from app.services.access.access import Actor
from app.services.desk.recalls import find_recall
from app.services.pauses.pause_scope import PeopleScope
from app.services.pauses.pausing import open_pause
from app.services.pauses.resuming import ResumedPause, resume_pause
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions
from app.services.plans.solving import run_recall
from app.services.recalls.recall_applying import spread_hours
from app.services.recalls.recalling import choose_returns, request_recall
from app.services.review.reviewing import approve_proposals
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_world, pause_p1, propose

TODAY = date(2026, 4, 1)
OPTIONS = PlanOptions(time_limit_s=10, workers=1)


@pytest.fixture
def pause_id(session: Session) -> int:
    """C1, C2 and C3 lost 20 hours a week; C1 has found 10 of them on P2, C2 all 20."""
    add_world(session, num_contractors=3, target={"demand_hours": 100})
    opened = pause_p1(session)
    places = propose(session, opened.plan_run_id, [("C1", "P2", 10), ("C2", "P2", 20)])
    assert all(one.ok for one in approve_proposals(session, actor=SYSTEM, proposals=places))
    return opened.pause_id


def plan_recall(database: Database, session: Session, pause_id: int) -> int:
    recall_id = request_recall(
        session, actor=SYSTEM, pause_id=pause_id, options=OPTIONS, today=TODAY
    )
    run_recall(database, recall_id, limits=ChildLimits())
    session.expire_all()
    recall = session.get_one(Recall, recall_id)
    assert recall.status == "succeeded", recall.error
    session.rollback()
    return recall_id


def list_rows(session: Session, recall_id: int) -> list[tuple[str, str, str, int, int]]:
    rows = session.scalars(
        select(RecallRow)
        .where(RecallRow.recall_id == recall_id)
        .order_by(RecallRow.contractor_id, RecallRow.project_id)
        .execution_options(populate_existing=True)
    )
    return [
        (row.contractor_id, row.project_id, row.change, row.hours_today, row.hours_per_week)
        for row in rows
    ]


def list_work(session: Session) -> list[tuple[str, str, str, int]]:
    rows = session.scalars(
        select(Assignment)
        .order_by(Assignment.contractor_id, Assignment.project_id)
        .execution_options(populate_existing=True)
    )
    return [(row.contractor_id, row.project_id, row.status, row.hours_per_week) for row in rows]


def resume(session: Session, pause_id: int, recall_id: int) -> ResumedPause:
    return resume_pause(session, actor=SYSTEM, pause_id=pause_id, today=TODAY, recall_id=recall_id)


def test_recall_says_who_returns_and_moves_nobody(
    database: Database, session: Session, pause_id: int
) -> None:
    before = list_work(session)
    recall_id = plan_recall(database, session, pause_id)
    returns = {row[0]: row[4] for row in list_rows(session, recall_id) if row[2] == "returns"}
    assert returns["C3"] == 20
    assert list_work(session) == before
    recall = session.get_one(Recall, recall_id)
    assert (recall.pause_date, recall.horizon_starts_on) == (date(2026, 4, 6),) * 2
    assert recall.summary is not None
    assert recall.summary["num_affected"] == 3


def test_resume_by_a_recall_moves_people_as_it_says(
    database: Database, session: Session, pause_id: int
) -> None:
    recall_id = plan_recall(database, session, pause_id)
    session.execute(text("DELETE FROM recall_rows"))
    for row in (
        ("C1", "P1", "returns", 0, 15),
        ("C1", "P2", "leaves", 10, 0),
        ("C2", "P1", "returns", 0, 8),
        ("C2", "P2", "changes hours", 20, 12),
        ("C3", "P1", "does not return", 0, 0),
    ):
        names = ("contractor_id", "project_id", "change", "hours_today", "hours_per_week")
        session.add(RecallRow(recall_id=recall_id, **dict(zip(names, row, strict=True))))
    session.commit()
    done = resume(session, pause_id, recall_id)
    assert (done.num_restored, done.num_ended, done.num_not_recalled) == (2, 0, 1)
    assert done.num_left == 1
    assert list_work(session) == [
        ("C1", "P1", "active", 15),
        ("C1", "P2", "ended", 10),
        ("C2", "P1", "active", 8),
        ("C2", "P2", "active", 12),
        ("C3", "P1", "ended", 20),
    ]
    left = session.scalars(select(Assignment).where(Assignment.project_id == "P2")).all()
    assert min(one.ends_on or date.max for one in left) == TODAY
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "pause.resumed")).one()
    assert event.after is not None
    assert event.after["recall_id"] == recall_id
    assert event.after["not_recalled"] == ["A3"]
    assert session.get_one(Recall, recall_id).applied_at is not None


def test_recall_sends_nobody_to_new_places(
    database: Database, session: Session, pause_id: int
) -> None:
    """P2 and P3 have room, and C3 nothing since the pause: the recall still only calls back."""
    recall_id = plan_recall(database, session, pause_id)
    changes = {row[2] for row in list_rows(session, recall_id)}
    assert "moves" not in changes
    places = {row[:2]: row[4] for row in list_rows(session, recall_id)}
    assert sum(hours for (_, project), hours in places.items() if project == "P2") <= 30
    assert all(project in {"P1", "P2"} for _, project in places)


@pytest.mark.parametrize(("left_out", "hours"), [(False, 18), (True, 10)])
def test_hours_that_others_leave_go_to_who_stays(
    database: Database, session: Session, pause_id: int, left_out: bool, hours: int
) -> None:
    recall_id = plan_recall(database, session, pause_id)
    session.execute(text("DELETE FROM recall_rows"))
    for contractor_id, project_id, change, before, after in (
        ("C1", "P2", "changes hours", 10, 18),
        ("C2", "P1", "returns", 0, 20),
        ("C2", "P2", "leaves", 20, 0),
    ):
        session.add(
            RecallRow(
                recall_id=recall_id,
                contractor_id=contractor_id,
                project_id=project_id,
                change=change,
                hours_today=before,
                hours_per_week=after,
            )
        )
    session.commit()
    if left_out:
        choose_returns(
            session, actor=SYSTEM, recall_id=recall_id, contractor_ids=["C2"], chosen=False
        )
    resume(session, pause_id, recall_id)
    assert ("C1", "P2", "active", hours) in list_work(session)


def set_rows(session: Session, recall_id: int, *rows: tuple[str, str, str, int, int]) -> None:
    """Let the recall say these (contractor, project, change, hours today, hours then)."""
    session.execute(text("DELETE FROM recall_rows"))
    names = ("contractor_id", "project_id", "change", "hours_today", "hours_per_week")
    for row in rows:
        session.add(RecallRow(recall_id=recall_id, **dict(zip(names, row, strict=True))))
    session.commit()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE contractors SET max_weekly_hours = 12 WHERE contractor_id = 'C1'", "C1"),
        ("UPDATE assignments SET status = 'ended' WHERE assignment_id = 'redeploy-2'", "P2"),
        ("UPDATE projects SET max_hours = 15 WHERE project_id = 'P2'", "15"),
        ("UPDATE projects SET clearance = 3 WHERE project_id = 'P1'", "C2"),
        ("UPDATE contractors SET status = 'inactive' WHERE contractor_id = 'C2'", "C2"),
        ("INSERT INTO rejected_pairs VALUES ('C2', 'P1', 'no')", "C2"),
    ],
    ids=["weekly cap", "room", "hours", "clearance", "inactive", "rejected"],
)
def test_recall_asks_every_rule_again_when_it_is_applied_bug(
    database: Database, session: Session, pause_id: int, change: str, sentence: str
) -> None:
    recall_id = plan_recall(database, session, pause_id)
    set_rows(
        session,
        recall_id,
        ("C1", "P2", "changes hours", 10, 18),
        ("C2", "P1", "returns", 0, 10),
        ("C2", "P2", "changes hours", 20, 10),
    )
    session.execute(text(change))
    session.commit()
    before = list_work(session)
    with pytest.raises(Refused, match=f"no longer fits what is known now: .*{sentence}"):
        resume(session, pause_id, recall_id)
    assert list_work(session) == before
    assert session.get_one(Pause, pause_id, populate_existing=True).status == "open"


def test_work_that_the_rules_would_refuse_anew_goes_on_where_there_is_room(
    database: Database, session: Session, pause_id: int
) -> None:
    """C3 is paid in another currency now: no new place, but the old one is still theirs."""
    session.execute(text("UPDATE projects SET pay_rate_cents = 4000 WHERE project_id = 'P1'"))
    session.execute(text("UPDATE contractors SET currency = 'EUR' WHERE contractor_id = 'C3'"))
    session.commit()
    recall_id = plan_recall(database, session, pause_id)
    assert "C3" not in {row[0] for row in list_rows(session, recall_id)}
    found = find_recall(session, pause_id)
    assert found is not None
    assert found.figures.num_by_room == 1
    session.rollback()
    resume(session, pause_id, recall_id)
    assert ("C3", "P1", "active", 20) in list_work(session)


def test_people_taken_off_stay_where_they_are(
    database: Database, session: Session, pause_id: int
) -> None:
    recall_id = plan_recall(database, session, pause_id)
    order = {"actor": SYSTEM, "recall_id": recall_id, "contractor_ids": ["C3"]}
    assert choose_returns(session, chosen=False, **order) == 1  # type: ignore[arg-type]  # thrice
    assert choose_returns(session, chosen=False, **order) == 0  # type: ignore[arg-type]  # thrice
    resume(session, pause_id, recall_id)
    assert ("C3", "P1", "ended", 20) in list_work(session)


def test_put_back_on_the_list_they_return(
    database: Database, session: Session, pause_id: int
) -> None:
    recall_id = plan_recall(database, session, pause_id)
    order = {"actor": SYSTEM, "recall_id": recall_id, "contractor_ids": None}
    num_returning = choose_returns(session, chosen=False, **order)  # type: ignore[arg-type]  # twice
    assert num_returning >= 1
    assert choose_returns(session, chosen=True, **order) == num_returning  # type: ignore[arg-type]
    resume(session, pause_id, recall_id)
    assert ("C3", "P1", "active", 20) in list_work(session)


def test_recall_is_applied_once(database: Database, session: Session, pause_id: int) -> None:
    recall_id = plan_recall(database, session, pause_id)
    resume(session, pause_id, recall_id)
    with pytest.raises(Refused, match="has been resumed"):
        resume(session, pause_id, recall_id)
    with pytest.raises(Refused, match="has been resumed"):
        choose_returns(
            session, actor=SYSTEM, recall_id=recall_id, contractor_ids=None, chosen=False
        )


def test_recall_that_is_not_ready_resumes_nothing(session: Session, pause_id: int) -> None:
    recall_id = request_recall(
        session, actor=SYSTEM, pause_id=pause_id, options=OPTIONS, today=TODAY
    )
    with pytest.raises(Refused, match="no plan to resume by"):
        resume(session, pause_id, recall_id)
    assert session.get_one(Pause, pause_id, populate_existing=True).status == "open"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pause_id": 99}, NotFound),
        ({"options": PlanOptions(policy="fastest")}, InvalidValue),
        ({"actor": Actor(1, "x", frozenset({"contractor"}))}, Forbidden),
    ],
)
def test_request_recall_bad_order_writes_nothing(
    session: Session, pause_id: int, changes: dict[str, object], error: type[Exception]
) -> None:
    order = {"actor": SYSTEM, "pause_id": pause_id, "options": OPTIONS, "today": TODAY} | changes
    with pytest.raises(error):
        request_recall(session, **order)  # type: ignore[arg-type]  # faults on purpose
    assert session.scalars(select(Recall)).all() == []


def test_second_recall_waits_for_the_first(session: Session, pause_id: int) -> None:
    order = {"actor": SYSTEM, "pause_id": pause_id, "options": OPTIONS}
    request_recall(session, today=EFFECTIVE_AT.date(), **order)  # type: ignore[arg-type]  # twice
    with pytest.raises(Refused, match="still being planned"):
        request_recall(session, today=TODAY, **order)  # type: ignore[arg-type]  # said twice
    recall = session.scalars(select(Recall)).one()
    assert recall.pause_date == EFFECTIVE_AT.date() + timedelta(days=7)


def test_recall_of_part_of_the_people_calls_them_alone(
    database: Database, session: Session
) -> None:
    add_world(session, num_contractors=3)
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        people=PeopleScope("list", ("C2",)),
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        options=OPTIONS,
        now=EFFECTIVE_AT,
    )
    recall_id = plan_recall(database, session, opened.pause_id)
    assert {row[0] for row in list_rows(session, recall_id)} == {"C2"}


@given(hours=st.lists(st.integers(1, 60), max_size=5), total=st.integers(0, 168))
def test_spread_hours_loses_none_and_fills_the_first(hours: list[int], total: int) -> None:
    spread = spread_hours(hours, total)
    assert sum(spread) == (total if hours else 0)
    assert len(spread) == len(hours)
    assert all(new <= old for new, old in zip(spread[1:], hours[1:], strict=True))
    assert min(spread, default=0) >= 0
