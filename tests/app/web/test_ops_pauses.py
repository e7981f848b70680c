"""The pause desk: parts of the people, zones, and the verbs that extend and end a pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, Pause, Project
from app.web.ops.pause_form import read_order
from app.web.ops.zones import format_clock, format_moment_in, read_instant
from tests.app.web.conftest import Browser, Vendor

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)
ORDER = {
    "scope": "project",
    "project_id": "P1",
    "people": "list",
    "people_list": "C2\n",
    "effective_at": f"{YESTERDAY}T14:05",
    "zone": "Asia/Kolkata",
    "reason_class": "funding",
    "comment": "",
    "review_by": str(TODAY + timedelta(days=14)),
    "policy": "people-first",
}


def test_dialog_pauses_part_of_the_people_on_a_clock_elsewhere(
    ops: Browser, session: Session
) -> None:
    impact = ops.post("/ops/pauses/impact", ORDER, fragment=True)
    assert "People affected 1" in impact.text
    page = ops.post("/ops/pauses", ORDER | {"impact_seen": impact.inputs["impact_seen"]})
    assert "Paused: 1 assignment stopped." in page.text
    pause = session.scalars(select(Pause)).one()
    assert pause.effective_at == datetime.fromisoformat(f"{YESTERDAY}T08:35+00:00")
    assert (pause.zone, pause.people_kind, pause.people_values) == ("Asia/Kolkata", "list", ["C2"])
    assert session.get_one(Project, "P1").status == "open"
    own = ops.get(f"/ops/pauses/{pause.id}")
    assert "A list of 1 contractor" in own.text
    assert "14:05 Kolkata (08:35 UTC)" in own.text
    assert "Paused for 1 person : 1 assignment stopped" in own.text


def test_dialog_names_what_a_list_holds_too_much(ops: Browser) -> None:
    page = ops.post("/ops/pauses/impact", ORDER | {"people_list": "C2, C77 C78"}, fragment=True)
    assert "There is no contractor C77, C78: check the pasted list." in page.text
    page = ops.post("/ops/pauses/impact", ORDER | {"people_list": "C3"}, fragment=True)
    assert "None of these people works on what you chose." in page.text


def test_dialog_keeps_what_was_filled_in(ops: Browser) -> None:
    page = ops.post("/ops/pauses", ORDER | {"reason_class": ""})
    assert page.status == 400
    assert 'id="people-list" value="list" checked' in page.body
    assert ">C2</textarea>" in page.body
    assert f'value="{YESTERDAY}T14:05"' in page.body
    assert '<option value="Asia/Kolkata" selected>' in page.body


def test_impact_of_other_people_must_be_seen_anew(ops: Browser, session: Session) -> None:
    seen = ops.post("/ops/pauses/impact", ORDER).inputs["impact_seen"]
    page = ops.post("/ops/pauses", ORDER | {"people_list": "C1 C2", "impact_seen": seen})
    assert page.status == 400
    assert "The scope or the time changed since you saw the impact." in page.text
    assert session.scalars(select(Pause)).all() == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"people": "list", "people_list": " , "}, "people_list"),
        ({"people": "skill"}, "people_skill"),
        ({"people": "country"}, "people_country"),
        ({"people": "list", "people_list": " ".join(map(str, range(20_001)))}, "people_list"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"late_hours_until": "soon"}, "late_hours_until"),
        ({"late_hours_until": "2026-11-21T10:00"}, "late_hours_until"),
        ({"effective_at": "2027-03-28T02:30", "zone": "Europe/Berlin"}, "effective_at"),
        ({"review_by": ""}, "review_by"),
    ],
)
def test_order_names_the_field_to_mend(form: dict[str, str], field: str) -> None:
    good = {"effective_at": "2026-11-22T14:00", "review_by": "2026-12-01"}
    assert field in read_order(good | form, {}, now=NOW).errors
    assert field not in read_order(good, {}, now=NOW).errors


def test_clock_that_shows_a_minute_twice_means_the_first() -> None:
    instant = read_instant("2026-10-25T02:30", "Europe/Berlin")
    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert format_clock(instant, "Europe/Berlin") == "2026-10-25T02:30"


def test_moment_elsewhere_says_the_day_in_utc_where_it_differs() -> None:
    instant = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert format_moment_in(instant, "UTC") == "22 Nov 2026, 23:30 UTC"
    assert format_moment_in(instant, "Asia/Tokyo") == "23 Nov 2026, 08:30 Tokyo (22 Nov, 23:30 UTC)"


def test_extend_moves_the_review(ops: Browser, session: Session, paused: Vendor) -> None:
    path = f"/ops/pauses/{paused.pause_id}/extend"
    day = TODAY + timedelta(days=40)
    form = {"review_by": str(day), "late_hours_until": f"{TODAY}T10:00", "comment": "They asked"}
    page = ops.post(path, form)
    assert "Extended." in page.text
    assert "They asked" in page.text
    pause = session.get_one(Pause, paused.pause_id, populate_existing=True)
    assert pause.review_by == day
    assert pause.late_hours_until == datetime.fromisoformat(f"{TODAY}T10:00+00:00")
    assert "Nothing changed: it is as you ask already." in ops.post(path, form).text
    for bad in ({"review_by": ""}, {"review_by": str(YESTERDAY)}, {"late_hours_until": "x"}):
        assert "Nothing changed" in ops.post(path, form | bad).text


def test_terminate_needs_a_reason_and_ends_the_verbs(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    path = f"/ops/pauses/{paused.pause_id}/terminate"
    assert "say in a few words why" in ops.post(path, {"comment": " "}).text
    page = ops.post(path, {"comment": "They left"})
    assert "Terminated: 2 assignments have ended." in page.text
    assert "What next" not in page.text
    assert "Plan again" in page.text
    assert {row.status for row in session.scalars(select(Assignment))} == {"ended", "active"}
    assert "has been terminated" in ops.post(path, {"comment": "Twice"}).text
    for verb, form in (("resume", {}), ("extend", {"review_by": str(TODAY)})):
        page = ops.post(f"/ops/pauses/{paused.pause_id}/{verb}", form)
        assert "has been terminated" in page.text


def test_history_tells_plans_and_decisions(ops: Browser, planned: Vendor) -> None:
    ops.post("/ops/proposals/1/decision", {"decision": "approve", "version": "1"})
    page = ops.get(f"/ops/pauses/{planned.pause_id}")
    assert f"1 proposal of plan {planned.run_id} approved by The ops_manager" in page.text
    ops.post("/ops/proposals/1/decision", {"decision": "publish", "version": "2"})
    page = ops.get(f"/ops/pauses/{planned.pause_id}")
    assert f"1 proposal of plan {planned.run_id} approved by The ops_manager" in page.text
    assert f"Plan {planned.run_id} ready : 2 proposals" in page.text
    assert "Paused : 2 assignments stopped" in page.text


def test_access_list_is_ticked_off_and_taken_as_csv(ops: Browser, paused: Vendor) -> None:
    path = f"/ops/pauses/{paused.pause_id}/access"
    assert "2 of 2 accesses still to be removed" in ops.get(f"/ops/pauses/{paused.pause_id}").text
    assert "2 accesses still to be removed" in ops.get("/ops/").text
    page = ops.get(path)
    assert "Still to remove 2" in page.text
    page = ops.post(path, {"verb": "remove", "row": page.inputs["row"]})
    assert "1 access marked as removed." in page.text
    page = ops.post(path, {"verb": "remove", "all_matching": "1", "state": "to_remove"})
    assert "1 access marked as removed." in page.text
    assert "Nothing matches" in page.text
    assert "Nothing changed" in ops.post(path, {"verb": "remove", "all_matching": "1"}).text
    file = ops.get(f"{path}?format=csv&access=project:Chordus").body.splitlines()
    assert file[0].lstrip("\ufeff").startswith("Contractor id,Contractor,E-mail")
    assert len(file) == 3
    assert "The ops_manager" in file[1]
    page = ops.post(path, {"verb": "keep", "all_matching": "1", "text": "Ada"})
    assert "1 access marked as still to be removed." in page.text
    assert "Access marked as removed : 1 item" in ops.get(f"/ops/pauses/{paused.pause_id}").text


def test_access_list_ignores_what_is_no_filter(ops: Browser, paused: Vendor) -> None:
    path = f"/ops/pauses/{paused.pause_id}/access"
    assert "Still to remove 2" in ops.get(f"{path}?state=maybe&access=wish:x&sort=email").text
    fragment = ops.get(f"{path}?text=Ada", fragment=True)
    assert "<html" not in fragment.body
    assert len(fragment.rows) == 2


def test_home_tells_of_reviews_that_are_near(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    pause = session.get_one(Pause, paused.pause_id)
    for days, words in ((3, "is soon to be"), (0, "is to be reviewed today"), (-1, "is overdue")):
        pause.review_by = TODAY + timedelta(days=days)
        session.commit()
        assert words in ops.get("/ops/").text
    pause.review_by = TODAY + timedelta(days=4)
    session.commit()
    assert "Review the pause" not in ops.get("/ops/").text
