"""Programs that call the API: one per role, on the small vendor of the pages' tests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.models import User
from app.services.access.access import Actor
from app.services.access.api_scopes import list_scopes
from app.services.access.api_tokens import make_token
from tests.app.web import conftest as pages

settings, app = pages.settings, pages.whole_app
people, browse = pages.people, pages.browse
paused, planned = pages.paused, pages.planned


class Program:
    """A program with one token, or with none."""

    def __init__(self, app: Flask, secret: str | None) -> None:
        self._app = app
        self._headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}

    def move_to(self, app: Flask) -> Program:
        """Return the same program, which calls another application."""
        other = Program(app, None)
        other._headers = self._headers
        return other

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **options: Any
    ) -> TestResponse:
        """Call an operation with a JSON body, and a key where one is given."""
        headers = dict(self._headers)
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            options["json"] = body
        address = path if path.startswith("/api") else f"/api/v1{path}"
        return self._app.test_client(use_cookies=False).open(
            address, method=method, headers=headers, **options
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return what an address answers, which must be well."""
        answer = self.call("GET", path, query_string=query or None)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Return what a POST answers, which must be well."""
        answer = self.call("POST", path, {} if body is None else body, key=key)
        assert answer.status_code in {200, 201, 202}, answer.get_data(as_text=True)
        return answer.get_json()


def find_actor(session: Session, role: str) -> Actor:
    """Return the account of a role as an actor."""
    user = session.scalars(select(User).where(User.email == f"{role}@vendor.example")).one()
    actor = Actor.of_user(user)
    session.rollback()
    return actor


@pytest.fixture
def make_program(app: Flask, session: Session, people: None) -> Callable[..., Program]:
    """Return a function that makes a program of a role, by default with all that it may."""

    def make(role: str, *, scopes: Collection[str] | None = None) -> Program:
        actor = find_actor(session, role)
        chosen = list_scopes(actor) if scopes is None else scopes
        made = make_token(session, actor=actor, name="a test", scopes=chosen, num_days=1)
        return Program(app, made.secret)

    return make


@pytest.fixture
def ops(make_program: Callable[..., Program]) -> Program:
    """A program of an ops manager."""
    return make_program("ops_manager")


@pytest.fixture
def contractor(make_program: Callable[..., Program]) -> Program:
    """Ada's program."""
    return make_program("contractor")


@pytest.fixture
def payroll(make_program: Callable[..., Program]) -> Program:
    """A program of the payroll desk."""
    return make_program("payroll")


@pytest.fixture
def stranger(app: Flask, people: None) -> Program:
    """A program without a token."""
    return Program(app, None)
