"""The plan page: progress, certificate, the unplaced, the way to the review."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.models import PlanProgress
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
    assert "Nobody is offered less than 80 % of the rate they lost" in text
    assert "Hours restored 320 330 3.03 %" in text


def test_unplaced_name_the_rule_and_the_unlock(ops: Browser, planned: Vendor) -> None:
    page = ops.get(f"/ops/plans/{planned.run_id}/unplaced?blocker=capacity")
    assert "Open demand is used up" in page.text
    assert "20 more open hours a week on Larkspur." in page.text
    assert "Nobody matches" in ops.get(f"/ops/plans/{planned.run_id}/unplaced?text=Ada").text


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


def test_plan_leads_to_its_review(ops: Browser, planned: Vendor) -> None:
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "Review 2 proposals" in page.text
    assert f'href="/ops/plans/{planned.run_id}/review"' in page.body
