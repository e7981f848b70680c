"""The formats that are always there; files of other receivers are column maps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.exports.payroll_formats.adp import ADP
from app.exports.payroll_formats.gusto import GUSTO
from app.exports.payroll_formats.paychex import PAYCHEX
from app.exports.payroll_formats.payroll_format import PayrollFormat

FORMATS: Mapping[str, PayrollFormat] = MappingProxyType(
    {payroll_format.key: payroll_format for payroll_format in (ADP, GUSTO, PAYCHEX)}
)
