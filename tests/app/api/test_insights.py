"""Insights, histories and evidence through the API."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from tests.app.api.conftest import Program
from tests.app.api.test_access import limit_to_client
from tests.app.web import test_insights as pages
from tests.app.web.conftest import CLIENT_NAME, Vendor

placed = pages.placed


def test_insights_tell_how_it_stands(ops: Program, placed: Vendor) -> None:
    chosen = {"pause_id": placed.pause_id}
    stands = ops.get("/insights/redeployment")
    figures = stands["figures"]
    assert (figures["num_affected"], figures["num_redeployed"]) == (2, 1)
    assert (figures["restored_hours"], stands["points"][-1]["restored_hours"]) == (20, 20)
    assert ops.get("/insights/redeployment", **chosen) == stands
    rates = ops.get("/insights/rates", **chosen)["items"]
    assert [(one["codenames"], one["num_redeployed"]) for one in rates] == [(["Chordus"], 1)]
    assert ops.get("/insights/skills", **chosen)["items"] == []
    waiting = ops.get("/insights/waiting", most=1, **chosen)
    assert [(one["contractor_id"], waiting["total"]) for one in waiting["items"]] == [("C2", 1)]
    loads = ops.get("/insights/load", weeks=2)
    assert {len(one["staffed_hours"]) for one in loads["items"]} == {2}
    for path in ("redeployment", "rates", "skills", "waiting"):
        assert ops.call("GET", f"/insights/{path}?pause_id=987654").status_code == 404
        assert ops.call("GET", f"/insights/{path}?pause=1").status_code == 422


def test_the_timeline_goes_page_by_page(ops: Program, placed: Vendor) -> None:
    first = ops.get("/insights/timeline", pause_id=placed.pause_id, limit=1)
    last = ops.get(first["links"]["next"])
    seen = [(row["contractor_id"], [span["kind"] for span in row["spans"]])
            for page in (first, last) for row in page["items"]]  # fmt: skip
    assert seen == [("C1", ["paused", "new"]), ("C2", ["paused"])]
    assert last["links"]["next"] is None
    days = {"first_day": "2020-01-06", "last_day": "2020-01-12"}
    none = ops.get("/insights/timeline", pause_id=placed.pause_id, state="placed", **days)
    assert [(row["contractor_id"], row["spans"]) for row in none["items"]] == [("C1", [])]


def test_a_pause_tells_its_projects_and_history(ops: Program, placed: Vendor) -> None:
    path = f"/pauses/{placed.pause_id}"
    projects = ops.get(f"{path}/projects")["items"]
    assert projects == [{"project_id": "P1", "codename": "Chordus"}]
    actions = {event["action"] for event in ops.get(f"{path}/history")["items"]}
    assert {"pause.opened", "plan.requested"} & actions
    recall_id = ops.post(f"{path}/recall")["recall_id"]
    assert ops.get(f"/recalls/{recall_id}/progress")["items"] == []


def test_evidence_is_taken_with_a_line_in_the_trail(
    make_program: Callable[..., Program], ops: Program, session: Session
) -> None:
    auditor = make_program("auditor")
    taken = auditor.call("GET", "/exposure/clients/K1/evidence")
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    files = zipfile.ZipFile(io.BytesIO(taken.get_data()))
    assert "manifest.json" in files.namelist()
    assert not any(CLIENT_NAME.encode() in files.read(name) for name in files.namelist())
    assert auditor.get("/exposure/contractors/C1/closed-projects")["items"] == []
    assert auditor.call("GET", "/exposure/contractors/C9/closed-projects").status_code == 404
    subjects = session.scalars(
        select(AuditEvent.subject_id).where(AuditEvent.action.startswith("exposure."))
    ).all()
    session.rollback()
    assert sorted(subjects) == ["C1", "K1"]
    limit_to_client(session, "K2")
    assert ops.call("GET", "/exposure/clients/K1/evidence").status_code == 404
    assert ops.call("GET", "/exposure/contractors/C1/closed-projects").status_code == 403


def test_who_is_limited_to_some_clients_sees_no_insights(
    ops: Program, session: Session, paused: Vendor
) -> None:
    """Check 2: people's work for other clients would be among them."""
    limit_to_client(session, "K2")
    for path in ("redeployment", "rates", "skills", "waiting", "load", "timeline?pause_id=1"):
        assert ops.call("GET", f"/insights/{path}").status_code == 403, path
