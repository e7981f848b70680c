"""The ops desk: home, projects, the pause dialog with its impact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Pause, PlanRun, Project
from app.services.plans.plan_results import save_plan
from app.services.plans.planning import PlanOptions, request_plan
from app.services.transaction import transaction
from tests.app.web.conftest import SYSTEM, Browser, Vendor
from tests.app.web.pages import Page
from tests.app.web.saved_plan import build_plan

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
ORDER = {
    "scope": "project",
    "project_id": "P1",
    "client_id": "",
    "effective_at": f"{YESTERDAY}T14:05",
    "reason_class": "funding",
    "comment": "",
    "review_by": str(YESTERDAY + timedelta(days=14)),
    "policy": "people-first",
}


def confirm(page: Page) -> dict[str, str]:
    """Return what the impact panel adds to the order."""
    return {"impact_seen": page.inputs["impact_seen"]}


def test_home_says_what_needs_attention(ops: Browser, planned: Vendor) -> None:
    page = ops.get("/ops/")
    assert "2 proposals wait for a decision" in page.text
    assert "People affected 2 2 without any paid work" in page.text


def test_home_names_a_failed_run(ops: Browser, session: Session, paused: Vendor) -> None:
    run = session.get_one(PlanRun, paused.run_id)
    run.status, run.error = "failed", "The worker that solved it died."
    session.commit()
    assert "A plan run failed. The worker that solved it died." in ops.get("/ops/").text


@pytest.mark.parametrize("status", ["queued", "running", "failed", "cancelled"])
def test_proposals_stand_while_a_later_run_has_no_plan_bug(
    ops: Browser, session: Session, planned: Vendor, status: str
) -> None:
    """The home page had led to the later run, and the older one called itself replaced."""
    options = PlanOptions(policy="people-first")
    later = request_plan(session, actor=SYSTEM, pause_id=planned.pause_id, options=options)
    run = session.get_one(PlanRun, later)
    run.status, run.error = status, "The worker died." if status == "failed" else None
    session.commit()
    address = f'href="/ops/plans/{planned.run_id}"'
    review = f'href="/ops/plans/{planned.run_id}/review"'
    assert f"{review}>Review proposals</a>" in ops.get("/ops/").body
    assert "is paused without a plan" not in ops.get("/ops/").text
    assert f"{address}>2</a>" in ops.get("/ops/pauses").body
    assert f'class="btn btn-primary" {review}>' in ops.get(f"/ops/pauses/{planned.pause_id}").body
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "the proposals here stand" in page.text
    assert "taken the place" not in page.text
    assert f"/ops/plans/{later}" in page.body


def test_older_plan_says_which_one_replaced_it(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    options = PlanOptions(policy="people-first")
    later = request_plan(session, actor=SYSTEM, pause_id=planned.pause_id, options=options)
    with transaction(session):
        run = session.get_one(PlanRun, later)
        save_plan(session, run, build_plan(run.horizon_starts_on), actor=SYSTEM)
    page = ops.get(f"/ops/plans/{planned.run_id}")
    assert "have taken the place of those still undecided here" in page.text
    assert f'href="/ops/plans/{later}">Open the newer plan</a>' in page.body
    assert f'href="/ops/plans/{later}/review">Review proposals</a>' in ops.get("/ops/").body


def test_home_without_a_pause_says_so(ops: Browser) -> None:
    assert "Nothing waits for you" in ops.get("/ops/").text


def test_projects_filter_sort_and_page(ops: Browser) -> None:
    assert [row.split()[0] for row in ops.get("/ops/projects").rows[1:]] == [
        "Chordus",
        "Larkspur",
        "Umbra",
    ]
    closed = ops.get("/ops/projects?status=closed", fragment=True)
    assert [row.split()[0] for row in closed.rows[1:]] == ["Umbra"]
    assert "<html" not in closed.body
    sorted_down = ops.get("/ops/projects?sort=codename&descending=1&text=R")
    assert [row.split()[0] for row in sorted_down.rows[1:]] == ["Umbra", "Larkspur", "Chordus"]
    assert "No project matches" in ops.get("/ops/projects?text=%25").text


def test_project_shows_people_and_open_demand(ops: Browser) -> None:
    page = ops.get("/ops/projects/P1")
    assert "Staffed 40 h" in page.text
    assert "Open demand 60 h" in page.text
    assert [row.split()[0] for row in page.rows if row.startswith(("Ada", "Bo"))] == ["Ada", "Bo"]


def test_dialog_shows_the_impact_before_it_takes_a_confirmation(
    ops: Browser, session: Session
) -> None:
    first = ops.post("/ops/pauses", ORDER)
    assert first.status == 400
    assert "People affected 2" in first.text
    assert "Hours lost a week 40 h" in first.text
    assert "Pay lost a week 1,600 USD" in first.text
    assert session.scalar(select(func.count()).select_from(Pause)) == 0


def test_dialog_pauses_once_the_impact_was_seen(ops: Browser, session: Session) -> None:
    seen = confirm(ops.post("/ops/pauses/impact", ORDER))
    page = ops.post("/ops/pauses", ORDER | seen)
    assert page.status == 200
    assert "Paused: 2 assignments stopped." in page.text
    assert "Waiting for a worker" in page.text
    pause = session.scalars(select(Pause)).one()
    assert pause.effective_at == datetime.fromisoformat(f"{YESTERDAY}T14:05+00:00")
    assert session.get_one(Project, "P1").status == "paused"


def test_dialog_shows_another_impact_when_the_scope_changed(ops: Browser, session: Session) -> None:
    seen = confirm(ops.post("/ops/pauses/impact", ORDER))
    page = ops.post("/ops/pauses", ORDER | {"project_id": "P2"} | seen)
    assert page.status == 400
    assert "The scope or the time changed since you saw the impact." in page.text
    assert "People affected 1" in page.text
    assert session.scalar(select(func.count()).select_from(Pause)) == 0


def test_dialog_names_every_field_to_mend(ops: Browser) -> None:
    page = ops.post(
        "/ops/pauses",
        ORDER | {"project_id": "", "reason_class": "spite", "review_by": "soon"},
    )
    assert "3 fields need another look" in page.text
    assert "Choose the project to pause." in page.text
    assert "Choose the kind of reason." in page.text


def test_dialog_refuses_a_field_it_does_not_show(ops: Browser, session: Session) -> None:
    page = ops.post("/ops/pauses", ORDER | {"paused_by": "1"})
    assert page.status == 400
    assert "paused_by" in page.text
    assert session.scalar(select(func.count()).select_from(Pause)) == 0


def test_dialog_says_that_a_project_is_paused_already(ops: Browser, paused: Vendor) -> None:
    assert "Chordus is paused already." in ops.post("/ops/pauses/impact", ORDER).text


def test_dialog_says_that_somebody_was_faster(ops: Browser, session: Session) -> None:
    seen = confirm(ops.post("/ops/pauses/impact", ORDER))
    ops.post("/ops/pauses", ORDER | seen)
    page = ops.post("/ops/pauses", ORDER | seen)
    assert page.status == 409
    assert "Chordus is paused already." in page.text
    assert session.scalar(select(func.count()).select_from(Pause)) == 1
