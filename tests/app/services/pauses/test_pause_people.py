"""A pause of part of the people: only they stop, and nobody sends them back meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import InvalidValue, NotFound, Refused
from app.importing import FolderRejected
from app.models import Assignment, HoursEntry, Pause, PausePerson, PauseProject, PlanRun, Project
from app.services.hours.hours import log_hours
from app.services.imports.importing import import_roster
from app.services.pauses.pause_scope import EVERYBODY, PeopleScope
from app.services.pauses.pausing import OpenedPause, open_pause
from app.services.pauses.resuming import resume_pause
from app.services.plans.plan_loading import load_planning_roster
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions
from app.services.plans.roster_loading import load_roster
from app.services.plans.solving import run_plan
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_account, add_entry, add_world

TODAY = date(2026, 3, 4)


@pytest.fixture
def world(session: Session) -> None:
    """C1 and C2 are in Brazil, C3 in Chile; C2 alone holds `cobol`."""
    add_world(session, num_contractors=3, contractor={"country": "BR"})
    for statement in (
        "UPDATE contractors SET country = 'CL' WHERE contractor_id = 'C3'",
        "INSERT INTO skills VALUES ('cobol')",
        "INSERT INTO contractor_skills VALUES ('C2', 'cobol', 4)",
    ):
        session.execute(text(statement))
    session.commit()


def pause_part(
    session: Session,
    people: PeopleScope,
    *,
    project_ids: Sequence[str] = ("P1",),
    client_id: str | None = None,
) -> OpenedPause:
    return open_pause(
        session,
        actor=SYSTEM,
        project_ids=() if client_id else project_ids,
        client_id=client_id,
        people=people,
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        options=PlanOptions(time_limit_s=10, workers=1),
        now=EFFECTIVE_AT,
    )


def list_suspended(session: Session) -> dict[str, int | None]:
    rows = session.execute(
        select(Assignment.contractor_id, Assignment.suspended_by_pause_id)
        .where(Assignment.status == "suspended")
        .order_by(Assignment.contractor_id)
    )
    return {row[0]: row[1] for row in rows}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("people", "stopped"),
    [
        (PeopleScope("country", ("BR",)), ["C1", "C2"]),
        (PeopleScope("country", ("CL", "DE")), ["C3"]),
        (PeopleScope("skill", ("cobol",)), ["C2"]),
        (PeopleScope("list", ("C3", "C1")), ["C1", "C3"]),
        (EVERYBODY, ["C1", "C2", "C3"]),
    ],
)
def test_only_the_people_named_are_suspended(
    session: Session, people: PeopleScope, stopped: list[str]
) -> None:
    opened = pause_part(session, people)
    assert opened.num_suspended == len(stopped)
    assert list(list_suspended(session)) == stopped
    status = "paused" if people.is_everybody else "open"
    assert session.get_one(Project, "P1", populate_existing=True).status == status
    row = session.get_one(PauseProject, (opened.pause_id, "P1"))
    assert row.open is people.is_everybody
    named = session.scalars(select(PausePerson.contractor_id).order_by(PausePerson.contractor_id))
    assert list(named) == ([] if people.is_everybody else stopped)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("people", "error"),
    [
        (PeopleScope("country", ("DE",)), Refused),
        (PeopleScope("list", ("C1", "C9")), NotFound),
        (PeopleScope("country"), InvalidValue),
        (PeopleScope("everyone", ("C1",)), InvalidValue),
        (PeopleScope("mood", ("C1",)), InvalidValue),
        (PeopleScope("list", ("C1",) * 20_001), InvalidValue),
    ],
)
def test_people_who_cannot_be_paused_write_nothing(
    session: Session, people: PeopleScope, error: type[Exception]
) -> None:
    with pytest.raises(error):
        pause_part(session, people)
    assert session.scalars(select(Pause)).all() == []
    assert list_suspended(session) == {}


@pytest.mark.usefixtures("world")
def test_plan_affects_the_people_alone_and_sends_none_back(
    database: Database, session: Session
) -> None:
    opened = pause_part(session, PeopleScope("country", ("BR",)))
    run_plan(database, opened.plan_run_id, limits=ChildLimits())
    session.expire_all()
    run = session.get_one(PlanRun, opened.plan_run_id)
    assert run.summary is not None
    assert run.summary["num_affected"] == 2
    places = session.execute(text("SELECT contractor_id, project_id FROM proposals ORDER BY 1"))
    assert {tuple(row) for row in places} <= {
        ("C1", "P2"),
        ("C2", "P2"),
        ("C1", "P3"),
        ("C2", "P3"),
    }


@pytest.mark.usefixtures("world")
def test_hours_are_refused_for_the_people_alone(session: Session) -> None:
    pause_part(session, PeopleScope("list", ("C1",)))
    for person, assignment_id, refused in (("C1", "A1", True), ("C2", "A2", False)):
        actor = add_account(session, "contractor", person)
        order = {
            "actor": actor,
            "assignment_id": assignment_id,
            "work_date": date(2026, 3, 3),
            "hours": Decimal(4),
            "now": EFFECTIVE_AT + timedelta(days=2),
        }
        if refused:
            with pytest.raises(Refused, match="Chordus is paused since") as caught:
                log_hours(session, **order)  # type: ignore[arg-type]  # named once for both
            assert caught.value.code == "paused"
        else:
            log_hours(session, **order)  # type: ignore[arg-type]  # named once for both
    assert [row.assignment_id for row in session.scalars(select(HoursEntry))] == ["A2"]


@pytest.mark.usefixtures("world")
def test_hours_ahead_are_taken_back_from_the_people_alone(session: Session) -> None:
    for assignment_id in ("A1", "A2"):
        add_entry(session, assignment_id, date(2026, 3, 3), "4")
    assert pause_part(session, PeopleScope("list", ("C1",))).num_hours_entries_removed == 1
    assert [row.assignment_id for row in session.scalars(select(HoursEntry))] == ["A2"]


@pytest.mark.usefixtures("world")
def test_resume_gives_the_people_back_and_leaves_the_project_open(session: Session) -> None:
    opened = pause_part(session, PeopleScope("country", ("BR",)))
    resumed = resume_pause(session, actor=SYSTEM, pause_id=opened.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_handed_over) == (2, 0)
    assert list_suspended(session) == {}
    assert session.get_one(Project, "P1").status == "open"


@pytest.mark.usefixtures("world")
def test_resume_leaves_to_a_later_pause_whom_it_stops_too(session: Session) -> None:
    first = pause_part(session, PeopleScope("country", ("BR",)))
    second = pause_part(session, PeopleScope("list", ("C2", "C3")))
    whole = pause_part(session, EVERYBODY, client_id="K1")
    assert list_suspended(session) == {
        "C1": first.pause_id,
        "C2": first.pause_id,
        "C3": second.pause_id,
    }
    assert whole.num_suspended == 0
    resumed = resume_pause(session, actor=SYSTEM, pause_id=first.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_handed_over) == (0, 2)
    assert list_suspended(session) == {
        "C1": whole.pause_id,
        "C2": second.pause_id,
        "C3": second.pause_id,
    }
    resumed = resume_pause(session, actor=SYSTEM, pause_id=whole.pause_id, today=TODAY)
    assert (resumed.num_restored, resumed.num_handed_over) == (1, 0)
    assert session.get_one(Project, "P1", populate_existing=True).status == "open"
    assert list(list_suspended(session)) == ["C2", "C3"]


@pytest.mark.usefixtures("world")
def test_other_plans_do_not_send_the_people_there(session: Session) -> None:
    """C1 may not work on P2 by one pause; the plan of another keeps to it."""
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C3",
            project_id="P2",
            hours_per_week=5,
            starts_on=date(2026, 1, 5),
            status="active",
        )
    )
    session.commit()
    pause_part(session, PeopleScope("list", ("C1", "C3")), project_ids=("P2",))
    opened = pause_part(session, EVERYBODY)
    _, request = load_planning_roster(session, session.get_one(PlanRun, opened.plan_run_id))
    assert ("C1", "P2") in request.rejected
    assert ("C2", "P2") not in request.rejected
    assert request.scope.contractor_ids is None


@pytest.mark.usefixtures("world")
def test_import_brings_no_work_of_the_people_back(session: Session) -> None:
    pause_part(session, PeopleScope("list", ("C1",)))
    roster = load_roster(session)
    session.rollback()
    for row, allowed in ((0, False), (1, True)):
        new = roster.assignments.iloc[[row]].assign(assignment_id=f"N{row}")
        changed = replace(roster, assignments=new)
        if allowed:
            import_roster(session, changed, actor=SYSTEM, source="again")
        else:
            with pytest.raises(FolderRejected, match="whom the open pause"):
                import_roster(session, changed, actor=SYSTEM, source="again")


def test_late_hours_end_at_the_cut_off(session: Session) -> None:
    add_world(session, num_contractors=1)
    actor = add_account(session, "contractor", "C1")
    until = datetime(2026, 3, 5, 12, tzinfo=UTC)
    open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        late_hours_until=until,
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )
    day = date(2026, 2, 27)
    log_hours(
        session,
        actor=actor,
        assignment_id="A1",
        work_date=day,
        hours=Decimal(4),
        now=until,
    )
    with pytest.raises(Refused, match="could be entered until 5 Mar 2026, 12:00 UTC") as caught:
        log_hours(
            session,
            actor=actor,
            assignment_id="A1",
            work_date=day,
            hours=Decimal(5),
            now=until + timedelta(minutes=1),
        )
    assert caught.value.code == "too_late"


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Mars/Olympus"},
        {"late_hours_until": EFFECTIVE_AT - timedelta(minutes=1)},
    ],
)
def test_zone_and_cut_off_are_checked(session: Session, changes: dict[str, object]) -> None:
    add_world(session, num_contractors=1)
    order: dict[str, object] = {
        "actor": SYSTEM,
        "project_ids": ["P1"],
        "effective_at": EFFECTIVE_AT,
        "reason_class": "other",
        "options": PlanOptions(),
        "now": EFFECTIVE_AT,
    }
    with pytest.raises(InvalidValue):
        open_pause(session, **(order | changes))  # type: ignore[arg-type]  # faults on purpose


def test_pause_without_a_review_day_is_reviewed_in_two_weeks(session: Session) -> None:
    add_world(session, num_contractors=1)
    opened = pause_part(session, EVERYBODY)
    assert session.get_one(Pause, opened.pause_id).review_by == date(2026, 3, 16)
