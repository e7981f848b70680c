"""What every answer carries, and what a page may not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.web.headers import CONTENT_SECURITY_POLICY
from tests.app.web.conftest import CLIENT_NAME, Browser, Vendor

TEMPLATES = Path(__file__).parents[3] / "app" / "templates"
_FILES = {
    path.relative_to(TEMPLATES).as_posix(): path for path in sorted(TEMPLATES.rglob("*.html"))
}


def test_content_security_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY


def test_pages_are_never_stored(ops: Browser) -> None:
    """Check 11: pages and errors alike."""
    for path in ("/login", "/ops/", "/ops/projects", "/no/such/page"):
        headers = ops.get(path).headers
        assert headers["Cache-Control"] == "no-store, private", path
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_static_files_may_be_kept(visitor: Browser) -> None:
    for path in ("/static/css/app.css", "/htmx/htmx.min.js"):
        assert "max-age=" in visitor.get(path).headers["Cache-Control"]


def test_static_files_do_not_lead_out_of_their_folder(visitor: Browser) -> None:
    assert visitor.get("/htmx/../../../__init__.py").status == 404


@pytest.mark.parametrize("name", _FILES)
def test_template_has_no_inline_style_or_script(name: str) -> None:
    # What Jinja computes are values: `on...=` inside it is an argument, not an attribute.
    source = re.sub(r"\{[{%].*?[%}]\}", "", _FILES[name].read_text())
    assert not re.search(r"<style|\bstyle\s*=|\son\w+\s*=|javascript:", source)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", source))


def test_client_name_shows_only_where_a_pause_is_made(ops: Browser, planned: Vendor) -> None:
    run = planned.run_id
    for path in (
        "/ops/",
        "/ops/projects",
        "/ops/projects/P1",
        "/ops/pauses",
        f"/ops/pauses/{planned.pause_id}",
        f"/ops/plans/{run}",
        f"/ops/plans/{run}/unplaced",
        "/ops/proposals/1",
    ):
        page = ops.get(path)
        assert page.status == 200, path
        assert CLIENT_NAME not in page.body, path


def test_health_answers(visitor: Browser) -> None:
    page = visitor.get("/healthz")
    assert (page.status, page.body.strip()) == (200, '{"status":"ok"}')
