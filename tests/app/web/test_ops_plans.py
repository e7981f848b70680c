"""The plan page: progress, certificate, the unplaced, and deciding on proposals."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Assignment, PlanProgress, Proposal, RejectedPair
from app.web.formatting import MINUS
from tests.app.web.conftest import Browser, Vendor


def test_plan_waits_for_a_worker(ops: Browser, paused: Vendor) -> None:
    page = ops.get(f"/ops/plans/{paused.run_id}")
    assert "Waiting for a worker" in page.text
    live = ops.get(f"/ops/plans/{paused.run_id}/progress", fragment=True)
    assert "1. People covered Not started" in live.text
    assert 'hx-trigger="every 1s"' in live.body


def test_poll_leaves_the_buttons_alone_until_they_change(ops: Browser, paused: Vendor) -> None:
    path = f"/ops/plans/{paused.run_id}/progress"
    assert "Cancel, keep nothing" not in ops.get(f"{path}?seen=queued-none-0", fragment=True).text
    fresh = ops.get(f"{path}?seen=running-none-0", fragment=True)
    assert 'id="live-actions" hx-swap-oob="true"' in fresh.body


def test_plan_that_ended_polls_no_more_and_offers_its_page(ops: Browser, planned: Vendor) -> None:
    path = f"/ops/plans/{planned.run_id}/progress?seen=running-none-1"
    live = ops.get(path, fragment=True)
    assert 'data-ended="by itself"' in live.body
    assert "hx-trigger" not in live.body
    assert "Show what came of it" in live.text


def test_table_behind_the_charts_tells_what_changed(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    path = f"/ops/plans/{paused.run_id}/progress/table"
    assert "Nothing is known yet." in ops.get(path, fragment=True).text
    numbers = ((None, 300), (250, 300), (250, 300), (280, 281))
    for seq, (value, bound) in enumerate(numbers):
        session.add(
            PlanProgress(
                plan_run_id=paused.run_id,
                seq=seq,
                tier="coverage",
                value=value,
                bound=bound,
                elapsed_s=seq,
            )
        )
    session.commit()
    assert ops.get(path, fragment=True).rows[1:] == [
        "0 s People covered 300",
        "1 s People covered 250 300 16.67 %",
        "3 s People covered 280 281 0.36 %",
    ]


def test_plan_can_be_cancelled_once(ops: Browser, paused: Vendor) -> None:
    page = ops.post(f"/ops/plans/{paused.run_id}/stop", {"how": "cancel"})
    assert "This run was cancelled" in page.text
    again = ops.post(f"/ops/plans/{paused.run_id}/stop", {"how": "cancel"})
    assert "has cancelled already" in again.text
    assert ops.post(f"/ops/plans/{paused.run_id}/stop", {"how": "burn"}).status == 400


def test_plan_says_its_certificate_in_words(ops: Browser, planned: Vendor) -> None:
    text = ops.get(f"/ops/plans/{planned.run_id}").text
    assert "2 of 3 people keep at least their floor of weekly hours." in text
    assert "No plan can do better than 3." in text
    assert "320 of 480 lost hour-weeks are restored (66 %). 1 more person is on leave" in text
    assert "Within 33.33 % of what any plan could reach." in text
    assert "Proved: no plan does better." in text
    assert "Holds for plans that keep what was reached for people covered" in text
    assert "Checked independently" in text
    assert "Hours restored 320 330 3.03 %" in text


def test_unplaced_name_the_rule_and_the_unlock(ops: Browser, planned: Vendor) -> None:
    page = ops.get(f"/ops/plans/{planned.run_id}/unplaced?blocker=capacity")
    assert "Open demand is used up" in page.text
    assert "20 more open hours a week on Larkspur." in page.text
    assert "Nobody matches" in ops.get(f"/ops/plans/{planned.run_id}/unplaced?text=Ada").text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada", "Bo"]),
        ("sort=name&descending=1", ["Bo", "Ada"]),
        ("fit=70", ["Ada"]),
        ("pay=cut", ["Bo"]),
        ("pay=same", ["Ada"]),
        ("text=bo", ["Bo"]),
        ("project=P1", []),
        ("status=approved", []),
        ("status=all&size=50", ["Ada", "Bo"]),
        ("sort=password&page=-3&size=9&fit=x&pay=x", ["Ada", "Bo"]),
    ],
)
def test_proposals_filter_and_sort(
    ops: Browser, planned: Vendor, query: str, names: list[str]
) -> None:
    page = ops.get(f"/ops/plans/{planned.run_id}?{query}", fragment=True)
    found = [row.split()[0] for row in page.rows if row.startswith(("Ada", "Bo"))]
    assert found == names


def list_rows(session: Session, run_id: int) -> list[str]:
    """Return what the boxes of a run's rows send."""
    rows = session.scalars(
        select(Proposal).where(Proposal.plan_run_id == run_id).order_by(Proposal.id)
    )
    return [f"{row.id}:{row.version}" for row in rows]


