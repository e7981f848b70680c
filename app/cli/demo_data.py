"""What the demo shows: sample data moved to today, accounts, Chordus paused, its plan solved."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo_state import SignIn
from app.importing import read_folder
from app.models import Contractor, PlanRun, Project, Proposal, User
from app.sampling import CHORDUS_PAUSE_DATE, get_whole_weeks, shift_dates
from app.services.access.access import Actor
from app.services.access.accounts import add_user
from app.services.access.passwords import draw_password
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions

SAMPLE_FOLDER = Path(__file__).parents[2] / "sample_data" / "chordus"

_SYSTEM = Actor.of_system("redeploy demo")
_STAFF = (
    ("ops_manager", "Morgan Ade", "ops@redeploy.example"),
    ("payroll", "Tove Lindqvist", "payroll@redeploy.example"),
    ("admin", "Ines Barros", "admin@redeploy.example"),
    ("ops_manager", "Priya Nair", "second@redeploy.example"),
    ("auditor", "Edvin Sorel", "auditor@redeploy.example"),
)
"""The second ops manager confirms what one person may not decide alone."""
_PAUSED_CODENAME = "Chordus"
_POLL_S = 0.3


def import_sample(session: Session) -> int:
    """Import the sample roster as if it were drawn for this week; return its contractors."""
    roster = read_folder(SAMPLE_FOLDER).roster
    today = datetime.now(UTC).date()
    shifted = shift_dates(roster, get_whole_weeks(CHORDUS_PAUSE_DATE, today))
    import_roster(session, shifted, actor=_SYSTEM, source=SAMPLE_FOLDER.name)
    return len(roster.contractors)


def add_staff(session: Session) -> tuple[SignIn, ...]:
    """Add an account for each role of the vendor's own people, two for ops."""
    return tuple(_add(session, role, name, email, None) for role, name, email in _STAFF)


def pause_chordus(session: Session, options: PlanOptions) -> int:
    """Pause Chordus from now on, in the manager's name; return the plan run's id."""
    manager = session.scalars(select(User).where(User.email == _STAFF[0][2])).one()
    project_id = session.scalars(
        select(Project.project_id).where(Project.codename == _PAUSED_CODENAME)
    ).one()
    opened = open_pause(
        session,
        actor=Actor.of_user(manager),
        project_ids=[project_id],
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0),
        reason_class="security_breach",
        comment="The client stopped all work after a breach at a supplier.",
        options=options,
    )
    return opened.plan_run_id


def wait_for_plan(session: Session, plan_run_id: int, check: Callable[[], None]) -> PlanRun:
    """Return the finished run; `check` raises when there is no point in waiting on."""
    while True:
        check()
        run = session.get_one(PlanRun, plan_run_id, populate_existing=True)
        session.rollback()
        if run.status == "succeeded":
            return run
        if run.status in {"failed", "cancelled"}:
            raise click.ClickException(f"the plan {run.status}: {run.error or 'stopped'}")
        time.sleep(_POLL_S)


def add_contractor(session: Session, plan_run_id: int) -> SignIn:
    """Add an account for one person of Chordus who has a proposal."""
    person = session.scalars(
        select(Contractor)
        .join(Proposal, Proposal.contractor_id == Contractor.contractor_id)
        .where(Proposal.plan_run_id == plan_run_id, Contractor.payroll_id != "")
        .order_by(Proposal.hours_per_week.desc(), Proposal.fit.desc(), Contractor.contractor_id)
        .limit(1)
    ).one()
    return _add(session, "contractor", person.name, person.email, person.contractor_id)


def _add(session: Session, role: str, name: str, email: str, contractor_id: str | None) -> SignIn:
    password = draw_password()
    add_user(
        session,
        actor=_SYSTEM,
        email=email,
        name=name,
        role=role,
        password=password,
        contractor_id=contractor_id,
    )
    return SignIn(role, name, email.lower(), password)
