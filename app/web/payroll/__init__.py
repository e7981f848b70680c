"""The payroll desk: pay periods, exports, and corrections of what was paid."""

from __future__ import annotations

from app.web.payroll import adjustments, exports, periods
from app.web.payroll.blueprint import blueprint

__all__ = ["adjustments", "blueprint", "exports", "periods"]