def test_bulk_approval_says_what_became_of_each_row(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    first, second = list_rows(session, planned.run_id)
    path = f"/ops/plans/{planned.run_id}/decisions"
    alone = ops.post(path, {"row": [first], "decision": "approve"}, fragment=True)
    assert "1 proposal approved." in alone.text
    both = ops.post(path, {"row": [first, second], "decision": "approve"}, fragment=True)
    assert "1 proposal approved, 1 not." in both.text
    assert re.search(r"Ada on Larkspur : Somebody has approved it already\.", both.text)
    made = select(func.count()).select_from(Assignment).where(Assignment.proposal_id.is_not(None))
    assert session.scalar(made) == 2


def test_all_that_match_means_the_filter_and_no_more(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    form = {"all_matching": "1", "decision": "approve", "fit": "70"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert "1 proposal approved." in page.text
    approved = session.scalars(select(Proposal).where(Proposal.status == "approved")).one()
    assert approved.contractor_id == "C1"


def test_rejection_needs_a_reason(ops: Browser, session: Session, planned: Vendor) -> None:
    rows = list_rows(session, planned.run_id)[:1]
    path = f"/ops/plans/{planned.run_id}/decisions"
    page = ops.post(path, {"row": rows, "decision": "reject", "reason": " "}, fragment=True)
    assert "Give a reason" in page.text
    page = ops.post(path, {"row": rows, "decision": "reject", "reason": "Needed"}, fragment=True)
    assert "1 proposal rejected." in page.text
    assert session.scalars(select(RejectedPair)).one().reason == "Needed"


def test_decision_refuses_what_it_does_not_know(ops: Browser, planned: Vendor) -> None:
    path = f"/ops/plans/{planned.run_id}/decisions"
    assert ops.post(path, {"row": ["1"], "decision": "approve"}).status == 400
    assert ops.post(path, {"row": ["1:1"], "decision": "burn"}).status == 400
    assert ops.post(path, {"decision": "approve", "rate": "1"}).status == 400


def test_proposal_shows_why_pay_and_exposure(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    bo = session.scalars(select(Proposal.id).where(Proposal.contractor_id == "C2")).one()
    page = ops.get(f"/ops/proposals/{bo}")
    assert "Restores 20 of 20 lost hours a week." in page.text
    assert f"Change in pay {MINUS}5.00 USD {MINUS}11.1 % an hour" in page.text
    assert any(row.startswith("Chordus 20 h") for row in page.rows)


def test_proposal_is_decided_in_the_version_seen(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    row = session.scalars(select(Proposal).where(Proposal.contractor_id == "C1")).one()
    path = f"/ops/proposals/{row.id}/decision"
    assert "Give a reason" in ops.post(path, {"decision": "reject", "version": "1"}).text
    stale = ops.post(path, {"decision": "approve", "version": "99"})
    assert "Approved." not in stale.text
    assert "Approved." in ops.post(path, {"decision": "approve", "version": "1"}).text


def test_pause_can_be_planned_again_and_resumed(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    again = ops.post(f"/ops/pauses/{planned.pause_id}/plans", {"policy": "best-fit"})
    assert "Waiting for a worker" in again.text
    twice = ops.post(f"/ops/pauses/{planned.pause_id}/plans", {"policy": "best-fit"})
    assert "still being solved" in twice.text
    page = ops.post(f"/ops/pauses/{planned.pause_id}/resume", {})
    assert "Resumed: 2 assignments are active again." in page.text
    twice = ops.post(f"/ops/pauses/{planned.pause_id}/resume", {})
    assert "has been resumed" in twice.text
    old = ops.get(f"/ops/plans/{planned.run_id}")
    assert "A newer plan of this pause exists" not in old.text
    assert "This pause was resumed" in old.text


def test_decision_with_an_unknown_proposal_carries_out_the_rest_and_says_so(
    ops: Browser, planned: Vendor, session: Session
) -> None:
    known = session.scalars(select(Proposal.id).order_by(Proposal.id)).first()
    session.rollback()
    form = {"row": [f"{known}:1", "987654:1"], "decision": "approve"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert page.status == 200
    assert "1 proposal approved, 1 not." in page.text
    assert "Proposal 987654: There is no such proposal." in page.text


def test_decision_names_the_first_failures_in_one_query(
    ops: Browser, planned: Vendor, database: Database
) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    form = {"row": [f"{number}:9" for number in range(1, 200)], "decision": "approve"}
    event.listen(database.engine, "before_cursor_execute", note)
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    event.remove(database.engine, "before_cursor_execute", note)
    assert "199 not." in page.text
    assert "and 179 more" in page.text
    assert len(statements) < 40


@pytest.mark.parametrize("row", ["1", "x:1", "1:x", f"{10**30}:1"])
def test_decision_on_an_unreadable_row_is_refused(ops: Browser, planned: Vendor, row: str) -> None:
    form = {"row": [row], "decision": "approve"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert page.status == 400


def test_approval_of_a_place_that_should_have_begun_long_ago_asks_for_a_new_plan(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    session.execute(update(Proposal).values(starts_on=planned.today - timedelta(days=7)))
    session.commit()
    form = {"row": list_rows(session, planned.run_id)[:1], "decision": "approve"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert "and that week is over: plan again." in page.text
