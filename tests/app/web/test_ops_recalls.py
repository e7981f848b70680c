"""The recall page: asked for, watched, thinned out by hand, and the resume by it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Assignment, Recall
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.solving import run_recall
from tests.app.web.conftest import Browser, Vendor


@pytest.fixture
def path(paused: Vendor) -> str:
    return f"/ops/pauses/{paused.pause_id}/recall"


@pytest.fixture
def recall_id(ops: Browser, database: Database, session: Session, path: str) -> int:
    """A recall of Chordus is ready: Ada and Bo return with 20 hours each."""
    ops.post(path, {"policy": "people-first"})
    recall_id = session.scalars(select(Recall.id)).one()
    session.rollback()
    run_recall(database, recall_id, limits=ChildLimits())
    return recall_id


def test_pause_leads_to_the_recall(ops: Browser, paused: Vendor, path: str) -> None:
    assert f'href="{path}"' in ops.get(f"/ops/pauses/{paused.pause_id}").body
    page = ops.get(path)
    assert "Plan who returns" in page.text
    assert "Resume without a recall" in page.text


def test_recall_being_planned_is_watched(ops: Browser, path: str) -> None:
    page = ops.post(path, {"policy": "people-first"})
    assert "Waiting for a worker" in page.text
    assert "1. People covered Not started" in page.text
    recall = re.search(r'hx-get="(/ops/recalls/\d+/progress)\?seen=', page.body)
    assert recall is not None
    assert "Cancel, keep nothing" in ops.get(f"{recall[1]}?seen=other", fragment=True).text
    assert "Nothing is known yet." in ops.get(f"{recall[1]}/table", fragment=True).text
    assert "still being planned" in ops.post(path, {"policy": "people-first"}).text


def test_recall_being_planned_can_be_cancelled(
    ops: Browser, session: Session, path: str, paused: Vendor
) -> None:
    ops.post(path, {"policy": "people-first"})
    recall_id = session.scalars(select(Recall.id)).one()
    session.rollback()
    stop = f"/ops/recalls/{recall_id}/stop"
    assert "there is no plan yet" in ops.post(stop, {"how": "keep"}).text
    assert ops.post(stop, {"how": "later"}).status == 400
    page = ops.post(stop, {"how": "cancel"})
    assert "The last recall plan was cancelled" in page.text
    assert "Plan the recall" in page.text
    assert "Recall plan cancelled" in ops.get(f"/ops/pauses/{paused.pause_id}").text
    assert f"Recall {recall_id} has cancelled already" in ops.post(stop, {"how": "cancel"}).text
    assert ops.post("/ops/recalls/987654/stop", {"how": "cancel"}).status == 404
    assert ops.get("/ops/recalls/987654/progress").status == 404


def test_ready_recall_names_who_returns(ops: Browser, path: str, recall_id: int) -> None:
    page = ops.get(path)
    assert "Return 2 40 h a week" in page.text
    assert [row.split()[0] for row in page.rows if row.startswith(("Ada", "Bo"))] == ["Ada", "Bo"]
    file = ops.get(f"{path}?format=csv").body.splitlines()
    assert len(file) == 3
    assert "Ada" in file[1]
    narrowed = ops.get(f"{path}?text=Bo&state=returns")
    assert [row.split()[0] for row in narrowed.rows if row.startswith(("Ada", "Bo"))] == ["Bo"]
    headers = {"HX-Request": "true", "HX-Target": "returns"}
    fragment = ops.send("GET", f"{path}?text=Bo", headers=headers).get_data(as_text=True)
    assert "Bo" in fragment
    assert "<html" not in fragment


def test_filter_without_a_match_says_so(ops: Browser, path: str, recall_id: int) -> None:
    assert "Nobody matches" in ops.get(f"{path}?state=left+out").text


def test_left_out_people_stay_and_the_rest_return(
    ops: Browser, session: Session, paused: Vendor, path: str, recall_id: int
) -> None:
    choice = f"/ops/recalls/{recall_id}/choice"
    page = ops.post(choice, {"verb": "leave out", "row": "C2"})
    assert "1 person left out: they stay where they are." in page.text
    assert "Resume with 1 return" in page.text
    page = ops.post(choice, {"verb": "leave out", "all_matching": "1", "text": "Ada"})
    assert "Resume, nobody returns" in page.text
    page = ops.post(choice, {"verb": "put back", "all_matching": "1", "state": "left out"})
    assert "2 people back on the list." in page.text
    ops.post(choice, {"verb": "leave out", "row": "C2"})
    page = ops.post(f"/ops/pauses/{paused.pause_id}/resume", {"recall_id": str(recall_id)})
    assert "Resumed: 1 assignment is active again. 1 does not come back." in page.text
    assert "Resumed by a recall plan" in page.text
    rows = session.scalars(select(Assignment).order_by(Assignment.assignment_id)).all()
    assert [row.status for row in rows] == ["active", "ended", "active"]
    assert "People moved as this recall plan said." in ops.get(path).text
    assert "has been resumed" in ops.post(choice, {"verb": "put back", "row": "C2"}).text


def test_recall_of_another_pause_resumes_nothing(ops: Browser, paused: Vendor) -> None:
    page = ops.post(f"/ops/pauses/{paused.pause_id}/resume", {"recall_id": "987654"})
    assert page.status == 404
