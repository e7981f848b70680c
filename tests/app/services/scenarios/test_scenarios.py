"""Scenarios, solved for real: what they answer, and that nothing real changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import Scenario, ScenarioPerson, ScenarioProgress
from app.services.access.access import Actor
from app.services.pauses.pause_scope import PeopleScope
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions
from app.services.plans.solving import recover_runs, run_scenario
from app.services.review.reviewing import approve_proposals
from app.services.scenarios.scenario_ending import remove_scenario, stop_scenario
from app.services.scenarios.scenario_loading import add_demand
from app.services.scenarios.scenario_requests import Case, ExtraDemand, MadeUp, NewProject, Variant
from app.services.scenarios.scenarios import MAX_UNFINISHED, create_scenarios
from tests.app.world import EFFECTIVE_AT, PAUSE_DATE, SYSTEM, add_world, pause_p1, propose
from tests.factories import make_roster

OPTIONS = PlanOptions(time_limit_s=10, workers=1)
PLAIN = (Variant("people-first", with_extra=False),)
REAL_TABLES = (
    "pauses",
    "pause_projects",
    "plan_runs",
    "plan_progress",
    "proposals",
    "unplaced",
    "assignments",
    "projects",
    "hours_entries",
)
NARROW = {"demand_hours": 20, "seats": 1}


def ask(
    session: Session,
    case: Case,
    variants: tuple[Variant, ...] = PLAIN,
    extra: tuple[ExtraDemand, ...] = (),
    new: tuple[NewProject, ...] = (),
) -> list[int]:
    return create_scenarios(
        session,
        actor=SYSTEM,
        case=case,
        variants=variants,
        made_up=MadeUp(extra, new),
        options=OPTIONS,
        now=EFFECTIVE_AT,
    )


def solve(database: Database, scenario_ids: list[int]) -> None:
    for scenario_id in scenario_ids:
        run_scenario(database, scenario_id, limits=ChildLimits())


def get_scenario(session: Session, scenario_id: int) -> Scenario:
    return session.get_one(Scenario, scenario_id, populate_existing=True)


def list_people(session: Session, scenario_id: int) -> dict[str, ScenarioPerson]:
    rows = session.scalars(select(ScenarioPerson).where(ScenarioPerson.scenario_id == scenario_id))
    return {row.contractor_id: row for row in rows}


def read_real_rows(session: Session) -> dict[str, list[str]]:
    return {
        table: sorted(session.scalars(text(f"SELECT CAST(t AS text) FROM {table} AS t")))
        for table in REAL_TABLES
    }


def close_larch(session: Session) -> None:
    session.execute(text("UPDATE projects SET status = 'closed' WHERE project_id = 'P3'"))
    session.commit()


def test_scenarios_of_a_pause_answer_and_leave_every_real_row_alone(database: Database) -> None:
    with database.session() as session:
        add_world(session, target=NARROW)
        close_larch(session)
        opened = pause_p1(session)
        propose(session, opened.plan_run_id, [("C1", "P2", 20)])
        before = read_real_rows(session)
        variants = (
            Variant("people-first", with_extra=False),
            Variant("people-first", with_extra=True),
        )
        extra = (ExtraDemand("P2", hours=40, seats=2),)
        ids = ask(session, Case(opened.pause_id), variants, extra)
    solve(database, ids)
    with database.session() as session:
        without, with_extra = (get_scenario(session, one) for one in ids)
        assert [without.status, with_extra.status] == ["succeeded", "succeeded"]
        assert without.batch == with_extra.batch == ids[0]
        for row, num_covered in ((without, 1), (with_extra, 3)):
            assert row.summary is not None
            assert row.certificate is not None
            assert row.summary["num_covered"] == num_covered
            assert row.certificate["checker"]["ok"] is True
        people = list_people(session, with_extra.id)
        assert {row.restored_hours for row in people.values()} == {20.0}
        assert all(row.places == [["P2", 20]] for row in people.values())
        alone = list_people(session, without.id)
        # Among equals the present proposal stays, so the two differ by the demand alone.
        assert [one for one, row in alone.items() if row.covered] == ["C1"]
        assert {alone[one].blocker for one in ("C2", "C3")} == {"capacity"}
        assert read_real_rows(session) == before
        progress = select(func.count()).select_from(ScenarioProgress)
        assert session.scalar(progress)


def test_scenario_of_a_pause_that_never_happened(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        before = read_real_rows(session)
        (scenario_id,) = ask(session, Case(None, ("P1",), pause_date=PAUSE_DATE))
    solve(database, [scenario_id])
    with database.session() as session:
        people = list_people(session, scenario_id)
        assert {row.lost_hours for row in people.values()} == {20}
        assert all(row.covered for row in people.values())
        assert "P1" not in {place for row in people.values() for place, _ in row.places}
        assert read_real_rows(session) == before


def test_hypothetical_pause_of_a_whole_client_takes_its_open_projects(session: Session) -> None:
    add_world(session)
    session.execute(text("UPDATE projects SET client_id = 'K1' WHERE project_id = 'P3'"))
    session.commit()
    case = Case(None, ("P1",), whole_client=True, pause_date=PAUSE_DATE + timedelta(days=7))
    (scenario_id,) = ask(session, case)
    scenario = get_scenario(session, scenario_id)
    assert scenario.paused_project_ids == ["P1", "P3"]
    assert scenario.pause_date == PAUSE_DATE + timedelta(days=7)


def test_scenario_keeps_what_is_approved(database: Database) -> None:
    with database.session() as session:
        add_world(session, target=NARROW)
        close_larch(session)
        opened = pause_p1(session)
        chosen = propose(session, opened.plan_run_id, [("C3", "P2", 20)])
        approve_proposals(session, actor=SYSTEM, proposals=chosen)
        (scenario_id,) = ask(session, Case(opened.pause_id))
    solve(database, [scenario_id])
    with database.session() as session:
        people = list_people(session, scenario_id)
        assert {one: row.places for one, row in people.items()} == {
            "C1": [],
            "C2": [],
            "C3": [["P2", 20]],
        }


def test_new_project_takes_who_has_its_skills_at_its_rate(database: Database) -> None:
    falcon = NewProject("Falcon", 20, 1, (("go", 3),), 4400, "USD")
    with database.session() as session:
        add_world(session, target={"demand_hours": 0})
        close_larch(session)
        session.execute(text("INSERT INTO skills (name) VALUES ('go')"))
        session.execute(
            text(
                "INSERT INTO contractor_skills (contractor_id, skill, level) "
                "VALUES ('C1', 'go', 2), ('C2', 'go', 3)"
            )
        )
        session.commit()
        before = read_real_rows(session)
        variants = (*PLAIN, Variant("people-first", with_extra=True))
        case = Case(None, ("P1",), pause_date=PAUSE_DATE)
        without, with_new = ids = ask(session, case, variants, new=(falcon,))
    solve(database, ids)
    with database.session() as session:
        assert not any(row.places for row in list_people(session, without).values())
        people = list_people(session, with_new)
        assert {one: row.places for one, row in people.items()} == {
            "C1": [],
            "C2": [["new: Falcon", 20]],
            "C3": [],
        }
        assert people["C2"].pay_change_cents == 20 * 400
        assert read_real_rows(session) == before


def test_partial_pause_and_people_left_out_touch_nobody_else(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        session.execute(text("UPDATE contractors SET country = 'DE' WHERE contractor_id <> 'C1'"))
        session.commit()
        germans = PeopleScope("country", ("DE",))
        case = Case(None, ("P1",), pause_date=PAUSE_DATE, people=germans, left_out=("C3",))
        (scenario_id,) = ask(session, case)
        assert get_scenario(session, scenario_id).people_ids == ["C2", "C3"]
        with pytest.raises(Refused, match="None of these people"):
            ask(session, replace(case, people=PeopleScope("country", ("NZ",))))
    solve(database, [scenario_id])
    with database.session() as session:
        assert set(list_people(session, scenario_id)) == {"C2"}


def test_made_up_things_that_cannot_be_are_refused(session: Session) -> None:
    add_world(session)
    case = Case(pause_p1(session).pause_id)
    falcon = NewProject("Falcon", 20, 1, (), None, "USD")
    for new in (
        (replace(falcon, name=""),),
        (replace(falcon, hours=0),),
        (replace(falcon, seats=0),),
        (replace(falcon, pay_rate_cents=-1),),
        (replace(falcon, skills=(("go", 6),)),),
        (falcon, replace(falcon, name="FALCON")),
    ):
        with pytest.raises(InvalidValue):
            ask(session, case, new=new)
    with pytest.raises(NotFound, match="skill go"):
        ask(session, case, new=(replace(falcon, skills=(("go", 1),)),))
    with pytest.raises(Refused, match="a project called kestrel already"):
        ask(session, case, new=(replace(falcon, name="kestrel"),))
    with pytest.raises(NotFound, match="contractor C9"):
        ask(session, replace(case, left_out=("C1", "C9")))


def test_pay_change_is_counted_a_week_and_away_people_are_listed(database: Database) -> None:
    with database.session() as session:
        add_world(session, num_contractors=2, target={"pay_rate_cents": 4500})
        close_larch(session)
        session.execute(
            text(
                "INSERT INTO time_off (contractor_id, starts_on, ends_on) "
                "VALUES ('C2', '2026-03-01', '2026-12-31')"
            )
        )
        session.commit()
        (scenario_id,) = ask(session, Case(None, ("P1",), pause_date=PAUSE_DATE))
    solve(database, [scenario_id])
    with database.session() as session:
        people = list_people(session, scenario_id)
        assert (people["C1"].pay_change_cents, people["C1"].currency) == (20 * 500, "USD")
        assert (people["C2"].blocker, people["C2"].covered) == ("away", False)


def test_scenarios_that_make_no_sense_are_refused(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    with pytest.raises(NotFound, match="pause 99"):
        ask(session, Case(99))
    with pytest.raises(NotFound, match="P404"):
        ask(session, Case(None, ("P404",), pause_date=PAUSE_DATE))
    with pytest.raises(NotFound, match="P404"):
        ask(session, Case(opened.pause_id), extra=(ExtraDemand("P404", 1, 1),))
    for case, variants, extra in (
        (Case(), PLAIN, ()),
        (Case(opened.pause_id), (), ()),
        (Case(opened.pause_id), (Variant("nobody's", with_extra=False),), ()),
        (Case(opened.pause_id), PLAIN, (ExtraDemand("P2", -1, 0),)),
    ):
        with pytest.raises(InvalidValue):
            ask(session, case, variants, extra)
    with pytest.raises(Refused, match="None of these projects is open"):
        ask(session, Case(None, ("P1",), pause_date=PAUSE_DATE))
    with pytest.raises(Forbidden):
        create_scenarios(
            session,
            actor=Actor(None, "x", frozenset({"contractor"})),
            case=Case(opened.pause_id),
            variants=PLAIN,
            options=OPTIONS,
        )
    assert session.scalars(select(Scenario)).all() == []


def test_not_too_many_scenarios_wait_at_a_time(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    policies = ("people-first", "clients-first", "best-fit")
    assert 8 * len(policies) == MAX_UNFINISHED
    for policy in policies:
        ask(session, Case(opened.pause_id), (Variant(policy, with_extra=False),) * 8)
    with pytest.raises(Refused, match="At most"):
        ask(session, Case(opened.pause_id))


def test_same_request_twice_makes_the_scenarios_once(session: Session) -> None:
    add_world(session)
    case = Case(pause_p1(session).pause_id)
    extra = (ExtraDemand("P2", 40, 0),)
    variants = (*PLAIN, Variant("people-first", with_extra=True))
    first = ask(session, case, variants, extra)
    assert ask(session, case, variants, extra) == first
    assert ask(session, case, variants, (ExtraDemand("P2", 41, 0),)) != first
    new = (NewProject("Falcon", 20, 1, (), None, "USD"),)
    assert ask(session, case, variants, extra, new) == ask(session, case, variants, extra, new)
    assert ask(session, case, variants, extra, new) != first
    assert ask(session, replace(case, left_out=("C1",)), variants, extra) != first
    later = Case(None, ("P2",), pause_date=PAUSE_DATE)
    assert ask(session, later) != ask(session, replace(later, pause_date=date(2026, 3, 9)))
    for scenario_id in first:
        stop_scenario(session, actor=SYSTEM, scenario_id=scenario_id, keep=False)
    assert ask(session, case, variants, extra) != first


def test_scenario_is_stopped_once_and_removed_once_it_ended(session: Session) -> None:
    add_world(session)
    opened = pause_p1(session)
    (scenario_id,) = ask(session, Case(opened.pause_id))
    with pytest.raises(Refused, match="still being solved"):
        remove_scenario(session, actor=SYSTEM, scenario_id=scenario_id)
    with pytest.raises(Refused, match="has not started"):
        stop_scenario(session, actor=SYSTEM, scenario_id=scenario_id, keep=True)
    stop_scenario(session, actor=SYSTEM, scenario_id=scenario_id, keep=False)
    with pytest.raises(Refused, match="Scenario 1 has cancelled already"):
        stop_scenario(session, actor=SYSTEM, scenario_id=scenario_id, keep=False)
    remove_scenario(session, actor=SYSTEM, scenario_id=scenario_id)
    with pytest.raises(NotFound):
        remove_scenario(session, actor=SYSTEM, scenario_id=scenario_id)


def test_scenario_of_a_dead_worker_is_queued_again(database: Database) -> None:
    with database.session() as session:
        add_world(session)
        (scenario_id,) = ask(session, Case(None, ("P1",), pause_date=PAUSE_DATE))
        scenario = get_scenario(session, scenario_id)
        scenario.status, scenario.attempts = "running", 1
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        session.commit()
    assert recover_runs(database) == 1
    with database.session() as session:
        assert get_scenario(session, scenario_id).status == "queued"


def test_extra_demand_adds_hours_and_seats_and_stretches_the_budget() -> None:
    roster = make_roster(
        projects=[
            {"project_id": "P1", "demand_hours": 30, "seats": 2, "weekly_budget_cents": 100_000},
            {"project_id": "P2", "demand_hours": 0},
        ]
    )
    lines = [
        {"project_id": "P1", "hours": 10, "seats": 1},
        {"project_id": "P1", "hours": 5, "seats": 0},
        {"project_id": "P2", "hours": 7, "seats": 3},
    ]
    projects = add_demand(roster, lines).projects
    assert projects["demand_hours"].tolist() == [45, 7]
    assert projects["seats"].isna().tolist() == [False, True]
    assert projects["seats"].iloc[0] == 3
    assert projects["weekly_budget_cents"].iloc[0] == 150_000
    assert roster.projects["demand_hours"].tolist() == [30, 0]
    assert add_demand(roster, []) is roster
