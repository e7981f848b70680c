"""Chromium against real server processes; every message of its console is a failure."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.cli.processes import Stack
from app.config import Settings
from app.database import Database
from tests.app.web.conftest import PASSWORD, app, paused, people, planned, settings

# The fixtures of the small vendor, for looking at pages.
__all__ = ["app", "paused", "people", "planned", "settings"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SOLVE_TIME_LIMIT_S = 8
"""All of it is taken: the last goal of the sample comes as close as is asked for after a minute."""

# The machine of a test run is busy; a page that never answers still fails.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Drive the Chromium of the system; as root it runs without its sandbox."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium")
    return {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """No address is common to all tests; the plugin's own fixture warns under this pytest."""


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of; a test that leaves any behind fails."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def watch(complaints: list[str]) -> Callable[[BrowserContext], None]:
    """Return a function that notes errors, CSP violations and requests to other hosts."""

    def note(message: ConsoleMessage) -> None:
        # Chromium and htmx report a refused form as an error; to us it is an answer like another.
        # On a busy machine the test's own server drops a connection now and then; a page that
        # misses what it asked for fails its test anyway.
        # A list that is asked for anew drops its earlier request, and htmx reports both events.
        aborted = ("htmx:sendAbort", "htmx:afterRequest")
        harmless = ("status of 409", "Error Code 409", "ERR_CONNECTION_RESET", *aborted)
        was_refused = any(words in message.text for words in harmless)
        if message.type in {"error", "warning"} and not was_refused:
            complaints.append(f"{message.page and message.page.url}: {message.text}")

    def start(context: BrowserContext) -> None:
        context.on("console", note)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("http://127.0.0.1", "data:"))
                else complaints.append(f"a request to {request.url}")
            ),
        )

    return start


@pytest.fixture
def new_page(
    browser: Browser, watch: Callable[[BrowserContext], None]
) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page in a watched browser profile of its own."""
    contexts = []

    def open_page(width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        watch(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def served(database: Database, tmp_path: Path) -> Iterator[str]:
    """Address of a real web process beside a real worker process, both on the test's database."""
    settings = Settings.from_environment({"PORT": str(find_free_port())})
    stack = Stack(
        {
            "DATABASE_URL": database.conninfo,
            "SECRET_KEY": "only for tests, only for tests, only for tests",
            "SECURE_COOKIES": "false",
            "PORT": str(settings.port),
            "SOLVE_TIME_LIMIT_S": str(SOLVE_TIME_LIMIT_S),
            # One manager does the whole job.
            "SECOND_APPROVER_RAISE": "0",
        },
        log_folder=tmp_path,
    )
    try:
        stack.start("worker")
        stack.start("web")
        stack.wait_for_web(settings)
        yield f"http://127.0.0.1:{settings.port}"
        stack.check()
    finally:
        stack.stop()


@pytest.fixture
def pages_served(app: Flask) -> Iterator[str]:
    """Address of the application in a thread of the test, for looking at pages."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def fresh(session: Session) -> Callable[[], Session]:
    """Return a function that gives the session without anything it has seen before."""

    def start_over() -> Session:
        session.rollback()
        session.expire_all()
        return session

    return start_over


def find_free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sign_in(page: Page, address: str, email: str) -> None:
    """Sign in through the form."""
    page.goto(f"{address}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
