"""The review desk: the list and its filter, decisions in batches, views, one proposal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.models import (
    Assignment,
    Contractor,
    ContractorSkill,
    Proposal,
    RejectedPair,
    ReviewBatch,
    Skill,
    UnplacedContractor,
    User,
)
from app.web.formatting import MINUS
from tests.app.web.conftest import Browser, Vendor, hash_test_password


def review(vendor: Vendor, query: str = "") -> str:
    return f"/ops/plans/{vendor.run_id}/review?{query}"


FILTERS = {
    "": ["Ada", "Bo"],
    "sort=name&descending=1": ["Bo", "Ada"],
    "min_fit=70": ["Ada"],
    "max_fit=60": ["Bo"],
    "min_fit=60&max_fit=80": ["Ada", "Bo"],
    "pay=no_cut": ["Ada"],
    "country=PT": ["Bo"],
    "skill=Welding": ["Ada"],
    "coverage=below": ["Bo"],
    "coverage=full": ["Ada"],
    "since=moved": [],
    "batch=9": [],
    "pay=cut": ["Bo"],
    "pay=same": ["Ada"],
    "text=bo": ["Bo"],
    "project=P1": [],
    "status=approved": [],
    "status=all&size=50": ["Ada", "Bo"],
    "sort=password&page=-3&size=9&min_fit=x&pay=x&since=x": ["Ada", "Bo"],
}


def test_proposals_filter_and_sort(ops: Browser, session: Session, planned: Vendor) -> None:
    make_them_differ(session)
    for query, names in FILTERS.items():
        page = ops.get(review(planned, query), fragment=True)
        found = [row.split()[0] for row in page.rows if row.startswith(("Ada", "Bo"))]
        assert found == names, query


def make_them_differ(session: Session) -> None:
    """Bo lives in Portugal and falls below the floor, Ada can weld."""
    session.add(Skill(name="Welding"))
    session.flush()
    session.add(ContractorSkill(contractor_id="C1", skill="Welding", level=3))
    session.execute(update(Contractor).where(Contractor.contractor_id == "C2").values(country="PT"))
    session.execute(update(UnplacedContractor).values(contractor_id="C2"))
    session.commit()


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
    assert "Somebody has approved it already. The ops_manager approved it, " in both.text
    made = select(func.count()).select_from(Assignment).where(Assignment.proposal_id.is_not(None))
    assert session.scalar(made) == 2


def test_all_that_match_means_the_filter_and_no_more(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    form = {"all_matching": "1", "seen": "1", "decision": "approve", "min_fit": "70"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert "1 proposal approved." in page.text
    approved = session.scalars(select(Proposal).where(Proposal.status == "approved")).one()
    assert approved.contractor_id == "C1"
    batch = session.scalars(select(ReviewBatch)).one()
    assert (batch.scope, batch.query) == ("fit 70 or more", "min_fit=70")


def test_all_that_match_is_refused_when_the_list_has_changed(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    form = {"all_matching": "1", "seen": "1", "decision": "approve"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert "The list has changed: 2 proposals match now." in page.text
    assert not session.scalars(select(ReviewBatch)).all()


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
    assert f"Pay change {MINUS}5.00 {MINUS}11.1 % an hour" in page.text
    assert any(row.startswith("Chordus 20 h") for row in page.rows)


def test_proposal_is_decided_in_the_version_seen(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    """Check 24: the page of a proposal."""
    row = session.scalars(select(Proposal).where(Proposal.contractor_id == "C1")).one()
    path = f"/ops/proposals/{row.id}/decision"
    assert "Give a reason" in ops.post(path, {"decision": "reject", "version": "1"}).text
    stale = ops.post(path, {"decision": "approve", "version": "99"})
    assert "It has changed since you saw it." in stale.text
    approved = ops.post(path, {"decision": "approve", "version": "1"})
    assert "1 proposal approved." in approved.text


def test_decision_on_a_proposal_of_another_plan_is_refused(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    known, _ = list_rows(session, planned.run_id)
    session.rollback()
    form = {"row": [known, "987654:1"], "decision": "approve"}
    assert ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True).status == 400
    assert not session.scalars(select(ReviewBatch)).all()


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


def add_second_manager(app: Flask, session: Session) -> Browser:
    first = session.scalars(select(User).where(User.email == "ops_manager@vendor.example")).one()
    session.add(
        User(
            email="second@vendor.example",
            name="The second",
            password=hash_test_password(),
            fs_uniquifier="unique second",
            roles=list(first.roles),
        )
    )
    session.commit()
    browser = Browser(app)
    browser.sign_in("second@vendor.example")
    return browser


def test_large_batch_waits_for_a_second_approver(
    app: Flask, ops: Browser, session: Session, planned: Vendor
) -> None:
    app.extensions["redeploy.settings"] = Settings.from_environment({"SECOND_APPROVER_ROWS": "1"})
    form = {"row": list_rows(session, planned.run_id), "decision": "approve"}
    page = ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    assert "Approve 2 proposals: a second approver is needed." in page.text
    assert "It approves 2 proposals; one person may approve 1." in page.text
    assert "Confirm and approve" not in page.text
    batch_id = session.scalars(select(ReviewBatch.id)).one()
    session.rollback()
    assert ops.post(f"/ops/batches/{batch_id}/confirm", {}).status == 409
    second = add_second_manager(app, session)
    assert "Confirm and approve" in second.get(review(planned)).text
    confirmed = second.post(f"/ops/batches/{batch_id}/confirm", {}, fragment=True)
    assert "2 proposals approved." in confirmed.text
    assert confirmed.headers["HX-Trigger"] == "proposals-changed"
    assert "Confirmed by The second" in ops.get(f"/ops/batches/{batch_id}").text


def test_batch_shows_how_far_it_is_and_goes_on(
    ops: Browser, session: Session, planned: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.ops.review_views.STEP", 1)
    path = f"/ops/plans/{planned.run_id}/decisions"
    form = {"row": list_rows(session, planned.run_id), "decision": "approve"}
    page = ops.post(path, form, fragment=True)
    assert "1 of 2 proposals" in page.text
    batch_id = session.scalars(select(ReviewBatch.id)).one()
    session.rollback()
    assert f'hx-post="/ops/batches/{batch_id}/advance"' in page.body
    ops.post(f"/ops/batches/{batch_id}/advance", {}, fragment=True)
    done = ops.post(f"/ops/batches/{batch_id}/advance", {}, fragment=True)
    assert "2 proposals approved." in done.text
    again = ops.post(f"/ops/batches/{batch_id}/undo", {})
    assert "2 proposals taken back." in again.text
    assert {row.split(":")[1] for row in list_rows(session, planned.run_id)} == {"3"}


def test_batch_can_be_stopped(
    ops: Browser, session: Session, planned: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.ops.review_views.STEP", 1)
    form = {"row": list_rows(session, planned.run_id), "decision": "approve"}
    ops.post(f"/ops/plans/{planned.run_id}/decisions", form, fragment=True)
    batch_id = session.scalars(select(ReviewBatch.id)).one()
    session.rollback()
    page = ops.post(f"/ops/batches/{batch_id}/withdraw", {}, fragment=True)
    assert "1 proposal approved. Stopped with 1 to go." in page.text


def test_publishing_tells_the_contractor(
    ops: Browser, contractor: Browser, session: Session, planned: Vendor
) -> None:
    path = f"/ops/plans/{planned.run_id}/decisions"
    form = {"row": list_rows(session, planned.run_id), "decision": "approve"}
    ops.post(path, form)
    assert "Larkspur" not in contractor.get("/my/work").text
    listed = ops.get(review(planned, "status=approved"))
    assert "Publish" in listed.text
    every = {"all_matching": "1", "seen": "2", "status": "approved", "decision": "publish"}
    assert "2 proposals published." in ops.post(path, every).text
    assert "Larkspur" in contractor.get("/my/work").text


def test_view_is_kept_under_its_name_and_removed(
    app: Flask, ops: Browser, session: Session, planned: Vendor
) -> None:
    form = {"name": "Cheap ones", "pay": "cut", "sort": "name"}
    page = ops.post(f"/ops/plans/{planned.run_id}/views", form)
    assert "View “Cheap ones” saved." in page.text
    address = f"/ops/plans/{planned.run_id}/review?pay=cut&amp;sort=name"
    assert f'<a href="{address}">Cheap ones</a>' in page.body
    second = add_second_manager(app, session)
    assert "Cheap ones" not in second.get(review(planned)).text
    assert second.post(f"/ops/plans/{planned.run_id}/views/1/remove", {}).status == 404
    assert "Cheap ones" not in ops.post(f"/ops/plans/{planned.run_id}/views/1/remove", {}).text
    blank = ops.post(f"/ops/plans/{planned.run_id}/views", {"name": " "})
    assert blank.status == 400


def test_proposal_opens_beside_the_list(ops: Browser, session: Session, planned: Vendor) -> None:
    first = list_rows(session, planned.run_id)[0].split(":")[0]
    drawer = ops.get(f"/ops/proposals/{first}", fragment=True)
    assert "<html" not in drawer.body
    assert "Ada on Larkspur" in drawer.text
    refused = ops.post(
        f"/ops/proposals/{first}/decision", {"decision": "reject", "version": "1"}, fragment=True
    )
    assert "Give a reason" in refused.text


def test_list_leaves_as_a_file(ops: Browser, planned: Vendor) -> None:
    page = ops.get(review(planned, "format=csv&min_fit=70"))
    lines = page.body.splitlines()
    assert len(lines) == 2
    assert ",C1,Ada,,Larkspur,20,80," in lines[1]
