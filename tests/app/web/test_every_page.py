"""What holds of every answer to every role, found by opening all that can be reached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app import create_app
from app.application import API
from app.config import Settings
from app.database import Database
from app.models import AuditEvent, Role
from tests.app.web.conftest import Browser, prepare
from tests.app.web.crawling import Answer, crawl, list_addresses
from tests.app.web.worlds import CANARY, FORMULAS, MARKUP, Texts, add_world_of
from tests.databases import Databases
from tests.formulas import list_formulas

VISITOR = ""
NAMING_PAGES = {("ops_manager", "/ops/pauses/new")}
"""Role and path where clients' names are read, by duty."""

_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Crawled:
    """All answers of one world.

    by_role  role, or `program of` it -> address -> answer; VISITOR has not signed in
    reveals  what the audit trail holds of names of clients that were read
    """

    app: Flask
    by_role: Mapping[str, Mapping[str, Answer]]
    reveals: tuple[AuditEvent, ...]

    def __iter__(self) -> Iterator[tuple[str, Answer]]:
        for role, answers in self.by_role.items():
            for answer in answers.values():
                yield role, answer


@pytest.fixture(scope="module")
def crawled(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """Every role and a visitor open everything, where all texts are hostile."""
    texts = Texts((f"{CANARY} Holding", f"{CANARY} Works"), (*MARKUP, *FORMULAS))
    settings = Settings.from_environment(
        {
            "SECRET_KEY": "only for tests, only for tests, only for tests",
            "SECURE_COOKIES": "false",
            "REDEPLOY_HOME": str(tmp_path_factory.mktemp("home")),
        }
    )
    with databases.lend() as url:
        database = Database(url)
        with database.session() as session:
            world = add_world_of(session, texts)
            keys = world.keys | {"token": [world.calendar_token]}
            roles = session.scalars(select(Role.name).order_by(Role.name)).all()
        app = prepare(create_app(settings, database))
        by_role = {
            role: crawl(_enter(app, role), list_addresses(app, keys, role=role))
            for role in (VISITOR, *roles)
        }
        operations = list_addresses(app.extensions[API], world.keys)
        for role, headers in world.api_headers.items():
            by_role[f"program of {role}"] = crawl(Browser(app), operations, headers=headers)
        with database.session() as session:
            yield Crawled(app, by_role, _list_reveals(session))
        database.dispose()


def _enter(app: Flask, role: str) -> Browser:
    browser = Browser(app)
    if role != VISITOR:
        browser.enter(f"{role}@vendor.example")
    return browser


def _list_reveals(session: Session) -> tuple[AuditEvent, ...]:
    statement = select(AuditEvent).where(AuditEvent.action == "client_names.read")
    return tuple(session.scalars(statement.order_by(AuditEvent.id)))


def test_every_route_was_opened_by_somebody(crawled: Crawled) -> None:
    """Without this, the tests below could hold because nothing was looked at."""
    met: dict[str, set[int]] = {
        rule.endpoint: set()
        for rule in crawled.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "filename" not in rule.arguments
    }
    adapter = crawled.app.url_map.bind("localhost")
    for _role, answer in crawled:
        path = unquote(answer.address.partition("?")[0])
        if not path.startswith("/api"):
            with suppress(NotFound):
                met[adapter.match(path, method="GET")[0]].add(answer.status)
    unopened = {name for name, found in met.items() if 200 not in found}
    signing_in = {name for name in met if name.startswith(("security.", "oidc."))}
    assert sorted(unopened - signing_in - UNSEEN) == []


UNSEEN = {
    # They lead on, or are switched off.
    "site.index",
    "metrics.metrics",
    # The world has neither a recall nor a file of a receiver's format.
    "ops.recall_progress",
    "ops.recall_progress_table",
    "formats.batch_file",
}
"""Routes that show nothing in this world, beside those of signing in."""


def test_no_answer_breaks(crawled: Crawled) -> None:
    broken = [(role, one.address, one.status) for role, one in crawled if one.status >= 500]
    assert broken == []


def test_nothing_but_files_of_the_program_is_ever_stored(crawled: Crawled) -> None:
    """Check 11. Whatever the route map has, for every role, is asked for anew each time."""
    for role, answer in crawled:
        assert "no-store" in answer.headers["Cache-Control"], (role, answer.address)


def test_clients_are_named_to_those_with_duty_only(crawled: Crawled) -> None:
    """Check 12. Not in a page, a file, a header or an address of anybody else."""
    named = set()
    for role, answer in crawled:
        told = json.dumps([answer.address, dict(answer.headers), answer.body])
        if CANARY in told:
            named.add((role, answer.address.partition("?")[0]))
    assert named == NAMING_PAGES


def test_each_reading_of_clients_names_is_audited(crawled: Crawled) -> None:
    """Check 12. Who read which clients' names stands in the audit trail, without the names."""
    num_read = sum(CANARY in answer.body for _role, answer in crawled)
    assert len(crawled.reveals) == num_read > 0
    for event in crawled.reveals:
        assert event.actor_user_id is not None
        assert event.after == {"client_ids": ["K2"]}
        assert CANARY not in json.dumps([event.actor, event.after])


def test_no_text_of_a_person_does_anything_on_a_page(crawled: Crawled) -> None:
    """Check 14. Script, SVG and addresses that run stay text; nothing turns the direction round."""
    for role, answer in crawled:
        if answer.is_page:
            reader = _TagReader()
            reader.feed(answer.body)
            assert reader.faults == [], (role, answer.address)
            assert not _MARKS.search(answer.body), (role, answer.address)


def test_hostile_texts_were_met(crawled: Crawled) -> None:
    """Without this, the test above could hold because the texts never came to a page."""
    pages = "".join(answer.body for _role, answer in crawled if answer.is_page)
    assert "&lt;script&gt;pwned()" in pages
    assert "&lt;svg onload=pwned()" in pages
    assert "dnoces" in pages
    assert "\u202e" not in pages


def test_no_text_becomes_a_formula_in_any_file(crawled: Crawled) -> None:
    """Check 13. Every file of every route, and every part of a cell where a program may split."""
    num_files = 0
    for role, answer in crawled:
        if answer.mimetype != "text/csv":
            continue
        num_files += 1
        assert "\0" not in answer.body
        assert list_formulas(answer.body) == [], (role, answer.address)
    assert num_files > 20


class _TagReader(HTMLParser):
    """Notes what would run: handlers, inline script, addresses that are programs."""

    _PROGRAMS = re.compile(r"[\s\0-\x1f]*(javascript|data|vbscript):", re.IGNORECASE)
    _ADDRESSES = frozenset({"href", "src", "action", "formaction", "hx-get", "hx-post"})

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        if tag == "script" and not (dict(attrs).get("src") or "").startswith("/"):
            self.faults.append(f"<{tag} {attrs}>")
        for name, value in attrs:
            is_program = name in self._ADDRESSES and self._PROGRAMS.match(value or "")
            if name.startswith("on") or "pwned" in name or is_program or name == "srcdoc":
                self.faults.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.faults.append(data)
