"""Puts the API together; the order of its parts matters and is stated here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock
from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint
from werkzeug.middleware.proxy_fix import ProxyFix

from app.api import docs
from app.api.admin import evidence, imports, mail, users, webhooks
from app.api.denials import init_denials
from app.api.guard import init_guard
from app.api.input_limits import init_input_limits
from app.api.once import init_once
from app.api.ops import (
    access,
    batches,
    drills,
    hand_changes,
    insights,
    offers,
    overview,
    pauses,
    people,
    plan_reasons,
    plans,
    policies,
    projects,
    recalls,
    scenarios,
    skill_claims,
)
from app.api.own import account, me, own_availability, own_hours, own_offers
from app.api.payroll import corrections, formats, pay_groups, pay_periods, payroll, timesheets
from app.api.problems import MIMETYPE, ProblemSchema, init_problems
from app.api.schemas import DecimalText
from app.api.sessions import init_sessions
from app.config import Settings
from app.database import Database
from app.input_bounds import MAX_KEY, KeyConverter

VERSION = "1"

_DESKS = (
    *(me, overview, projects, people, pauses, access, recalls, policies, plans, batches, offers),
    *(plan_reasons, hand_changes, scenarios, drills, insights, imports),
    timesheets,
    *(account, own_offers, own_hours, own_availability, pay_periods, payroll, evidence),
    *(skill_claims, corrections, pay_groups, formats),
    *(users, mail, webhooks),
)


class RedeployApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Describes the operations; errors are answered by `app.api.problems` alone.

    They are described when somebody asks: it takes longer than all the rest of a start.
    """

    def __init__(self, app: Flask, **options: Any) -> None:
        self._desks: list[Blueprint] = []
        self._describing = Lock()
        super().__init__(app, **options)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Serve the operations of a desk."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._desks.append(blueprint)

    def describe(self) -> Mapping[str, Any]:
        """Return the operations of all desks as OpenAPI."""
        with self._describing:
            while self._desks:
                desk = self._desks.pop(0)
                name = desk.name
                desk.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
                self.spec.tag({"name": name, "description": desk.description})
            description: Mapping[str, Any] = self.spec.to_dict()
        return description

    def _register_error_handlers(self) -> None:
        """Leave errors to the one place that answers them."""

    def _register_responses(self) -> None:
        """Describe each error as the problem that it is answered with."""
        problem = {"content": {MIMETYPE: {"schema": ProblemSchema}}}
        for status in HTTPStatus:
            response = {"description": status.phrase, **problem}
            self.spec.components.response(status.name, response, lazy=True)
        default = {"description": "What went wrong", **problem}
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, default, lazy=True)


def build_api(settings: Settings, database: Database, init_log: Callable[[Flask], None]) -> Flask:
    """Return the WSGI application of everything under /api.

    init_log  gives each call its id and its line in the log
    """
    app = Flask("app", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's own provider
    app.config.update(API_TITLE="Redeploy", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    app.extensions["redeploy.settings"] = settings
    # Before anything that may log or refuse.
    init_log(app)
    init_problems(app)
    init_sessions(app, database)
    # The guard comes first: who may not call does not learn what is wrong with the call.
    init_guard(app)
    init_denials(app)
    init_input_limits(app)
    api = _build_description(app)
    for desk in _DESKS:
        api.register_blueprint(desk.desk)
    docs.init_docs(app, api.describe)
    init_once(app)
    if settings.secure_cookies:
        # HTTPS ends at one proxy in front, which says so in these headers.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def _build_description(app: Flask) -> RedeployApi:
    """Return what describes the operations of `app` in OpenAPI."""
    options: dict[str, Any] = {
        "info": {
            "description": "Pauses, plans, offers, hours and payroll for other programs.",
        },
        "servers": [{"url": "/"}],
    }
    api = RedeployApi(app, spec_kwargs=options)
    api.register_field(DecimalText, "string", None)
    api.register_converter(KeyConverter, _describe_key)
    bearer = {"type": "http", "scheme": "bearer"}
    api.spec.components.security_scheme("token", bearer)
    return api


def _describe_key(_converter: KeyConverter) -> Mapping[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": MAX_KEY}
