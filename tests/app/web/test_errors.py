"""What people read when something fails; never a traceback, never a dead end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import create_app
from app.config import Settings
from app.database import Database
from app.errors import Busy, InvalidValue, NotFound, Refused, Stale
from app.web.guard import Audience, permit
from solver.errors import UnknownScope
from tests.app.web.conftest import Browser
from tests.secret import SECRET


def raise_error(error: Exception) -> Callable[[], str]:
    @permit(Audience.EVERYONE)
    def view() -> str:
        raise error

    return view


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotFound("project", "P9"), 404, "There is nothing here"),
        (UnknownScope("project", "P9"), 404, "There is nothing here"),
        (Refused("closed", "Umbra is closed."), 409, "Umbra is closed."),
        (Stale("proposal", 1, "Somebody approved it."), 409, "Someone was faster"),
        (Busy(), 409, "Others were faster"),
        (InvalidValue("hours", "x", "a number"), 400, "hours: 'x' found, a number expected"),
        (RuntimeError("a secret detail"), 500, "Something broke on our side"),
    ],
)
def test_error_becomes_a_page(
    app: Flask, visitor: Browser, error: Exception, status: int, words: str
) -> None:
    app.add_url_rule("/broken", "broken", raise_error(error))
    page = visitor.get("/broken")
    assert page.status == status
    assert words in page.text
    assert "a secret detail" not in page.body
    assert "Go to the sign-in" in page.text


def test_error_in_a_part_of_a_page_is_a_notice(app: Flask, visitor: Browser) -> None:
    app.add_url_rule("/broken", "broken", raise_error(Refused("closed", "Umbra is closed.")))
    page = visitor.get("/broken", fragment=True)
    assert page.status == 409
    assert "<html" not in page.body
    assert "Umbra is closed." in page.text


def test_error_in_a_part_of_a_page_goes_to_the_notices_bug(ops: Browser) -> None:
    """htmx swaps no error of its own accord: a refused bulk action had looked like nothing."""
    page = ops.get("/ops/")
    assert '"code": "[45]..", "swap": true, "error": true, "target": "#notices"' in page.body
    assert '<div class="notices" id="notices" aria-live="assertive"></div>' in page.body
    stale = ops.send("POST", "/ops/pauses/impact", headers={"HX-Request": "true"})
    forbidden = ops.send("GET", "/admin/users", headers={"HX-Request": "true"})
    missing = ops.send("GET", "/ops/plans/987654", headers={"HX-Request": "true"})
    assert [answer.status_code for answer in (stale, forbidden, missing)] == [400, 403, 404]
    for answer in (stale, forbidden, missing):
        assert answer.headers["HX-Retarget"] == "#notices"
        assert answer.headers["HX-Reswap"] == "innerHTML show:top"
    assert "HX-Retarget" not in ops.send("GET", "/admin/users").headers


def test_wrong_method_says_which_one_is_right(ops: Browser) -> None:
    page = ops.get("/ops/pauses/impact")
    assert page.status == 405
    assert set(page.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert "Go to your desk" in page.text


def test_health_tells_when_the_database_is_away(visitor: Browser) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    app = create_app(Settings.from_environment({"SECRET_KEY": SECRET}), away)
    assert Browser(app).get("/healthz").status == 503


def test_too_big_a_request_is_refused(ops: Browser) -> None:
    page = ops.post("/ops/pauses/impact", {"comment": "x" * (3 * 1024 * 1024)})
    assert page.status == 413
