"""Each request has an id: in the answer, in its lines of the log, in its jobs, on error pages."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs

from app.web.guard import Audience, permit
from tests.app.web.conftest import Browser, Vendor

GIVEN = "of-the-proxy_123"


def test_answer_has_the_id_that_the_proxy_gave(visitor: Browser) -> None:
    answer = visitor.send("GET", "/healthz", headers={"X-Request-Id": GIVEN})
    assert answer.headers["X-Request-Id"] == GIVEN


def test_id_that_is_not_fit_for_a_log_is_replaced(visitor: Browser) -> None:
    for given in ("", "short", "a" * 65, "with space", "new\tline ", "<script>", "\xfcmlaut-\xfc"):
        answer = visitor.send("GET", "/healthz", headers={"X-Request-Id": given})
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"]), given


def test_ids_are_new_each_time(visitor: Browser) -> None:
    ids = {visitor.send("GET", "/healthz").headers["X-Request-Id"] for _number in range(3)}
    assert len(ids) == 3


def test_line_of_a_request_tells_route_answer_and_time_and_no_address(
    ops: Browser, planned: Vendor
) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        ops.send("GET", "/ops/projects/P1?q=Secret", headers={"X-Request-Id": GIVEN})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["route"] == "/ops/projects/<path:project_id>"
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 200, GIVEN)
    assert line["duration_ms"] > 0
    assert isinstance(line["user_id"], int)
    assert "Secret" not in str(line)
    assert "P1" not in str(line)


def test_refusal_has_the_id_too(ops: Browser) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        ops.send("GET", "/admin/users", headers={"X-Request-Id": GIVEN})
    assert {line["event"]: line["request_id"] for line in lines} == {
        "refused": GIVEN,
        "request": GIVEN,
    }


def test_probes_are_quiet_while_all_is_well(visitor: Browser) -> None:
    with capture_logs() as lines:
        for path in ("/healthz", "/readyz", "/static/css/app.css"):
            assert visitor.get(path).status == 200
        visitor.send("GET", "/no/such/page")
    assert [(line["route"], line["log_level"]) for line in lines] == [
        ("/healthz", "debug"),
        ("/readyz", "debug"),
        ("/static/<path:filename>", "debug"),
        ("none", "info"),
    ]


def test_nothing_is_left_for_the_next_request_of_the_thread(visitor: Browser) -> None:
    visitor.send("GET", "/healthz")
    assert get_contextvars() == {}


def test_job_has_the_id_of_the_request_that_asked_for_it(
    ops: Browser, planned: Vendor, session: Session
) -> None:
    ops.post(f"/ops/pauses/{planned.pause_id}/plans", {"policy": "best-fit"})
    args = session.execute(text("SELECT args FROM procrastinate_jobs ORDER BY id")).scalars().all()
    assert set(args[0]) == {"plan_run_id"}
    assert set(args[1]) == {"plan_run_id", "request_id"}


@pytest.mark.parametrize("fragment", [False, True])
def test_page_of_a_failure_names_the_id(app: Flask, visitor: Browser, fragment: bool) -> None:
    @permit(Audience.EVERYONE)
    def fail() -> str:
        raise RuntimeError

    app.add_url_rule("/broken", "broken", fail)
    headers = {"X-Request-Id": GIVEN} | ({"HX-Request": "true"} if fragment else {})
    answer = visitor.send("GET", "/broken", headers=headers)
    assert answer.status_code == 500
    assert GIVEN in answer.get_data(as_text=True)


def test_page_of_nothing_names_no_id(visitor: Browser) -> None:
    """Pages of what is not there or not yours must not differ."""
    answer = visitor.send("GET", "/no/such/page", headers={"X-Request-Id": GIVEN})
    assert GIVEN not in answer.get_data(as_text=True)
