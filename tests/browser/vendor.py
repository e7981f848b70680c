"""A whole vendor after the main job, served by real processes: what the pictures are taken of."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli import demo_data
from app.cli.demo_state import SignIn
from app.cli.processes import Stack, build_address
from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.errors import Refused
from app.models import Assignment, Offer, PlanRun, Proposal, Timesheet, User
from app.services.access.access import Actor
from app.services.hours.hours import log_hours
from app.services.hours.timesheet_rows import copy_approved
from app.services.offers.offer_answers import accept_offer
from app.services.offers.publishing import build_is_told
from app.services.payroll.pay_periods import create_period
from app.services.payroll.payroll_export import export_period
from app.services.plans.planning import PlanOptions
from app.services.review.review_batches import open_batch
from app.services.review.review_steps import advance_batch
from app.services.review.reviewing import (
    ProposalVersion,
    publish_proposals,
    reject_proposals,
)
from app.services.review.second_approval import NO_SECOND
from tests.browser.answers import ask_for_answers, wait_for_answers

PORT = 8765


@dataclass(frozen=True)
class Stage:
    """A running vendor: where it is, and who may sign in."""

    address: str
    sign_ins: tuple[SignIn, ...]


@contextmanager
def run_vendor() -> Iterator[Stage]:
    """Serve the sample after the main job: planned, partly approved, hours logged, exported."""
    with tempfile.TemporaryDirectory() as home, EmbeddedPostgres(Path(home)).running() as url:
        Path(home).chmod(0o755)
        database = Database(url)
        database.upgrade()
        settings = Settings.from_environment({"PORT": str(PORT)})
        environment = {
            "DATABASE_URL": database.conninfo,
            "SECRET_KEY": secrets.token_hex(32),
            "SECURE_COOKIES": "false",
            "PORT": str(PORT),
        }
        stack = Stack(environment, log_folder=Path(home))
        try:
            stack.start("worker")
            stack.start("web")
            with database.session() as session:
                sign_ins = prepare(session, stack)
            stack.wait_for_web(settings)
            yield Stage(build_address(settings), sign_ins)
        finally:
            stack.stop()
            database.dispose()


def prepare(session: Session, stack: Stack) -> tuple[SignIn, ...]:
    """Do the main job as far as pictures need it; return the accounts."""
    demo_data.import_sample(session)
    staff = demo_data.add_staff(session)
    run_id = demo_data.pause_chordus(session, PlanOptions(time_limit_s=40))
    demo_data.wait_for_plan(session, run_id, stack.check)
    contractor = demo_data.add_contractor(session, run_id)
    own_id = session.scalars(select(User.contractor_id).where(User.email == contractor.email)).one()
    manager = find_actor(session, staff[0])
    decide(session, manager, str(own_id))
    ask_for_answers(session, manager, run_id)
    today = datetime.now(UTC).date()
    workers = session.scalars(select(Assignment.contractor_id).distinct().limit(40)).all()
    for contractor_id in {str(own_id), *workers}:
        fill_week(session, contractor_id)
    clerk = find_actor(session, staff[1])
    period_id = create_period(
        session,
        actor=clerk,
        starts_on=today - timedelta(days=14),
        ends_on=today - timedelta(days=1),
        zone="UTC",
    )
    approve_what_stands(session)
    with suppress(Refused):
        export_period(session, actor=clerk, period_id=period_id)
    wait_for_answers(session, stack)
    return (*staff, contractor)


def decide(session: Session, manager: Actor, own_id: str) -> None:
    """Approve some proposals, those of the contractor who signs in among them, reject two."""
    rows = session.execute(
        select(Proposal.id, Proposal.version, Proposal.contractor_id).order_by(
            (Proposal.contractor_id == own_id).desc(), Proposal.fit.desc(), Proposal.id
        )
    ).all()
    session.rollback()
    chosen = [ProposalVersion(row.id, row.version) for row in rows]
    run_id = session.scalars(select(PlanRun.id)).one()
    session.rollback()
    batch_id = open_batch(
        session,
        actor=manager,
        plan_run_id=run_id,
        verb="approve",
        proposals=chosen[:24],
        second=NO_SECOND,
        scope="The 24 best fits",
    )
    advance_batch(session, actor=manager, batch_id=batch_id, today=datetime.now(UTC).date())
    told = [ProposalVersion(row.proposal_id, row.version + 1) for row in chosen[:12]]
    publish_proposals(session, actor=manager, proposals=told)
    others = select(Offer.id, Offer.contractor_id).where(Offer.contractor_id != own_id)
    for offer_id, contractor_id in session.execute(others.order_by(Offer.id)).all():
        person = Actor(None, "a picture", frozenset({"contractor"}), contractor_id)
        accept_offer(session, actor=person, offer_id=offer_id)
    reject_proposals(
        session, actor=manager, proposals=chosen[24:26], reason="Needed on Halcyon in January"
    )


def approve_what_stands(session: Session) -> None:
    """Approve every other week as it stands: one that goes on could not be handed in."""
    sheets = session.scalars(select(Timesheet).order_by(Timesheet.id)).all()[::2]
    for sheet in sheets:
        sheet.status, sheet.approved_version = "approved", 1
    session.flush()
    copy_approved(session, [sheet.id for sheet in sheets])
    session.commit()


def fill_week(session: Session, contractor_id: str) -> None:
    """Log some hours of the last days for one contractor."""
    actor = Actor(None, "a picture", frozenset({"contractor"}), contractor_id)
    today = datetime.now(UTC).date()
    assignments = session.scalars(
        select(Assignment.assignment_id).where(
            Assignment.contractor_id == contractor_id, build_is_told()
        )
    ).all()
    for assignment_id in assignments:
        for day in (today - timedelta(days=back) for back in range(1, 9)):
            with suppress(Refused):
                log_hours(
                    session,
                    actor=actor,
                    assignment_id=assignment_id,
                    work_date=day,
                    hours=Decimal("3.5") if day.weekday() < 5 else Decimal(0),
                )


def find_actor(session: Session, sign_in: SignIn) -> Actor:
    """Return the actor behind a sign-in."""
    return Actor.of_user(session.scalars(select(User).where(User.email == sign_in.email)).one())


def enter(browser: Browser, stage: Stage, sign_in: SignIn) -> Any:
    """Sign in; return the cookies."""
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(f"{stage.address}/login")
    page.get_by_label("E-mail").fill(sign_in.email)
    page.get_by_label("Password").fill(sign_in.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_attached()
    state = context.storage_state()
    context.close()
    return state
