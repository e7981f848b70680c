"""What contractors enter of themselves reaches the next plan, and an import leaves it alone."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, InvalidValue, NotFound, Refused
from app.models import (
    AuditEvent,
    ContractorSkill,
    PlanRun,
    ProjectSkill,
    Skill,
    SkillClaim,
    TimeOff,
)
from app.services.access.access import Actor
from app.services.imports.importing import import_roster
from app.services.own_work.availability import add_time_off, remove_time_off, set_availability
from app.services.own_work.my_availability import list_skill_names
from app.services.own_work.skill_claims import claim_skill, decide_claims
from app.services.plans.plan_loading import load_planning_roster
from solver.roster import Roster
from tests.app.offers import ADA, BO
from tests.app.world import PAUSE_DATE, SYSTEM, add_account, add_world, pause_p1
from tests.factories import make_roster

FIRST, LAST = date(2026, 3, 9), date(2026, 3, 13)


def load(session: Session) -> Roster:
    run_id = pause_p1(session).plan_run_id
    return load_planning_roster(session, session.get_one(PlanRun, run_id))[0]


def get_person(roster: Roster, contractor_id: str) -> dict[Hashable, Any]:
    people = roster.contractors
    (row,) = people[people["contractor_id"] == contractor_id].to_dict("records")
    return row


def import_ada_again(session: Session) -> None:
    """Import a folder that lists Ada with a skill and a leave of its own."""
    roster = make_roster(
        contractors=[{"contractor_id": "C1", "payroll_id": "pay-C1"}],
        contractor_skills=[{"contractor_id": "C1", "skill": "sql", "level": 2}],
        time_off=[{"contractor_id": "C1", "starts_on": "2026-04-01", "ends_on": "2026-04-02"}],
    )
    import_roster(session, roster, actor=SYSTEM, source="again")


def test_hours_and_rate_reach_the_next_plan(session: Session) -> None:
    add_world(session, num_contractors=2, contractor={"min_pay_rate_cents": 3000})
    assert set_availability(session, actor=ADA, hours_per_week=15, least_rate_cents=4500)
    assert not set_availability(session, actor=ADA, hours_per_week=15, least_rate_cents=4500)
    roster = load(session)
    ada, bo = get_person(roster, "C1"), get_person(roster, "C2")
    assert (ada["max_weekly_hours"], ada["min_pay_rate_cents"]) == (15, 4500)
    assert (bo["max_weekly_hours"], bo["min_pay_rate_cents"]) == (40, 3000)


def test_blank_availability_is_as_the_roster_says(session: Session) -> None:
    add_world(session, num_contractors=1)
    set_availability(session, actor=ADA, hours_per_week=15, least_rate_cents=4500)
    set_availability(session, actor=ADA, hours_per_week=None, least_rate_cents=None)
    ada = get_person(load(session), "C1")
    assert ada["max_weekly_hours"] == 40
    assert pd.isna(ada["min_pay_rate_cents"])


@pytest.mark.parametrize(("hours", "rate"), [(41, None), (-1, None), (None, -1)])
def test_availability_out_of_range_is_refused(
    session: Session, hours: int | None, rate: int | None
) -> None:
    add_world(session, num_contractors=1)
    with pytest.raises(InvalidValue):
        set_availability(session, actor=ADA, hours_per_week=hours, least_rate_cents=rate)


def test_own_leave_reaches_the_plan_and_survives_an_import(session: Session) -> None:
    add_world(session, num_contractors=1)
    days = {"starts_on": FIRST, "ends_on": LAST}
    assert add_time_off(session, actor=ADA, today=PAUSE_DATE, **days)
    assert not add_time_off(session, actor=ADA, today=PAUSE_DATE, **days)
    import_ada_again(session)
    leave = load(session).time_off
    assert leave["starts_on"].dt.date.tolist() == [FIRST, date(2026, 4, 1)]


def test_only_own_leave_can_be_taken_back(session: Session) -> None:
    add_world(session, num_contractors=2)
    import_ada_again(session)
    add_time_off(session, actor=BO, starts_on=FIRST, ends_on=LAST, today=PAUSE_DATE)
    imported, bos = session.scalars(select(TimeOff.id).order_by(TimeOff.id)).all()
    session.rollback()
    for other in (imported, bos, 987_654):
        with pytest.raises(NotFound):
            remove_time_off(session, actor=ADA, time_off_id=other)
    remove_time_off(session, actor=BO, time_off_id=bos)
    assert session.scalars(select(TimeOff.id)).all() == [imported]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (LAST, FIRST),
        (PAUSE_DATE - timedelta(days=2), PAUSE_DATE - timedelta(days=1)),
        (FIRST, FIRST + timedelta(days=366)),
    ],
)
def test_unusable_leave_is_refused(session: Session, first: date, last: date) -> None:
    add_world(session, num_contractors=1)
    with pytest.raises(InvalidValue):
        add_time_off(session, actor=ADA, starts_on=first, ends_on=last, today=PAUSE_DATE)


def add_skills(session: Session) -> None:
    """Add skills that C1's own project asks for, and one that another project alone does."""
    skills = {"sql": "P1", "go": "P1", "sailing": "P2"}
    session.add_all([Skill(name=name) for name in skills])
    session.flush()
    for name, project_id in skills.items():
        session.add(
            ProjectSkill(project_id=project_id, skill=name, min_level=1, required=False, weight=1)
        )
    session.commit()


