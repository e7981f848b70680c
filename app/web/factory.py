"""Puts the web application together; the order of its parts matters and is stated here."""

from __future__ import annotations

import jinja2
from flask import Flask, request
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Settings
from app.database import Database
from app.web import health, imports, messages, metrics, ops, palette, payroll, timesheets
from app.web.account import account, api_tokens, oidc
from app.web.account.auth import configure_auth, init_auth
from app.web.admin import admin, admin_mail, admin_user, admin_webhooks
from app.web.assets import init_assets
from app.web.contractor import availability, contractor, my_calendar, my_hours, offers
from app.web.denials import init_denials
from app.web.errors import init_errors
from app.web.formatting import init_formatting
from app.web.guard import init_guard
from app.web.headers import init_headers
from app.web.input_limits import init_input_limits
from app.web.navigation import init_navigation
from app.web.payroll import batch_files, pay_groups
from app.web.request_log import init_request_log
from app.web.sessions import init_sessions

MAX_REQUEST_BYTES = 2 * 1024 * 1024
_THEMES = ("light", "dark")


def build_app(settings: Settings, database: Database) -> Flask:
    """Return the WSGI application of the pages over `database`.

    Raises ConfigurationError when a setting is missing or unusable.
    """
    app = Flask("app")
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES)
    app.extensions["redeploy.settings"] = settings
    configure_auth(app, settings)
    init_request_log(app)
    metrics.init_metrics(app)
    init_headers(app)
    init_errors(app)
    sessions = init_sessions(app, database)
    # The guard refuses before CSRF is looked at and before any view runs.
    init_guard(app)
    init_denials(app)
    imports.init_upload_limits(app)
    init_input_limits(app)
    CSRFProtect(app)
    init_auth(app, sessions)
    oidc.init_oidc(app, settings)
    Bootstrap5(app)
    init_assets(app)
    init_formatting(app)
    init_navigation(app)
    messages.init_messages(app)
    app.context_processor(lambda: {"chosen_theme": _read_theme()})
    own = (contractor, my_calendar, my_hours, offers, availability)
    app.register_blueprint(imports.blueprint)
    accounts = (account, admin_user, oidc)
    app.register_blueprint(api_tokens.blueprint)
    pay = (timesheets, payroll, batch_files, pay_groups)
    desks = (admin, admin_mail, admin_webhooks, *accounts)
    for desk in (health, metrics, palette, messages, ops, *own, *pay, *desks):
        app.register_blueprint(desk.blueprint)
    if settings.secure_cookies:
        # HTTPS ends at one proxy in front, which says so in these headers.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def _read_theme() -> str | None:
    theme = request.cookies.get("theme")
    return theme if theme in _THEMES else None
