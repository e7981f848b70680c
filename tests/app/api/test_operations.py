"""What integrators do most: pause, plan, decide, offer, log and approve hours, export."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent, PlanRun
from tests.app.api.conftest import Program
from tests.app.web.conftest import CLIENT_NAME, Vendor

NUM_DAYS = 7


def test_lists_go_page_by_page_without_a_gap(ops: Program) -> None:
    first = ops.get("/projects?limit=2")
    last = ops.get(first["links"]["next"])
    seen = [[row["project_id"] for row in page["items"]] for page in (first, last)]
    assert seen == [["P1", "P2"], ["P3"]]
    assert (first["total"], last["total"], last["links"]["next"]) == (3, 3, None)
    again = ops.get("/projects", cursor=first["next_cursor"], limit=2)
    assert again["items"] == last["items"]
    assert ops.call("GET", "/projects?cursor=WzFd").status_code == 422
    assert ops.call("GET", "/projects?cursor=%21").status_code == 422


def test_a_page_goes_on_after_its_last_row_whatever_came_meanwhile(
    ops: Program, payroll: Program
) -> None:
    first = {"starts_on": "2026-03-02", "ends_on": "2026-03-08"}
    second = {"starts_on": "2026-03-09", "ends_on": "2026-03-15"}
    third = {"starts_on": "2026-03-16", "ends_on": "2026-03-22"}
    payroll.post("/pay-periods", first)
    payroll.post("/pay-periods", second)
    page = payroll.get("/pay-periods", limit=1)
    assert [row["starts_on"] for row in page["items"]] == ["2026-03-09"]
    payroll.post("/pay-periods", third)
    after = payroll.get(page["links"]["next"])
    assert [row["starts_on"] for row in after["items"]] == ["2026-03-02"]
    assert after["links"]["next"] is None


def test_contractors_are_read_with_their_work(ops: Program) -> None:
    rows = ops.get("/contractors", text="ad")["items"]
    assert [(row["contractor_id"], row["num_projects"]) for row in rows] == [("C1", 1)]
    found = ops.get("/contractors/C1")
    assert [place["codename"] for place in found["assignments"]] == ["Chordus"]
    people = ops.get("/projects/P1/contractors", limit=1)
    assert [row["contractor_id"] for row in people["items"]] == ["C1"]
    rest = ops.get(people["links"]["next"])
    assert [row["contractor_id"] for row in rest["items"]] == ["C2"]


def test_a_pause_from_its_impact_to_its_end(ops: Program, session: Session) -> None:
    now = datetime.now(UTC)
    scope = {"project_ids": ["P1"], "effective_at": now.isoformat()}
    impact = ops.post("/pauses/impact", scope)
    assert (impact["num_affected"], impact["projects"][0]["codename"]) == (2, "Chordus")
    opened = ops.post("/pauses", {**scope, "reason_class": "funding", "comment": "Budget"})
    pause_id = opened["pause_id"]
    pause = ops.get(f"/pauses/{pause_id}")
    assert (pause["status"], pause["num_people"], pause["codenames"]) == ("open", 2, ["Chordus"])
    review_by = str(now.date() + timedelta(days=30))
    order = {"review_by": review_by}
    assert ops.post(f"/pauses/{pause_id}/extend", order) == {"changed": True}
    assert ops.post(f"/pauses/{pause_id}/extend", order) == {"changed": False}
    run_id = opened["plan_run_id"]
    assert ops.get(f"/pauses/{pause_id}/plans")["items"][0]["run_id"] == run_id
    assert ops.get(f"/plans/{run_id}/certificate")["certificate"] is None
    assert ops.post(f"/plans/{run_id}/stop", {"keep": False})["status"] == "cancelled"
    again = ops.post(f"/pauses/{pause_id}/plans")["plan_run_id"]
    assert session.get_one(PlanRun, again).policy == "people-first"
    session.rollback()
    resumed = ops.post(f"/pauses/{pause_id}/resume")
    assert resumed["num_restored"] == 2
    ended = ops.call("POST", f"/pauses/{pause_id}/terminate", {"comment": "No more"})
    assert (ended.status_code, ended.get_json()["code"]) == (409, "resumed")


def test_proposals_are_decided_published_and_answered(
    ops: Program, contractor: Program, planned: Vendor
) -> None:
    path = f"/plans/{planned.run_id}/proposals"
    rows = ops.get(path, status="proposed", min_fit=0)["items"]
    assert {row["contractor_id"] for row in rows} == {"C1", "C2"}
    seen = [{"proposal_id": row["proposal_id"], "version": row["version"]} for row in rows]
    batches = f"/plans/{planned.run_id}/batches"
    batch = ops.post(batches, {"decision": "approve", "proposals": seen})
    assert (batch["status"], batch["num_done"]) == ("done", 2)
    assert ops.post(f"/batches/{batch['batch_id']}/undo")["status"] == "undone"
    everything = {"decision": "approve", "matching": {"status": "proposed"}}
    batch = ops.post(batches, everything)
    outcomes = ops.get(f"/batches/{batch['batch_id']}/rows")["items"]
    assert [row["outcome"] for row in outcomes] == ["done", "done"]
    ops.post(batches, {"decision": "publish", "matching": {"status": "approved"}})
    assert [row["state"] for row in ops.get("/offers")["items"]] == ["pending", "pending"]
    mine = contractor.get("/own/offers")["waiting"]
    assert [offer["codename"] for offer in mine] == ["Larkspur"]
    answer = f"/own/offers/{mine[0]['offer_id']}"
    assert contractor.post(f"{answer}/accept")["state"] == "accepted"
    assert contractor.post(f"{answer}/undo")["state"] == "pending"
    assert contractor.post(f"{answer}/decline", {"note": "Too far"})["state"] == "declined"
    others = [row["offer_id"] for row in ops.get("/offers", state="pending")["items"]]
    withdrawn = ops.post("/offers/withdraw", {"offer_ids": others, "reason": "Filled"})
    assert withdrawn == {"num_withdrawn": 1}


def test_a_decision_names_proposals_or_a_filter(ops: Program, planned: Vendor) -> None:
    path = f"/plans/{planned.run_id}/batches"
    for chosen in ({}, {"proposals": [{"proposal_id": 1, "version": 1}], "matching": {}}):
        assert ops.call("POST", path, {"decision": "approve", **chosen}).status_code == 422


def test_hours_from_the_day_to_the_file(
    contractor: Program, ops: Program, payroll: Program, session: Session
) -> None:
    week = contractor.get("/own/hours", day=str(datetime.now(UTC).date() - timedelta(NUM_DAYS)))
    days = [day["work_date"] for day in week["rows"][0]["days"]]
    for day in days:
        week = contractor.call("PUT", f"/own/hours/{day}/a1", {"hours": "3.5"}).get_json()
    assert (Decimal(week["total"]), week["num_missing"]) == (Decimal("24.5"), 0)
    submission = {"day": days[0], "version": week["version"]}
    assert contractor.post("/own/hours/submit", submission)["status"] == "submitted"
    sheets = ops.get("/timesheets", day=days[0], state="submitted")["items"]
    assert [sheet["contractor_id"] for sheet in sheets] == ["C1"]
    sheet = sheets[0]
    chosen = [{"timesheet_id": sheet["timesheet_id"], "version": sheet["version"]}]
    outcomes = ops.post("/timesheets/decisions", {"decision": "approve", "sheets": chosen})
    assert [one["ok"] for one in outcomes["items"]] == [True]
    period = payroll.post("/pay-periods", {"starts_on": days[0], "ends_on": days[-1]})
    ready = payroll.get(f"/pay-periods/{period['period_id']}/readiness")
    assert (ready["is_ready"], ready["due"][0]["hours"]) == (True, "24.50")
    rows = payroll.get(f"/pay-periods/{period['period_id']}/rows", kind="due", limit=1)
    assert [(one["place"], one["row"]["hours"]) for one in rows["items"]] == [(1, "24.50")]
    assert (rows["total"], rows["links"]["next"]) == (1, None)
    for place in (-1, 2**63 - 1):
        cursor = urlsafe_b64encode(str(place).encode()).decode()
        path = f"/pay-periods/{period['period_id']}/rows?kind=due&cursor={cursor}"
        assert payroll.call("GET", path).status_code == 200
    export = payroll.post(f"/pay-periods/{period['period_id']}/export")
    path = f"/exports/{export['batch_id']}"
    lines = payroll.get(f"{path}/lines")["items"]
    assert [(line["contractor_id"], line["hours_kind"]) for line in lines] == [("C1", "regular")]
    file = payroll.call("GET", f"{path}/file")
    assert (file.mimetype, file.get_data()) == (
        "text/csv",
        payroll.call("GET", f"{path}/file").get_data(),
    )
    assert payroll.call("GET", f"{path}/manifest").get_json()["batch"] == export["number"]
    assert [row["number"] for row in payroll.get("/exports")["items"]] == [export["number"]]
    actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("file.downloaded") == 3


def test_the_ledger_is_read_with_a_line_in_the_trail(
    ops: Program, make_program: Callable[..., Program], session: Session
) -> None:
    rows = ops.get("/exposure/clients/K1")["items"]
    assert {row["contractor_id"] for row in rows} == {"C1", "C2"}
    actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("exposure.exported") == 1
    session.rollback()
    events = make_program("admin").get("/audit", action="exposure.exported")["items"]
    assert [event["subject_id"] for event in events] == ["K1"]


def test_no_answer_names_a_client(ops: Program, planned: Vendor) -> None:
    paths = (
        "/projects",
        "/projects/P1",
        "/contractors/C1",
        "/pauses",
        f"/plans/{planned.run_id}",
        f"/plans/{planned.run_id}/proposals",
        "/proposals/1",
        "/exposure/clients",
        "/exposure/clients/K1",
    )
    for path in paths:
        assert CLIENT_NAME not in ops.call("GET", path).get_data(as_text=True), path


def test_access_is_ticked_off(ops: Program, paused: Vendor) -> None:
    path = f"/pauses/{paused.pause_id}/access"
    items = ops.get(path, state="to_remove")["items"]
    assert [(item["contractor_id"], item["access"]) for item in items] == [
        ("C1", "Chordus"),
        ("C2", "Chordus"),
    ]
    order = {"item_ids": [items[0]["item_id"]], "removed": True}
    assert ops.post(path, order) == {"num_changed": 1}
    assert ops.post(path, order) == {"num_changed": 0}
    assert ops.get(path, state="to_remove")["total"] == 1


def test_a_recall_is_asked_for_and_stopped(ops: Program, paused: Vendor) -> None:
    path = f"/pauses/{paused.pause_id}/recall"
    assert ops.call("GET", path).status_code == 404
    recall_id = ops.post(path)["recall_id"]
    assert ops.get(path)["status"] == "queued"
    assert ops.get(f"/recalls/{recall_id}/returns")["items"] == []
    assert ops.post(f"/recalls/{recall_id}/stop", {"keep": False})["status"] == "cancelled"
    choice = {"contractor_ids": ["C1"], "chosen": False}
    refused = ops.call("POST", f"/recalls/{recall_id}/choice", choice)
    assert refused.get_json()["code"] == "not_ready"


def test_policies_are_named_for_orders(ops: Program) -> None:
    defaults = [row["name"] for row in ops.get("/policies")["items"] if row["is_default"]]
    assert defaults == ["people-first"]


def test_who_calls(contractor: Program) -> None:
    me = contractor.get("/me")
    assert (me["contractor_id"], me["roles"]) == ("C1", ["contractor"])
    assert {"own:read", "own:write"} <= set(me["scopes"])
    assert "ops:read" not in me["scopes"]
