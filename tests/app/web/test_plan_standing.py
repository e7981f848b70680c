"""What a plan's page says of its proposals: whether they stand, and what comes in their place."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.services.pauses.resuming import resume_pause
from app.services.pauses.terminating import terminate_pause
from app.services.plans.planning import PlanOptions, request_plan, stop_plan
from tests.app.web.conftest import SYSTEM, Browser, Vendor


def ask_again(session: Session, planned: Vendor) -> int:
    """Ask for another plan of the pause; nobody solves it."""
    return request_plan(session, actor=SYSTEM, pause_id=planned.pause_id, options=PlanOptions())


def test_no_proposal_stands_after_a_resume_bug(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    """The resume cancels the newer run, and the page had said that `the proposals here stand`."""
    ask_again(session, planned)
    resume_pause(session, actor=SYSTEM, pause_id=planned.pause_id, today=planned.today)
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "the proposals here stand" not in page.text
    assert "Proposals still undecided then no longer apply; approved places stay." in page.text
    assert "has been decided on" not in page.text
    assert "no longer apply" in ops.get(f"/ops/plans/{planned.run_id}/review").text


def test_run_under_way_is_not_one_that_brought_no_plan_bug(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    """A plan still being made had been called one that brought none."""
    later = ask_again(session, planned)
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "the proposals here stand until it is there" in page.text
    assert "has brought no plan" not in page.text
    stop_plan(session, actor=SYSTEM, plan_run_id=later, keep=False)
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "has brought no plan (cancelled); the proposals here stand" in page.text


def test_run_without_a_plan_has_no_proposals_to_stand_bug(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    cancelled = ask_again(session, planned)
    stop_plan(session, actor=SYSTEM, plan_run_id=cancelled, keep=False)
    later = ask_again(session, planned)
    stop_plan(session, actor=SYSTEM, plan_run_id=later, keep=False)
    assert "the proposals here stand" not in ops.get(f"/ops/plans/{cancelled}").text
    assert "the proposals here stand" in ops.get(f"/ops/plans/{planned.run_id}").text


def test_terminated_pause_says_what_becomes_of_its_proposals_bug(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    """The page had said nothing of the end, and offered no further plan."""
    terminate_pause(session, actor=SYSTEM, pause_id=planned.pause_id, comment="Over")
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "This pause was terminated" in page.text
    assert "What is undecided here can still be approved" in page.text
    assert "Plan again" in page.text
    review = ops.get(f"/ops/plans/{planned.run_id}/review")
    assert "What is undecided here can still be approved" in review.text
    later = ask_again(session, planned)
    stop_plan(session, actor=SYSTEM, plan_run_id=later, keep=False)
    page = ops.get(f"/ops/plans/{later}")
    assert "This pause was terminated" in page.text
    assert "What is undecided here" not in page.text
