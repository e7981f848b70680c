"""A visitor who opens all that can be reached: by the links of pages, and by the map of routes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from werkzeug.routing import Rule

from app.services.access.access import ROLE_PERMISSIONS
from app.web.guard import Audience, find_need
from tests.app.web.conftest import Browser

_ASSETS = ("/static/", "/bootstrap/", "/htmx/")
_SIGN_IN = ("/login", "/logout", "/verify", "/tf-", "/mf-", "/sign-on")
"""Whoever opens these is in the middle of signing in, and no longer signed in."""
_REQUEST_ID = "X-Request-Id"
_OWN_HEADERS = frozenset({"Set-Cookie", _REQUEST_ID, "X-RateLimit-Remaining"})
"""New in each answer."""

_SHAPES_A_PATH = 2
"""Addresses of one path that differ in the names of their parameters only; the rest are skipped."""

_TOKENS = re.compile(
    r'(name="csrf_token"[^>]*value=")[^"]*'
    r'|("X-CSRFToken": ")[^"]*'
    r'|(name="key"[^>]*value=")[^"]*'
    r"|(DTSTAMP:)\S*"
)
"""What is new in each answer: tokens of forms, and the second in which a calendar was written."""


@dataclass(frozen=True)
class Answer:
    """What an address gave.

    body  as it was sent, without what is new in each answer
    """

    address: str
    status: int
    mimetype: str
    headers: Mapping[str, str]
    body: str

    @property
    def is_page(self) -> bool:
        """Whether it is a page or a part of one."""
        return self.mimetype == "text/html"


@dataclass
class _Route:
    """What is still to be opened."""

    queue: deque[str] = field(default_factory=deque)
    known: set[tuple[str, frozenset[str], bool]] = field(default_factory=set)
    shapes: dict[str, int] = field(default_factory=dict)

    def add(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.path.startswith(_SIGN_IN):
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        is_file = "format" in query
        # A file is the same list whatever is shown of it.
        key = (parts.path, frozenset() if is_file else frozenset(query), is_file)
        shapes = self.shapes.get(parts.path, 0)
        if key in self.known or (shapes >= _SHAPES_A_PATH and not is_file):
            return
        self.known.add(key)
        self.shapes[parts.path] = shapes + 1
        self.queue.append(address)


def crawl(
    browser: Browser, starts: Iterable[str], *, headers: Mapping[str, str] | None = None
) -> dict[str, Answer]:
    """Open the addresses and all that their pages lead to; return the answers by address.

    headers  sent with each request, as a program does that has a token

    The pages of signing in are left out.
    """
    route = _Route()
    for address in starts:
        route.add(address)
    answers: dict[str, Answer] = {}
    while route.queue:
        address = route.queue.popleft()
        answer = answers[address] = open_address(browser, address, headers or {})
        for found in _list_links(answer):
            route.add(found)
    return answers


def open_address(browser: Browser, address: str, headers: Mapping[str, str]) -> Answer:
    """Open one address without following where it sends."""
    response = browser.send("GET", address, headers=dict(headers))
    # Files for payroll may be in an older encoding, or archives.
    body = response.get_data().decode(errors="replace")
    response.close()
    kept = {name: text for name, text in response.headers.items() if name not in _OWN_HEADERS}
    body = _TOKENS.sub(lambda found: "".join(filter(None, found.groups())), body)
    if _REQUEST_ID in response.headers:
        body = body.replace(response.headers[_REQUEST_ID], "")
    return Answer(address, response.status_code, response.mimetype or "", kept, body)


def list_addresses(
    app: Flask, keys: Mapping[str, Iterable[str]], *, role: str | None = None
) -> list[str]:
    """Return an address of every route that answers GET, for each of the values of its parameter.

    keys  by the parameter's name, `<path:project_id>` -> project_id; what is not named takes 1
    role  only routes that are open to it, "" = to whoever has not signed in; None = all
    """
    found = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.rule.startswith(_ASSETS):
                found += _fill(rule, keys) if _is_open(rule, role) else []
    return sorted(found)


def _is_open(rule: Rule, role: str | None) -> bool:
    need = find_need(rule.endpoint)
    if role is None or need is Audience.EVERYONE:
        return True
    if need is Audience.SIGNED_IN:
        return role != ""
    return need in ROLE_PERMISSIONS.get(role, frozenset())


def _fill(rule: Rule, keys: Mapping[str, Iterable[str]]) -> list[str]:
    addresses = [rule.rule]
    for name in sorted(rule.arguments):
        holder = re.compile(rf"<(\w+:)?{name}>")
        addresses = [
            holder.sub(value, address) for address in addresses for value in keys.get(name, ["1"])
        ]
    return addresses


def _list_links(answer: Answer) -> Iterator[str]:
    if "Location" in answer.headers:
        yield from _keep_own(answer.address, [answer.headers["Location"]])
    if answer.is_page:
        reader = _LinkReader()
        reader.feed(answer.body)
        yield from _keep_own(answer.address, reader.links)


def _keep_own(address: str, links: Iterable[str]) -> Iterator[str]:
    for link in links:
        parts = urlsplit(urljoin(f"http://localhost{address}", link))
        if parts.hostname == "localhost" and not parts.path.startswith(_ASSETS):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


class _LinkReader(HTMLParser):
    """Collects what a person or a script of the page could open without sending a form."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        names = ["href", "src", "hx-get"]
        if tag == "form" and (values.get("method") or "get").lower() == "get":
            names.append("action")
        self.links += [link for name in names if (link := values.get(name))]
