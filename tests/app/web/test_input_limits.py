"""Input that nobody types: every page answers it calmly, none breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.input_limits import MAX_KEY, read_whole
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.test_access import POLICY

NUMBERS = (
    "0",
    str(MAX_KEY),
    str(MAX_KEY + 1),
    "9" * 30,
    "9" * 5000,
    "-1",
    "1e3",
    "\N{SUPERSCRIPT TWO}",
)
DAYS = (
    "0001-01-01",
    "1969-12-31",
    "1970-01-01",
    "2100-12-31",
    "9999-12-30",
    "9999-12-31",
    "2026-W10",
)
NASTY = (
    *("0", str(MAX_KEY), str(MAX_KEY + 1), "9" * 5000, "-1", "\N{SUPERSCRIPT TWO}"),
    *("0001-01-01", "9999-12-31", "2026-W10"),
    *("a\0b", "x" * 5000, "%'\N{RIGHT-TO-LEFT OVERRIDE}\ud7ff\U0010ffff\\"),
)
"""One of each kind: every page is asked for with each of them."""
QUERY_NAMES = (
    *("text", "status", "project", "fit", "pay", "blocker", "sort", "descending", "page", "size"),
    *("week", "starts_on", "ends_on", "action", "first_day", "last_day", "next"),
)
READERS = ("ops_manager", "contractor", "payroll", "admin")


def list_pages(who: str) -> list[str]:
    found = [route for method, route, allowed in POLICY if method == "GET" and allowed == who]
    return [*found, "/login", "/"]


@pytest.mark.parametrize("role", READERS)
def test_nasty_values_break_no_page_bug(
    browse: Callable[[str], Browser], planned: Vendor, role: str
) -> None:
    """27 of these had ended in a 500."""
    browser = browse(role)
    ids = {"pause_id": planned.pause_id, "run_id": planned.run_id}
    for route in list_pages(role):
        real = re.sub(r"<\w+:(\w+)>", lambda found: str(ids.get(found[1], 1)), route)
        paths = [f"{real}?{urlencode(dict.fromkeys(QUERY_NAMES, text))}" for text in NASTY]
        if "<" in route:
            paths += [re.sub(r"<\w+:\w+>", quote(text, safe=""), route) for text in NASTY]
        for path in paths:
            assert browser.send("GET", path).status_code < 500, path[:120]


@pytest.mark.parametrize("text", ["\0", "x\0y"])
def test_nul_is_refused_wherever_it_stands_bug(ops: Browser, visitor: Browser, text: str) -> None:
    for path in (f"/ops/projects?text={quote(text)}", f"/ops/projects/{quote(text)}"):
        assert ops.get(path).status == 400
    assert ops.get(f"/ops/projects?{quote(text)}=1").status == 400
    assert ops.post("/ops/pauses/impact", {"comment": text}).status == 400
    assert visitor.post("/login", {"email": text, "password": text}).status == 400


@pytest.mark.parametrize("day", DAYS)
def test_days_at_the_ends_of_the_calendar_break_no_form_bug(
    ops: Browser, contractor: Browser, payroll: Browser, paused: Vendor, day: str
) -> None:
    order = {"scope": "project", "project_id": "P2", "effective_at": f"{day}T23:59"}
    assert ops.post("/ops/pauses/impact", order | {"review_by": day}).status < 500
    assert ops.post("/ops/pauses", order | {"review_by": day}).status < 500
    assert contractor.post("/my/hours", {"week": day}).status < 500
    period = {"starts_on": day, "ends_on": day, "zone": "UTC"}
    assert payroll.post("/payroll/periods", period).status < 500
    correction = {"assignment_id": "a1", "day": day, "value": "1", "reason": "x"}
    for kind in ("hours", "rate"):
        assert payroll.post(f"/payroll/adjustments/{kind}", correction).status < 500


@pytest.mark.parametrize("number", NUMBERS)
def test_huge_rows_are_no_proposals_bug(ops: Browser, planned: Vendor, number: str) -> None:
    for row in (f"{number}:1", f"1:{number}", f"{number}:{number}"):
        form = {"row": row, "decision": "reject", "reason": "x"}
        assert ops.post(f"/ops/plans/{planned.run_id}/decisions", form).status < 500
        one = {"decision": "reject", "reason": "x", "version": number}
        assert ops.post("/ops/proposals/1/decision", one).status < 500
    assert ops.post(f"/ops/proposals/{quote(number)}/decision", {}).status in {400, 404}


@given(st.text(max_size=30), st.integers(0, 10**12))
def test_read_whole_takes_numbers_up_to_the_most(text: str, most: int) -> None:
    number = read_whole(text, most)
    assert number is None or 0 <= number <= most
    assert read_whole(str(most), most) == most
    assert read_whole(str(most + 1), most) is None
