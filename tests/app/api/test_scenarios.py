"""Scenarios and drills through the API: asked for, compared, ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Scenario
from tests.app.api.conftest import Program
from tests.app.api.test_access import limit_to_client
from tests.app.web.conftest import CLIENT_NAME, Vendor
from tests.app.web.test_drills import finish
from tests.app.web.test_ops_scenarios import ONE, OTHER, solve

PLAIN = {"policy": "people-first", "with_extra": False}
MADE_UP = {"policy": "people-first", "with_extra": True}
NEW_PROJECT = {
    "name": "Quill",
    "hours": 40,
    "seats": 2,
    "skills": [],
    "pay_rate_cents": 4_250,
    "currency": "USD",
}


def build_order(paused: Vendor, **changes: Any) -> dict[str, Any]:
    return {"pause_id": paused.pause_id, "variants": [PLAIN], **changes}


def test_scenarios_are_asked_for_compared_and_removed(
    ops: Program, session: Session, paused: Vendor
) -> None:
    order = build_order(
        paused,
        variants=[PLAIN, MADE_UP],
        extra_demand=[{"project_id": "P2", "hours": 40, "seats": 2}],
        new_projects=[NEW_PROJECT],
    )
    first, second = ids = ops.post("/scenarios", order)["scenario_ids"]
    assert ops.post("/scenarios", order)["scenario_ids"] == ids
    assert [row["scenario_id"] for row in ops.get("/scenarios")["items"]] == [second, first]
    imagined = ops.get(f"/scenarios/{second}")
    assert (imagined["status"], imagined["extra"][0]["codename"]) == ("queued", "Larkspur")
    assert [(one["name"], one["skills"]) for one in imagined["new"]] == [("Quill", [])]
    assert ops.get(f"/scenarios/{first}/progress")["items"] == []
    assert ops.get(f"/scenarios/{first}/certificate")["certificate"] is None
    refused = ops.call("POST", f"/scenarios/{first}/remove")
    assert refused.get_json()["code"] == "unfinished"
    solve(session, first, ONE)
    solve(session, second, OTHER)
    assert ops.get(f"/scenarios/{first}/certificate")["certificate"]["checker"]["ok"]
    compared = ops.get(f"/scenarios/compare?ids={first}&ids={second}")["items"]
    assert [one["people"]["num_full"] for one in compared] == [1, 1]
    assert compared[0]["blockers"] == [{"blocker": "capacity", "num_people": 2}]
    path = f"/scenarios/{first}/differences/{second}"
    people = ops.get(path, limit=2)
    assert [row["contractor_id"] for row in people["items"]] == ["C1", "C2"]
    assert people["items"][0]["left_places"] == [{"codename": "Larkspur", "hours": 20}]
    assert [row["contractor_id"] for row in ops.get(people["links"]["next"])["items"]] == ["C3"]
    assert ops.get(path, change="fewer")["total"] == ops.get(f"{path}/counts")["fewer"] == 1
    assert ops.post(f"/scenarios/{first}/remove") == {"removed": True}
    assert ops.call("GET", path).status_code == 404


def test_a_scenario_is_stopped(ops: Program, paused: Vendor) -> None:
    (scenario_id,) = ops.post("/scenarios", build_order(paused))["scenario_ids"]
    stop = f"/scenarios/{scenario_id}/stop"
    assert ops.post(stop, {"keep": False})["status"] == "cancelled"
    assert ops.call("POST", stop, {"keep": False}).get_json()["code"] == "finished"


def test_what_cannot_be_planned_is_refused_and_nothing_queued(
    ops: Program, session: Session, paused: Vendor
) -> None:
    far = str(datetime.now(UTC).date() + timedelta(days=400))
    bad = [
        build_order(paused, variants=[]),
        build_order(paused, variants=[{"policy": "no such policy"}]),
        build_order(paused, rate_cents=1),
        build_order(paused, new_projects=[{**NEW_PROJECT, "currency": "XXX"}]),
        build_order(paused, new_projects=[{**NEW_PROJECT, "client_id": "K1"}]),
        {"variants": [PLAIN]},
        {"variants": [PLAIN], "project_ids": ["P2"], "pause_date": far},
    ]
    for order in bad:
        assert ops.call("POST", "/scenarios", order).status_code == 422, order
    assert ops.call("POST", "/scenarios", build_order(paused, pause_id=987)).status_code == 404
    assert ops.call("GET", "/scenarios/compare").status_code == 422
    assert ops.call("GET", "/scenarios/compare?ids=987654").status_code == 404
    assert session.scalar(select(func.count()).select_from(Scenario)) == 0


def test_drills_are_asked_for_and_read_by_codenames(ops: Program, session: Session) -> None:
    ops.post("/drills", {"policy": ""})
    assert ops.get("/drills/state")["num_waiting"] == 2
    assert ops.call("POST", "/drills", {}).get_json()["code"] == "drill_running"
    first = finish(session)[0]
    rows = ops.get("/drills")["items"]
    assert [row["codenames"] for row in rows] == [["Chordus"], ["Larkspur"]]
    drill = ops.get(f"/drills/{first}")
    assert (drill["num_planned"], drill["unlocks"][0]["sentence"]) == (2, "renew 2 clearances")
    ops.post(f"/drills/{first}/again")
    assert ops.get("/drills/state")["num_waiting"] == 1
    assert CLIENT_NAME not in str([rows, drill])
    limit_to_client(session, "K2")
    assert [row["codenames"] for row in ops.get("/drills")["items"]] == [["Larkspur"]]
    assert ops.get("/drills/state")["num_waiting"] == 0
    assert ops.call("GET", f"/drills/{first}").status_code == 404
    assert ops.call("POST", "/drills", {}).status_code == 403
    assert ops.call("GET", "/scenarios").status_code == 403
