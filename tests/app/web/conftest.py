"""A small vendor, an account for each role, and browsers without a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.database import Database
from app.models import PlanRun, Role, User
from app.services.access.access import Actor
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.plan_results import save_plan
from app.services.plans.planning import PlanOptions
from app.services.transaction import transaction
from app.web.factory import build_app
from tests.app.web.pages import Page, read_page
from tests.app.web.saved_plan import build_plan
from tests.factories import make_roster

SYSTEM = Actor.of_system("a test")
PASSWORD = "a password for tests"
ROLES = ("ops_manager", "contractor", "payroll", "admin", "auditor")
CLIENT_NAME = "Client Whose Name Is A Secret"


class Browser:
    """One person's browser; sends the CSRF token as the pages do."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()
        self._token: str | None = None

    def get(self, path: str, *, fragment: bool = False) -> Page:
        """Open a page, or the part of it that htmx asks for."""
        return self._read(self._client.get(path, headers=_build_headers(fragment=fragment)))

    def post(self, path: str, form: dict[str, Any], *, fragment: bool = False) -> Page:
        """Send a form with the session's token and follow the redirect."""
        filled = {**form, "csrf_token": self._read_token()}
        headers = _build_headers(fragment=fragment)
        self._token = None
        return self._read(
            self._client.post(path, data=filled, headers=headers, follow_redirects=True)
        )

    def try_form(self, path: str, form: dict[str, Any]) -> tuple[int, list[str]]:
        """Send a form, and return the status and the kinds of notices that wait for a page."""
        filled = {**form, "csrf_token": self._read_token()}
        status = self._client.post(path, data=filled).status_code
        with self._client.session_transaction() as cookie:
            return status, [kind for kind, _said in cookie.pop("_flashes", [])]

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a bare request: no token, no redirect followed."""
        self._token = None
        return self._client.open(path, method=method, **options)

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        """Fill in the sign-in page."""
        return self.post("/login", {"email": email, "password": password})

    def enter(self, email: str) -> None:
        """Sign in without opening the desk: a fifth of the time."""
        form = {"email": email, "password": PASSWORD, "csrf_token": self._read_token()}
        assert self.send("POST", "/login", data=form).status_code == 302

    def get_on(self, path: str) -> Page:
        """Open a page and follow where it leads."""
        return self._read(self._client.get(path, follow_redirects=True))

    def age_sign_in(self) -> None:
        """Make the sign-in look old: what guards the account asks for the password again."""
        with self._client.session_transaction() as cookie:
            cookie["fs_paa"] = 0
            cookie.pop("fs_gexp", None)

    def take_cookies(self, other: Browser) -> None:
        """Use a copy of another browser's session cookie."""
        self._token = None
        cookie = other._client.get_cookie("redeploy_session")
        assert cookie is not None
        self._client.set_cookie("redeploy_session", cookie.value)

    def remember(self, name: str, value: str) -> None:
        """Set a cookie as a script of the pages does."""
        self._client.set_cookie(name, value)

    def _read(self, response: TestResponse) -> Page:
        """Return the page and keep the token of its forms."""
        page = read_page(response)
        self._token = page.inputs.get("csrf_token", self._token)
        return page

    def _read_token(self) -> str:
        if self._token is None:
            # The page of an unknown address has the menu, and needs no query of a desk.
            self._read(self._client.get("/nowhere", follow_redirects=True))
        if self._token is None:
            self._read(self._client.get("/", follow_redirects=True))
        assert self._token is not None
        return self._token


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of a test process."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._codes.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()
_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What argon2 takes on purpose would be a tenth of a second of each sign-in."""


def prepare(app: Flask) -> Flask:
    """Give an application what tests share: compiled templates, and passwords that cost nothing."""
    app.jinja_env.bytecode_cache = _COMPILED
    app.extensions["security"].pwd_context.update(
        argon2__time_cost=_HASHER.time_cost,
        argon2__memory_cost=_HASHER.memory_cost,
        argon2__parallelism=_HASHER.parallelism,
    )
    return app


def _build_headers(*, fragment: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if fragment else {}


@dataclass(frozen=True)
class Vendor:
    """The rows that the tests speak of; `today` is the day they run."""

    today: date
    pause_id: int
    run_id: int


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an application for tests."""
    return Settings.from_environment(
        {
            "SECRET_KEY": "only for tests, only for tests, only for tests",
            "SECURE_COOKIES": "false",
            "REDEPLOY_HOME": str(tmp_path),
        }
    )


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The pages on an empty, migrated database, without the API: it takes as long to build."""
    return prepare(build_app(settings, database))


@pytest.fixture
def whole_app(settings: Settings, database: Database) -> Flask:
    """The pages with the API beside them."""
    return prepare(create_app(settings, database))


@pytest.fixture
def people(session: Session) -> None:
    """Import three contractors on three projects, and add an account for each role.

    C1 (Ada) and C2 (Bo) work on Chordus, C3 (Cy) on Larkspur; Ada is the contractor who signs in.
    """
    add_people(session)


def add_people(session: Session) -> None:
    """Write what the fixture `people` promises."""
    import_roster(
        session,
        make_roster(
            clients=[{"client_id": "K1", "name": CLIENT_NAME}, {"client_id": "K2"}],
            projects=[
                {"project_id": "P1", "codename": "Chordus", "client_id": "K1"},
                {"project_id": "P2", "codename": "Larkspur", "client_id": "K2"},
                {"project_id": "P3", "codename": "Umbra", "client_id": "K2", "status": "closed"},
            ],
            contractors=[
                {"contractor_id": "C1", "name": "Ada", "payroll_id": "A-1"},
                {"contractor_id": "C2", "name": "Bo", "payroll_id": "B-2"},
                {"contractor_id": "C3", "name": "Cy"},
            ],
            assignments=[
                {"assignment_id": "a1", "contractor_id": "C1", "project_id": "P1"},
                {"assignment_id": "a2", "contractor_id": "C2", "project_id": "P1"},
                {"assignment_id": "a3", "contractor_id": "C3", "project_id": "P2"},
            ],
        ),
        actor=SYSTEM,
        source="a test",
    )
    for role in ROLES:
        session.add(
            User(
                email=f"{role}@vendor.example",
                name=f"The {role}",
                password=hash_test_password(),
                fs_uniquifier=f"unique {role}",
                contractor_id="C1" if role == "contractor" else None,
                roles=[session.scalars(select(Role).where(Role.name == role)).one()],
            )
        )
    session.commit()


@cache
def hash_test_password() -> str:
    """Return a hash of PASSWORD that is verified in no time."""
    return _HASHER.hash(PASSWORD)


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody who has not signed in."""
    return Browser(app)


