"""Redeploy: pages, services, database and jobs around the optimiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings
    from app.database import Database


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """Return the WSGI application; without `database` it opens `settings.database_url`.

    Raises ConfigurationError when a setting is missing or unusable.
    """
    # Workers, solves and `redeploy --help` import this package too; they need no Flask.
    from app.application import build_application  # noqa: PLC0415 - keeps Flask off their path

    return build_application(settings, database)
