"""A small vendor in the database: client K1 pauses P1, and K2's project P2 has room.

Every contractor C1, C2, ... works 20 hours a week on P1 (assignments A1, A2, ...) at 40.00.
The pause takes effect on Monday 2026-03-02 at 09:00 UTC; the horizon starts that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, ContractorSkill, HoursEntry, Proposal, Skill
from app.services.access.access import Actor
from app.services.access.accounts import add_user
from app.services.hours.timesheet_rows import lock_sheet_of_day
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import OpenedPause, open_pause
from app.services.plans.plan_results import SolvedPlan, lock_run_to_save, save_plan
from app.services.plans.planning import PlanOptions
from app.services.review.reviewing import ProposalVersion
from app.services.transaction import transaction
from tests.factories import Cell, Row, make_roster

SYSTEM = Actor.of_system("a test")
EFFECTIVE_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAUSE_DATE = date(2026, 3, 2)
PASSWORD = "correct horse battery"


def add_world(
    session: Session,
    *,
    num_contractors: int = 3,
    target: Mapping[str, Cell] | None = None,
    contractor: Mapping[str, Cell] | None = None,
    walls: list[Row] | None = None,
) -> None:
    """Import the vendor; `target` and `contractor` change cells of P2 and of every person."""
    people = [f"C{number + 1}" for number in range(num_contractors)]
    roster = make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}, {"client_id": "K3"}],
        walls=walls or [],
        projects=[
            {"project_id": "P1", "client_id": "K1", "codename": "Chordus", "demand_hours": 1000},
            {"project_id": "P2", "client_id": "K2", "codename": "Kestrel", **(target or {})},
            {"project_id": "P3", "client_id": "K3", "codename": "Larch"},
        ],
        contractors=[
            {"contractor_id": person, "payroll_id": f"pay-{person}", **(contractor or {})}
            for person in people
        ],
        assignments=[
            {
                "assignment_id": f"A{number + 1}",
                "contractor_id": person,
                "project_id": "P1",
                "hours_per_week": 20,
                "starts_on": "2026-01-05",
            }
            for number, person in enumerate(people)
        ],
    )
    import_roster(session, roster, actor=SYSTEM, source="world")


def pause_p1(session: Session, *, actor: Actor = SYSTEM) -> OpenedPause:
    """Pause P1; its plan run is queued, nobody solves it."""
    return open_pause(
        session,
        actor=actor,
        project_ids=["P1"],
        effective_at=EFFECTIVE_AT,
        reason_class="security_breach",
        options=PlanOptions(time_limit_s=10, workers=1),
        now=EFFECTIVE_AT,
    )


def propose(
    session: Session, plan_run_id: int, rows: list[tuple[str, str, int]]
) -> list[ProposalVersion]:
    """Save a plan of (contractor, project, hours) into the run; return its proposals."""
    proposals = [
        {
            "contractor_id": contractor_id,
            "project_id": project_id,
            "hours_per_week": hours,
            "starts_on": PAUSE_DATE,
            "ends_on": None,
            "fit": 80,
            "pay_rate_cents": session.get_one(Contractor, contractor_id).pay_rate_cents,
            "previous_pay_rate_cents": 4000,
            "currency": "USD",
            "from_projects": "P1",
            "restored_hour_weeks": Decimal(hours * 8),
        }
        for contractor_id, project_id, hours in rows
    ]
    with transaction(session):
        run = lock_run_to_save(session, plan_run_id)
        plan = SolvedPlan(
            is_plan=True, certificate={}, summary={}, proposals=proposals, unplaced=[]
        )
        save_plan(session, run, plan, actor=SYSTEM)
    saved = session.execute(
        select(Proposal.id, Proposal.version)
        .where(Proposal.plan_run_id == plan_run_id)
        .order_by(Proposal.id)
    )
    return [ProposalVersion(*row) for row in saved]


def add_account(session: Session, role: str, contractor_id: str | None = None) -> Actor:
    """Add an account and return it as an actor."""
    user_id = add_user(
        session,
        actor=SYSTEM,
        email=f"{contractor_id or role}@vendor.example",
        name=f"The {role}",
        role=role,
        password=PASSWORD,
        contractor_id=contractor_id,
    )
    return Actor(user_id, f"The {role}", frozenset({role}), contractor_id)


def add_entry(
    session: Session, assignment_id: str, work_date: date, hours: str, *, rate_cents: int = 4000
) -> None:
    """Add hours past every rule, as if they had been entered long ago."""
    contractor_id = session.get_one(Assignment, assignment_id).contractor_id
    contractor = session.get_one(Contractor, contractor_id)
    session.add(
        HoursEntry(
            timesheet_id=lock_sheet_of_day(session, contractor, work_date).id,
            assignment_id=assignment_id,
            work_date=work_date,
            hours=Decimal(hours),
            rate_cents=rate_cents,
            currency="USD",
        )
    )
    session.commit()


def add_held_skills(session: Session, contractor_id: str, *names: str) -> None:
    """Add skills that a contractor has at level 1, so that others may know of them."""
    session.add_all([Skill(name=name) for name in names])
    session.flush()
    session.add_all(
        [ContractorSkill(contractor_id=contractor_id, skill=name, level=1) for name in names]
    )
    session.commit()
