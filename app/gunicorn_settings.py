"""What gunicorn reads beside the options that `redeploy web` gives it."""

from __future__ import annotations

from app.config import Settings
from app.logs import build_logging_config

logconfig_dict = build_logging_config(Settings.from_environment().log_level)
"""Its own lines look like ours."""
