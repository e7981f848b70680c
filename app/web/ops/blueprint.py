"""The ops desk's blueprint; the modules beside it add its views."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("ops", __name__, url_prefix="/ops")