def test_skill_that_other_projects_alone_ask_for_reads_as_none_bug(session: Session) -> None:
    """Check 10: the list of skills told what clients that nobody spoke of look for."""
    add_world(session, num_contractors=1)
    add_skills(session)
    assert list_skill_names(session, "C1") == ["go", "sql"]
    refusals = []
    for skill in ("sailing", "no such skill"):
        with pytest.raises(InvalidValue) as caught:
            claim_skill(session, actor=ADA, skill=skill, level=1)
        refusals.append(str(caught.value).replace(skill, "X"))
    assert refusals[0] == refusals[1]


def list_levels(session: Session) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(ContractorSkill.contractor_id, ContractorSkill.skill, ContractorSkill.level)
    )
    return sorted((row[0], row[1], row[2]) for row in rows)


def test_claimed_skill_counts_once_it_is_confirmed(session: Session) -> None:
    add_world(session, num_contractors=1)
    add_skills(session)
    claim_skill(session, actor=ADA, skill="sql", level=4)
    assert len(load(session).contractor_skills) == 0
    assert decide_claims(session, actor=SYSTEM, keys=[("C1", "sql")], confirmed=True) == 1
    assert decide_claims(session, actor=SYSTEM, keys=[("C1", "sql")], confirmed=False) == 0
    assert list_levels(session) == [("C1", "sql", 4)]
    # An import that knows less takes nothing away.
    import_ada_again(session)
    assert list_levels(session) == [("C1", "sql", 4)]


def test_refused_claim_changes_no_skill_and_may_be_made_again(session: Session) -> None:
    add_world(session, num_contractors=1)
    add_skills(session)
    claim_skill(session, actor=ADA, skill="sql", level=4)
    keys = [("C1", "sql")]
    decide_claims(session, actor=SYSTEM, keys=keys, confirmed=False, note="Show us work.")
    claim = session.get_one(SkillClaim, ("C1", "sql"), populate_existing=True)
    assert (claim.status, claim.note) == ("refused", "Show us work.")
    assert list_levels(session) == []
    claim_skill(session, actor=ADA, skill="sql", level=2)
    claim = session.get_one(SkillClaim, ("C1", "sql"), populate_existing=True)
    assert (claim.status, claim.level, claim.note) == ("claimed", 2, "")


def test_level_that_is_known_already_is_not_claimed_again(session: Session) -> None:
    add_world(session, num_contractors=1)
    import_ada_again(session)
    with pytest.raises(Refused, match="level 2 already"):
        claim_skill(session, actor=ADA, skill="sql", level=2)
    claim_skill(session, actor=ADA, skill="sql", level=3)
    for skill, level in (("cobol", 3), ("sql", 6)):
        with pytest.raises(InvalidValue):
            claim_skill(session, actor=ADA, skill=skill, level=level)


def test_nobody_confirms_their_own_skill(session: Session) -> None:
    add_world(session, num_contractors=1)
    add_skills(session)
    claim_skill(session, actor=ADA, skill="sql", level=4)
    both = Actor(None, "Ada", frozenset({"contractor", "ops_manager"}), "C1")
    assert decide_claims(session, actor=both, keys=[("C1", "sql")], confirmed=True) == 0
    with pytest.raises(Forbidden):
        decide_claims(session, actor=ADA, keys=[("C1", "sql")], confirmed=True)
    manager = add_account(session, "ops_manager")
    decide_claims(session, actor=manager, keys=[("C1", "sql")], confirmed=True)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "skill.confirmed")).one()
    assert event.actor_user_id == manager.user_id
