"""The lines and settings of the examples in docs/payroll-formats.md."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from app.exports.payroll_formats.map_fields import Notation
from app.exports.payroll_formats.payroll_format import Settings
from tests.app.exports.payroll_formats.lines import (
    BATCH,
    CORRECTED_CENT,
    LINE,
    TAKEN_BACK,
    make_line,
)
from tests.app.exports.payroll_formats.test_column_map import make_map

__all__ = ["BATCH", "EXAMPLES", "LINES", "MAP_EXAMPLE"]

LINES = (
    LINE,
    TAKEN_BACK,
    CORRECTED_CENT,
    make_line(
        number=4,
        contractor_id="C002",
        payroll_id="004212",
        contractor="Bo Lindqvist",
        project_code="Larkspur",
        hours=Decimal(8),
        rate_cents=4000,
    ),
)

EXAMPLES: Mapping[str, Settings] = MappingProxyType(
    {
        "adp": {
            "company_code": "RDP",
            "adjustment_hours_code": "",
            "amount_code": "ADJ",
            "job": "codename",
        },
        "gusto": {"title": "codename", "cents": "gusto"},
        "paychex": {
            "client_id": "0042A1B7",
            "pay_component": "Hourly",
            "overtime_component": "Overtime",
            "amount_component": "Adjustment",
            "pay_by": "rate",
            "job": "none",
        },
    }
)
"""Key of a format -> settings of its example."""

MAP_EXAMPLE = make_map(
    "Personalnummer;Lohnart;Stunden;Betrag;Info",
    "payroll_id",
    "pay_code",
    "hours",
    "amount",
    ":Redeploy",
    delimiter=";",
    notation=Notation(decimal_mark=",", pay_codes={"regular": "100", "adjustment": "900"}),
)
