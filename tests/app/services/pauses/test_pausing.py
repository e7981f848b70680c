"""Opening a pause: what it suspends, what it takes back, and that it is one transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Assignment, AuditEvent, HoursEntry, Pause, PauseProject, PlanRun, Project
from app.services.access.access import Actor
from app.services.pauses import pausing
from app.services.pauses.pause_impact import find_pause_impact
from app.services.pauses.pause_scope import PeopleScope
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from tests.app.world import EFFECTIVE_AT, SYSTEM, add_account, add_entry, add_world, pause_p1


def list_assignment_states(session: Session) -> dict[str, tuple[str, int | None]]:
    rows = session.scalars(select(Assignment).execution_options(populate_existing=True))
    return {row.assignment_id: (row.status, row.suspended_by_pause_id) for row in rows}


def count_jobs(session: Session) -> int:
    found: int = session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()
    return found


def test_open_pause_suspends_assignments_and_queues_one_plan(session: Session) -> None:
    add_world(session, num_contractors=2)
    opened = pause_p1(session)
    assert opened.num_suspended == 2
    assert list_assignment_states(session) == {
        "A1": ("suspended", opened.pause_id),
        "A2": ("suspended", opened.pause_id),
    }
    assert session.get_one(Project, "P1", populate_existing=True).status == "paused"
    run = session.get_one(PlanRun, opened.plan_run_id)
    assert (run.status, run.pause_date) == ("queued", date(2026, 3, 2))
    assert (run.horizon_starts_on, run.horizon_ends_on) == (date(2026, 3, 2), date(2026, 4, 26))
    assert count_jobs(session) == 1


def test_open_pause_that_fails_late_leaves_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_world(session)

    def fail(*_args: object, **_named: object) -> int:
        raise RuntimeError("the queue is away")

    monkeypatch.setattr(pausing, "queue_run", fail)
    with pytest.raises(RuntimeError):
        pause_p1(session)
    assert {status for status, _ in list_assignment_states(session).values()} == {"active"}
    assert session.scalar(select(func.count()).select_from(Pause)) == 0
    assert session.scalars(select(AuditEvent.action)).all() == ["roster.imported"]
    assert count_jobs(session) == 0


def test_open_pause_leaves_assignments_that_ended_before(session: Session) -> None:
    add_world(session, num_contractors=2)
    session.get_one(Assignment, "A1").ends_on = date(2026, 3, 1)
    session.get_one(Assignment, "A2").ends_on = date(2026, 3, 2)
    session.commit()
    pause_p1(session)
    states = list_assignment_states(session)
    assert (states["A1"][0], states["A2"][0]) == ("active", "suspended")


def test_open_pause_takes_back_hours_of_later_days_only(session: Session) -> None:
    add_world(session, num_contractors=1)
    for day in (1, 2, 3):
        add_entry(session, "A1", date(2026, 3, day), "4")
    assert pause_p1(session).num_hours_entries_removed == 1
    left = session.scalars(select(HoursEntry.work_date).order_by(HoursEntry.work_date)).all()
    assert left == [date(2026, 3, 1), date(2026, 3, 2)]


def test_open_pause_of_a_paused_project_is_refused(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    with pytest.raises(Refused, match="Chordus is paused already") as caught:
        pause_p1(session)
    assert caught.value.code == "already_paused"
    assert session.scalar(select(func.count()).select_from(Pause)) == 1


def test_open_pause_of_a_client_takes_its_open_projects(session: Session) -> None:
    add_world(session)
    session.get_one(Project, "P2").client_id = "K1"
    session.get_one(Project, "P3").client_id = "K1"
    session.get_one(Project, "P3").status = "closed"
    session.commit()
    opened = open_pause(
        session,
        actor=SYSTEM,
        client_id="K1",
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )
    rows = session.scalars(
        select(PauseProject.project_id).where(PauseProject.pause_id == opened.pause_id)
    )
    assert sorted(rows) == ["P1", "P2"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"project_ids": ["P1", "nope"]}, NotFound),
        ({"project_ids": [], "client_id": "nope"}, NotFound),
        ({"project_ids": [], "client_id": "K9"}, NotFound),
        ({"project_ids": []}, InvalidValue),
        ({"client_id": "K1"}, InvalidValue),
        ({"reason_class": "mood"}, InvalidValue),
        ({"effective_at": EFFECTIVE_AT.replace(year=2025)}, InvalidValue),
        ({"effective_at": EFFECTIVE_AT - timedelta(days=31, minutes=1)}, InvalidValue),
        ({"effective_at": EFFECTIVE_AT + timedelta(days=366)}, InvalidValue),
        ({"effective_at": datetime(2026, 3, 2, 9)}, InvalidValue),  # noqa: DTZ001 - the fault
        ({"options": PlanOptions(policy="fastest")}, InvalidValue),
        ({"options": PlanOptions(weeks=0)}, InvalidValue),
        ({"actor": Actor(1, "x", frozenset({"contractor"}))}, Forbidden),
    ],
)
def test_open_pause_bad_order_writes_nothing(
    session: Session, changes: dict[str, object], error: type[Exception]
) -> None:
    add_world(session)
    order: dict[str, object] = {
        "actor": SYSTEM,
        "project_ids": ["P1"],
        "effective_at": EFFECTIVE_AT,
        "reason_class": "other",
        "options": PlanOptions(),
        "now": EFFECTIVE_AT,
    }
    with pytest.raises(error):
        open_pause(session, **(order | changes))  # type: ignore[arg-type]  # faults on purpose
    assert session.scalar(select(func.count()).select_from(Pause)) == 0
    assert count_jobs(session) == 0


def test_open_pause_writes_one_event_for_the_pause_and_one_for_the_plan(session: Session) -> None:
    add_world(session)
    manager = add_account(session, "ops_manager")
    pause_p1(session, actor=manager)
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()[-2:]
    assert [event.action for event in events] == ["pause.opened", "plan.requested"]
    assert {event.actor_user_id for event in events} == {manager.user_id}
    assert events[0].after is not None
    assert events[0].after["assignments_suspended"] == 3


def test_pause_impact_counts_people_hours_and_pay(session: Session) -> None:
    add_world(session, num_contractors=3, contractor={"country": "BR"})
    impact = find_pause_impact(
        session, project_ids=["P1"], effective_at=EFFECTIVE_AT, now=EFFECTIVE_AT
    )
    assert (impact.num_affected, impact.hours_per_week) == (3, 60)
    assert [(money.currency, money.cents) for money in impact.pay_per_week] == [("USD", 240_000)]
    assert [(group.label, group.num_people) for group in impact.by_country] == [("BR", 3)]
    assert impact.projects[0].codename == "Chordus"
    assert [(group.label, group.num_people) for group in impact.by_clearance] == [("0", 3)]
    assert (impact.placeable.num_planned, impact.placeable.num_covered) == (3, 3)
    assert (impact.placeable.restored_hours, impact.placeable.lost_hours) == (60, 60)
    assert [(week.num_people, week.hours) for week in impact.weeks] == [(3, 60)] * 8
    assert impact.weeks[0].pay == impact.pay_per_week
    assert session.get_one(Project, "P1").status == "open"


def test_pause_impact_is_of_the_people_named(session: Session) -> None:
    add_world(session, num_contractors=3)
    impact = find_pause_impact(
        session,
        project_ids=["P1"],
        people=PeopleScope("list", ("C1", "C3")),
        effective_at=EFFECTIVE_AT,
        now=EFFECTIVE_AT,
    )
    assert (impact.num_affected, impact.hours_per_week) == (2, 40)
    assert [(row.num_people, row.hours_per_week) for row in impact.projects] == [(2, 40)]
    assert [(money.currency, money.cents) for money in impact.pay_per_week] == [("USD", 160_000)]


def test_pause_impact_names_the_places_that_walls_close(session: Session) -> None:
    wall: dict[str, str | int] = {
        "client_id": "K1",
        "competitor_id": "K2",
        "cooling_off_days": 30,
    }
    add_world(session, num_contractors=2, walls=[wall])
    impact = find_pause_impact(
        session, project_ids=["P1"], effective_at=EFFECTIVE_AT, now=EFFECTIVE_AT
    )
    assert [(row.codename, row.num_people) for row in impact.walled] == [("Kestrel", 2)]
    assert impact.num_walled == 2


def test_pause_impact_of_an_unknown_project_is_not_found(session: Session) -> None:
    add_world(session)
    with pytest.raises(NotFound):
        find_pause_impact(session, project_ids=["nope"], effective_at=datetime.now(UTC))


def test_pause_of_a_client_stops_the_work_on_its_closed_projects_too(session: Session) -> None:
    add_world(session, num_contractors=2)
    session.get_one(Project, "P3").client_id = "K1"
    session.get_one(Project, "P3").status = "closed"
    session.get_one(Assignment, "A2").project_id = "P3"
    session.commit()
    opened = open_pause(
        session,
        actor=SYSTEM,
        client_id="K1",
        effective_at=EFFECTIVE_AT,
        reason_class="other",
        options=PlanOptions(),
        now=EFFECTIVE_AT,
    )
    assert opened.num_suspended == 2
    assert session.get_one(Project, "P3").status == "closed"


def list_entries(session: Session) -> list[tuple[str, int, float]]:
    rows = session.execute(
        select(HoursEntry.assignment_id, HoursEntry.work_date, HoursEntry.hours).order_by(
            HoursEntry.id
        )
    )
    return [(assignment_id, day.day, float(hours)) for assignment_id, day, hours in rows]


def test_open_pause_cuts_the_hours_of_its_day_to_what_had_passed(session: Session) -> None:
    add_world(session, num_contractors=2)
    session.add(
        Assignment(
            assignment_id="B1",
            contractor_id="C1",
            project_id="P1",
            hours_per_week=5,
            starts_on=date(2026, 1, 5),
            status="active",
        )
    )
    session.commit()
    add_entry(session, "A1", date(2026, 3, 2), "5")
    add_entry(session, "B1", date(2026, 3, 2), "6")
    add_entry(session, "A2", date(2026, 3, 2), "14")
    opened = pause_p1(session)
    assert (opened.num_hours_entries_removed, opened.num_hours_entries_cut) == (0, 2)
    assert list_entries(session) == [("A1", 2, 5), ("B1", 2, 4), ("A2", 2, 9)]


def test_open_pause_keeps_what_it_takes_back_in_the_audit_trail(session: Session) -> None:
    add_world(session, num_contractors=1)
    add_entry(session, "A1", date(2026, 3, 2), "9.5")
    add_entry(session, "A1", date(2026, 3, 3), "8")
    assert (
        find_pause_impact(
            session, project_ids=["P1"], effective_at=EFFECTIVE_AT, now=EFFECTIVE_AT
        ).num_hours_entries
        == 2
    )
    pause_p1(session)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "pause.opened")).one()
    assert event.before is not None
    kept = sorted(event.before["hours_entries"], key=lambda entry: str(entry["work_date"]))
    assert kept == [
        {
            "assignment_id": "A1",
            "work_date": f"2026-03-{day}",
            "hours": hours,
            "hours_left": hours_left,
        }
        for day, hours, hours_left in (("02", "9.50", "9.00"), ("03", "8.00", "0"))
    ]
    assert event.after is not None
    assert (event.after["hours_entries_removed"], event.after["hours_entries_cut"]) == (1, 1)
