"""Addresses of static files that change with their content, and htmx from its wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Flask, send_from_directory, url_for
from werkzeug.wrappers import Response

HTMX_FOLDER = str(files("js_lib_htmx") / "static" / "htmx")
_MAX_AGE_S = 86_400


def init_assets(app: Flask) -> None:
    """Serve htmx, and give the filter `asset` to every template of `app`.

    A filter, as Jinja looks up those of a constant when it compiles: a page has fifty.
    """
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _MAX_AGE_S
    app.add_url_rule("/htmx/<path:filename>", "htmx", _serve_htmx)
    folder = Path(app.static_folder or "")

    @cache
    def build_address(filename: str) -> str:
        digest = hashlib.sha256((folder / filename).read_bytes()).hexdigest()
        return url_for("static", filename=filename, v=digest[:12])

    app.jinja_env.filters.update(asset=build_address)


def _serve_htmx(filename: str) -> Response:
    return send_from_directory(HTMX_FOLDER, filename, max_age=_MAX_AGE_S)
