"""What the ops desk and the payroll desk tend through the API: policies, claims, pay, formats."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.models import Skill, SkillClaim
from tests.app.api.conftest import Program
from tests.app.api.test_access import limit_to_client
from tests.app.exports.payroll_formats.test_adp import SETTINGS
from tests.app.web.conftest import CLIENT_NAME, Vendor


def test_a_policy_is_saved_changed_and_put_away(ops: Program) -> None:
    model = ops.get("/policies")["items"][0]
    assert (model["name"], model["policy_id"]) == ("people-first", None)
    order = {"name": "Gentle", "settings": {**model["settings"], "max_pay_cut": 0.05}}
    made = ops.post("/policies", order)
    path = f"/policies/{made['policy_id']}"
    assert (made["version"], made["settings"]["max_pay_cut"]) == (1, 0.05)
    change = {**order, "version": 1, "note": "For the winter"}
    assert ops.call("PUT", path, change).get_json()["version"] == 2
    stale = ops.call("PUT", path, {**change, "note": "Mine"})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale")
    assert ops.call("PUT", f"{path}/default", {"is_default": True}).status_code == 200
    defaults = [row["name"] for row in ops.get("/policies")["items"] if row["is_default"]]
    assert defaults == ["Gentle"]
    assert ops.post(f"{path}/archive")["is_archived"] is True
    assert ops.call("PUT", path, {**change, "version": 2}).get_json()["code"] == "archived"


def test_a_policy_that_no_plan_could_go_by_is_refused(ops: Program) -> None:
    settings = ops.get("/policies")["items"][0]["settings"]
    weights = {**settings["fit_weights"], "skills": 0}
    wrong: list[dict[str, Any]] = [
        {"tiers": ["fit", "fit", "fit"]},
        {"tolerances": {"fit": 1}},
        {"fit_weights": weights},
        {"excluded_project_ids": ["P9"]},
        {"weeks": 0},
        {"name": "mine"},
    ]
    for one in wrong:
        order = {"name": "Wrong", "settings": {**settings, **one}}
        assert ops.call("POST", "/policies", order).status_code == 422, one
    taken = ops.call("POST", "/policies", {"name": "People first", "settings": settings})
    assert taken.get_json()["code"] == "name_taken"


def test_claims_are_listed_page_by_page_and_decided_on(ops: Program, session: Session) -> None:
    session.add_all([Skill(name="python"), Skill(name="sql")])
    session.flush()
    now = datetime.now(UTC)
    for who, skill in (("C1", "sql"), ("C1", "python"), ("C2", "sql")):
        session.add(SkillClaim(contractor_id=who, skill=skill, level=3, claimed_at=now))
    session.commit()
    first = ops.get("/skill-claims", limit=2, status="claimed")
    rest = ops.get(first["links"]["next"])
    seen = [(row["contractor_id"], row["skill"]) for row in (*first["items"], *rest["items"])]
    assert seen == [("C1", "python"), ("C1", "sql"), ("C2", "sql")]
    chosen = [{"contractor_id": "C1", "skill": "sql"}]
    order = {"confirmed": True, "claims": chosen}
    assert ops.post("/skill-claims/decisions", order) == {"num_changed": 1}
    assert ops.post("/skill-claims/decisions", order) == {"num_changed": 0}
    named = {"confirmed": False, "claims": chosen, "note": f"Not for {CLIENT_NAME}"}
    assert ops.call("POST", "/skill-claims/decisions", named).status_code == 422
    assert ops.get("/skill-claims", status="confirmed")["items"][0]["known_level"] == 3


def test_the_overview_is_of_the_callers_clients(
    make_program: Callable[..., Program], session: Session, paused: Vendor
) -> None:
    ops = make_program("ops_manager")
    assert [row["codenames"] for row in ops.get("/overview")["pauses"]] == [["Chordus"]]
    limit_to_client(session, "K2")
    assert ops.get("/overview")["pauses"] == []
    assert ops.call("GET", "/skill-claims").status_code == 403


def test_people_are_reminded_of_a_week_once_a_day(ops: Program, payroll: Program) -> None:
    week = {"day": str(datetime.now(UTC).date() - timedelta(days=7))}
    assert ops.post("/timesheets/reminders", week)["num_told"] == 3
    assert ops.post("/timesheets/reminders", week)["num_told"] == 0
    assert payroll.call("POST", "/timesheets/reminders", week).status_code == 403


def test_pay_groups_are_tended(payroll: Program) -> None:
    group = {"name": "Rome", "zone": "Europe/Rome", "first_weekday": 6, "is_default": False}
    group_id = payroll.post("/pay-groups", group)["group_id"]
    assert payroll.call("POST", "/pay-groups", group).get_json()["code"] == "name_taken"
    assert payroll.call("PUT", "/pay-groups/987654", group).status_code == 404
    for wrong in ({"zone": "Europe/Rom"}, {"first_weekday": 7}, {"num_people": 3}):
        assert payroll.call("POST", "/pay-groups", {**group, **wrong}).status_code == 422
    payroll.call("PUT", f"/pay-groups/{group_id}", {**group, "is_default": True})
    people = {"group_id": group_id, "contractor_ids": ["C1", "C2"]}
    assert payroll.post("/pay-groups/people", people) == {"num_changed": 2}
    unknown = {**people, "contractor_ids": ["C3", "C9"]}
    assert payroll.call("POST", "/pay-groups/people", unknown).status_code == 422
    found = payroll.get("/pay-groups")["items"]
    assert [(one["settings"]["is_default"], one["num_people"]) for one in found] == [(True, 2)]


def test_what_was_paid_is_corrected_by_a_scope_of_its_own(
    payroll: Program, make_program: Callable[..., Program]
) -> None:
    today = datetime.now(UTC).date()
    found = payroll.get("/corrections/assignments", person="ada")["items"]
    assert "a1" in {one["assignment_id"] for one in found}
    rate = {"assignment_id": "a1", "rate_cents": 9_900, "reason": "New contract"}
    for day, changed in ((0, True), (1, True), (1, False)):
        order = {**rate, "starts_on": str(today - timedelta(days=day))}
        assert payroll.post("/corrections/rate", order) == {"changed": changed}
    first = payroll.get("/corrections", limit=1)
    rest = payroll.get(first["links"]["next"])
    days = [row["day"] for page in (first, rest) for row in page["items"]]
    assert (days, first["total"]) == ([str(today - timedelta(days=1)), str(today)], 2)
    assert (rest["links"]["next"], rest["items"][0]["value"]) == (None, "9900")
    hours = {"assignment_id": "a1", "work_date": str(today), "hours": "8", "reason": "Paper"}
    open_yet = payroll.call("POST", "/corrections/hours", hours)
    assert (open_yet.status_code, open_yet.get_json()["code"]) == (409, "not_closed")
    assert payroll.call("POST", "/corrections/hours", {**hours, "hours": "25"}).status_code == 422
    plain = make_program("payroll", scopes=["payroll:read", "payroll:write"])
    assert plain.call("POST", "/corrections/hours", hours).status_code == 403


COLUMN_MAP: dict[str, Any] = {
    "header": b"ID;Code;Stunden".hex(),
    "encoding": "utf-8",
    "delimiter": ";",
    "line_end": "\r\n",
    "adjustments": "signed",
    "date_format": "%d.%m.%Y",
    "decimal_mark": ",",
    "hours_format": "decimal",
    "pay_codes": {"regular": "100"},
    "columns": [{"field": "payroll_id"}, {"field": "pay_code"}, {"field": "hours"}],
}


def test_formats_are_saved_in_versions(payroll: Program) -> None:
    kinds = {one["key"]: one for one in payroll.get("/formats/kinds")["items"]}
    assert {field["name"] for field in kinds["adp"]["fields"]} == SETTINGS.keys()
    adp = {"name": "ADP east", "kind": "adp", "settings": SETTINGS}
    format_id = payroll.post("/formats", adp)["format_id"]
    path = f"/formats/{format_id}"
    change = {"name": "ADP", "settings": SETTINGS, "version": 1}
    assert payroll.call("PUT", path, change).status_code == 200
    assert payroll.call("PUT", path, {**change, "name": "Mine"}).get_json()["code"] == "stale"
    found = payroll.get(f"{path}/versions")["items"]
    assert [(one["version"], one["settings"]) for one in found] == [(2, SETTINGS), (1, SETTINGS)]
    payroll.post(f"{path}/archive")
    assert payroll.get("/formats")["items"] == []
    for settings in ({}, {**SETTINGS, "more": "1"}, None):
        wrong = {"settings": settings}
        assert payroll.call("POST", "/formats", {**adp, **wrong}).status_code == 422, wrong


def test_a_column_map_comes_back_as_it_was_sent(payroll: Program) -> None:
    content = {"content": b64encode(b"ID;Code;Stunden\r\n1;2;3\r\n").decode()}
    header = payroll.post("/formats/template", content)
    assert (header["header"], header["names"]) == (COLUMN_MAP["header"], ["ID", "Code", "Stunden"])
    assert payroll.call("POST", "/formats/template", {"content": "?"}).status_code == 422
    bureau = {"name": "Bureau", "kind": "columns", "column_map": COLUMN_MAP}
    payroll.post("/formats", bureau)
    kept = payroll.get("/formats")["items"][0]["column_map"]
    assert kept == {
        **COLUMN_MAP,
        "quote_all": False,
        "columns": [{"constant": "", **one} for one in COLUMN_MAP["columns"]],
    }
    shown = payroll.post("/formats/preview", {"kind": "columns", "column_map": COLUMN_MAP})
    assert shown["text"].splitlines()[:2] == ["ID;Code;Stunden", "004211;100;38,50"]
    few = {**COLUMN_MAP, "columns": COLUMN_MAP["columns"][:2]}
    for wrong in ({"column_map": few}, {"column_map": None}, {"settings": {"a": "b"}}):
        assert payroll.call("POST", "/formats", {**bureau, **wrong}).status_code == 422, wrong


def test_a_preview_shows_real_lines_to_those_alone_who_may_read_them(
    make_program: Callable[..., Program],
) -> None:
    admin = make_program("admin", scopes=["formats:read"])
    shown = admin.post("/formats/preview", {"kind": "columns", "column_map": COLUMN_MAP})
    assert shown["batch_number"] is None
    refused = admin.call("POST", "/formats", {"name": "Bureau", "kind": "columns"})
    assert refused.status_code == 403
