"""The application as a whole: the pages, and the JSON API beside them.

They are two Flask applications over one database. Sessions, cookies and forms are of the
pages alone, so that nothing a browser holds opens the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from app.api.factory import build_api
from app.config import Settings
from app.database import Database
from app.errors import ConfigurationError
from app.web.factory import build_app
from app.web.headers import init_headers
from app.web.metrics import count_beside
from app.web.request_log import init_request_log
from solver.errors import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

API = "redeploy.api"
"""Where the application keeps the API's own (`extensions`)."""


class _ByPath:
    """Hands what is under /api to the API, everything else to the pages."""

    def __init__(self, pages: WSGIApplication, api: WSGIApplication) -> None:
        self._pages = pages
        self._api = api

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        is_api = path == "/api" or path.startswith("/api/")
        return (self._api if is_api else self._pages)(environ, start_response)


def build_application(settings: Settings, database: Database | None = None) -> Flask:
    """Return the WSGI application over `database`, or over the one the settings name.

    Raises ConfigurationError when a setting is missing or unusable.
    """
    opened = database or _open_database(settings)
    pages = build_app(settings, opened)
    api = build_api(settings, opened, init_request_log)
    init_headers(api)
    count_beside(pages, api)
    pages.extensions[API] = api
    pages.wsgi_app = _ByPath(pages.wsgi_app, api.wsgi_app)  # type: ignore[method-assign]  # Flask's own way
    return pages


def _open_database(settings: Settings) -> Database:
    if settings.database_url is None:
        raise ConfigurationError(
            [Problem("DATABASE_URL", "nothing", "the address of a PostgreSQL database")]
        )
    return Database(settings.database_url, pool_size=settings.web_threads)
