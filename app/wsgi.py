"""What gunicorn loads: the application over the settings of the environment."""

from __future__ import annotations

from flask import Flask

from app import create_app
from app.config import Settings


def build_application() -> Flask:
    """Return the application; gunicorn calls this in its worker process."""
    return create_app(Settings.from_environment())