@pytest.fixture
def browse(app: Flask, people: None) -> Callable[[str], Browser]:
    """Return a function that signs a role in and hands over the browser."""

    def sign_in(role: str) -> Browser:
        browser = Browser(app)
        browser.enter(f"{role}@vendor.example")
        return browser

    return sign_in


@pytest.fixture
def ops(browse: Callable[[str], Browser]) -> Browser:
    """An ops manager's browser."""
    return browse("ops_manager")


@pytest.fixture
def contractor(browse: Callable[[str], Browser]) -> Browser:
    """Ada's browser."""
    return browse("contractor")


@pytest.fixture
def payroll(browse: Callable[[str], Browser]) -> Browser:
    """The payroll desk's browser."""
    return browse("payroll")


@pytest.fixture
def admin(browse: Callable[[str], Browser]) -> Browser:
    """An administrator's browser."""
    return browse("admin")


@pytest.fixture
def paused(session: Session, people: None) -> Vendor:
    """Chordus is paused from yesterday's noon; its plan waits for a worker."""
    return pause_chordus(session)


def pause_chordus(session: Session, comment: str = "They called at nine") -> Vendor:
    """Do what the fixture `paused` promises."""
    today = datetime.now(UTC).date()
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        effective_at=datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
        - timedelta(days=1),
        reason_class="security_breach",
        comment=comment,
        review_by=today + timedelta(days=14),
        options=PlanOptions(),
    )
    return Vendor(today, opened.pause_id, opened.plan_run_id)


@pytest.fixture
def planned(session: Session, paused: Vendor) -> Vendor:
    """The plan of the pause is there: Ada and Bo are proposed for Larkspur, 20 hours each."""
    save_small_plan(session, paused)
    return paused


def save_small_plan(session: Session, paused: Vendor) -> None:
    """Do what the fixture `planned` promises."""
    with transaction(session):
        run = session.get_one(PlanRun, paused.run_id)
        run.started_at = datetime.now(UTC)
        save_plan(session, run, build_plan(run.horizon_starts_on), actor=SYSTEM)
