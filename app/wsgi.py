"""What gunicorn loads: the application over the settings of the environment."""

from __future__ import annotations

from flask import Flask

from app import create_app
from app.config import Settings
from app.logs import configure_logging


def build_application() -> Flask:
    """Return the application; gunicorn calls this in its worker process."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level)
    return create_app(settings)
