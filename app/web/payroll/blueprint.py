"""The payroll desk's blueprint; the modules beside it add its views."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("payroll", __name__, url_prefix="/payroll")
