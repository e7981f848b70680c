"""The page of what limits a plan: asked for, waited for, read."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.models import PlanLimits
from tests.app.web.conftest import Browser, Vendor

BOTTLENECKS = [
    {
        "resource": "hours",
        "project_id": "P2",
        "codename": "Larkspur",
        "amount": 40,
        "currency": "",
        "left": 0,
        "worth_people": 1.25,
        "worth_hours": 32.5,
    },
    {
        "resource": "budget",
        "project_id": "P2",
        "codename": "Larkspur",
        "amount": 160_000,
        "currency": "USD",
        "left": 0,
        "worth_people": 0.0,
        "worth_hours": 10.0,
    },
]
UNLOCK = {
    "code": "skill",
    "sentence": "train 2 contractors in lang:de to level 3",
    "hours_per_week": 40,
    "num_people": 2,
    "num_covered": 2,
    "verified": True,
}


def test_limits_are_asked_for_and_waited_for(ops: Browser, planned: Vendor) -> None:
    path = f"/ops/plans/{planned.run_id}/limits"
    assert f'href="{path}"' in ops.get(f"/ops/plans/{planned.run_id}").body
    assert "Not looked for yet" in ops.get(path).text
    page = ops.post(path, {})
    assert "Waits for a worker" in page.text
    assert 'hx-trigger="every 2s"' in page.body
    assert "being worked out already" in ops.post(path, {}).text


def test_limits_are_told_in_words_and_numbers(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    session.add(
        PlanLimits(
            plan_run_id=planned.run_id,
            status="done",
            finished_at=datetime.now(UTC),
            bottlenecks=BOTTLENECKS,
            unlocks=[UNLOCK],
        )
    )
    session.commit()
    page = ops.get(f"/ops/plans/{planned.run_id}/limits")
    assert "Larkspur, 40 h a week more: 1.25 people at their floor, 32.5 h" in page.body
    assert "Larkspur Weekly budget 1,600 USD a week 0 USD a week 0 10" in page.text
    assert (
        "Train 2 contractors in German to level 3. solved again, 2 more at their floor" in page.text
    )
    assert "1 skill alone keeps people" in page.text
    assert "every 2s" not in page.body


def test_failed_search_says_why(ops: Browser, session: Session, planned: Vendor) -> None:
    session.add(PlanLimits(plan_run_id=planned.run_id, status="failed", error="No memory."))
    session.commit()
    page = ops.get(f"/ops/plans/{planned.run_id}/limits")
    assert "No memory." in page.text
    assert "Find again" in page.text
