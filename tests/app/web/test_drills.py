"""The pages of the pause drill; what it finds is in the services' tests."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import DrillResult
from app.services.plans.policies import create_policy
from app.services.plans.policy_settings import PolicySettings
from solver.policy import PEOPLE_FIRST, Policy
from tests.app.web.conftest import CLIENT_NAME, SYSTEM, Browser


def finish(session: Session, num_coverable: int = 1) -> list[int]:
    """End every drill under way; return the results, by client."""
    results = session.scalars(select(DrillResult).order_by(DrillResult.client_id)).all()
    for result in results:
        if result.status != "queued":
            continue
        result.status, result.finished_at = "done", datetime.now(UTC)
        result.num_projects, result.num_affected, result.num_away = 1, 3, 1
        result.num_coverable, result.num_bound = num_coverable, 2
        result.lost_hours, result.restorable_hours = 60, 30
        result.lost_pay_cents = {"USD": 240_000}
        result.unlocks = [
            {
                "sentence": "renew 2 clearances",
                "hours_per_week": 30,
                "num_people": 2,
                "num_covered": 0,
                "verified": False,
            },
            {
                "sentence": "train 1 contractor in lang:de to level 2",
                "hours_per_week": 0,
                "num_people": 1,
                "num_covered": 1,
                "verified": True,
            },
        ]
    session.commit()
    return [result.id for result in results]


def test_drill_of_all_is_asked_for_and_read(ops: Browser, session: Session) -> None:
    assert "No drill yet" in ops.get("/ops/drills").text
    page = ops.post("/ops/drills", {})
    assert "2 clients are being drilled" in page.text
    finish(session)
    page = ops.get("/ops/drills")
    assert "being drilled" not in page.text
    assert [row for row in page.rows if "Chordus" in row] != []
    assert "50 % 1 of 2" in page.text
    assert "Renew 2 clearances." in page.text
    assert CLIENT_NAME not in page.body


def test_drill_of_one_tells_its_figures(ops: Browser, session: Session) -> None:
    ops.post("/ops/drills", {})
    first = finish(session)[0]
    page = ops.get(f"/ops/drills/{first}")
    for words in (
        "If Chordus paused",
        "People affected 3 1 on leave throughout",
        "Could keep their floor 50 % 1 of 2, no plan more than 2",
        "Hours restorable 50 % 30 h a week",
        "Pay lost a week 2,400 USD",
        "Renew 2 clearances. estimate, not solved again +30 h",
        "Train 1 contractor in German to level 2. 1 more at their floor +0 h",
        "1 run, the last on",
    ):
        assert words in page.text, words
    assert CLIENT_NAME not in page.body


def test_drill_again_is_of_that_client_alone(ops: Browser, session: Session) -> None:
    ops.post("/ops/drills", {})
    first = finish(session)[0]
    page = ops.post(f"/ops/drills/{first}/again", {})
    assert "Waits for a worker" in page.text
    assert 'hx-trigger="every 2s"' in page.body
    assert "1 client is being drilled" in ops.get("/ops/drills").text
    assert "being drilled again" in ops.get("/ops/drills").text
    again = ops.post(f"/ops/drills/{first}/again", {})
    assert "still under way" in again.text


def test_failed_drill_says_why(ops: Browser, session: Session) -> None:
    ops.post("/ops/drills", {})
    result = session.scalars(select(DrillResult)).all()[0]
    result.status, result.error = "failed", "The worker that drilled it died."
    session.commit()
    finish(session)
    assert "1 client could not be drilled: Chordus" in ops.get("/ops/drills").text
    assert "The worker that drilled it died." in ops.get(f"/ops/drills/{result.id}").text


def test_drills_are_a_file_too(ops: Browser, session: Session) -> None:
    ops.post("/ops/drills", {})
    finish(session)
    answer = ops.send("GET", "/ops/drills?format=csv")
    assert answer.mimetype == "text/csv"
    assert "Chordus,3,60,50 %,1," in answer.get_data(as_text=True)


def test_drill_says_by_which_policy(ops: Browser, session: Session) -> None:
    """The default, unless another one is chosen."""
    aims = Policy("Gentle", PEOPLE_FIRST.tiers)
    policy_id = create_policy(session, actor=SYSTEM, name="Gentle", settings=PolicySettings(aims))
    made = ops.post(f"/ops/policies/{policy_id}/default", {"is_default": "1"})
    assert "Gentle is the default now" in made.text
    assert "Not the default" in made.text
    assert "Every night under “Gentle”" in ops.get("/ops/drills").text
    assert 'value="Gentle" selected' in ops.get("/ops/drills").body
    ops.post("/ops/drills", {"policy": "clients-first"})
    first = finish(session)[0]
    assert "Policy: Clients first" in ops.get(f"/ops/drills/{first}").text
    assert "under the policy “Gentle”" in ops.get("/ops/pauses/new?project=P2").text
    ops.post(f"/ops/policies/{policy_id}/default", {"is_default": "0"})
    assert "Every night under “People first”" in ops.get("/ops/drills").text
