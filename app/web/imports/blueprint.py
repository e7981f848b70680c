"""The blueprint of imports, and how large their requests may be."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, request

from app.config import Settings

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

_UPLOADING = frozenset({"imports.upload", "imports.mend"})
_FORM_BYTES = 64 * 1024
"""What a form takes beside its files."""

MEGABYTE = 1024 * 1024


def init_upload_limits(app: Flask) -> None:
    """Let the uploads of imports be larger than other requests, once the guard let them pass."""
    app.before_request(_widen)


def _widen() -> None:
    if request.endpoint in _UPLOADING:
        request.max_content_length = get_most_bytes() + _FORM_BYTES


def get_most_bytes() -> int:
    """Return the most that one upload may have."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings.import_max_bytes
