"""What a payroll format is: its columns, the settings it needs, and its two functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.exports.payroll_line import PayrollBatch, PayrollLine
from solver.errors import Problem

Settings = Mapping[str, str]
"""Values by the names of a format's fields, complete and checked."""


@dataclass(frozen=True)
class FormatColumn:
    """A column of the receiver: its name to the letter, and what stands in it."""

    name: str
    meaning: str


@dataclass(frozen=True)
class SettingField:
    """One setting of a format, as its form shows it.

    pattern   that the whole value matches; `expected` says it in words
    default   what a new format starts with
    choices   value -> words; empty for free input
    """

    name: str
    label: str
    hint: str
    pattern: str = ""
    expected: str = ""
    default: str = ""
    choices: Mapping[str, str] | None = None

    def find_problem(self, value: str) -> str | None:
        """Return what the value should have been; None when it is fine."""
        if self.choices is not None:
            return None if value in self.choices else "one of " + ", ".join(self.choices)
        return None if re.fullmatch(self.pattern, value, re.ASCII) else self.expected


@dataclass(frozen=True)
class PayrollFormat:
    """A format of one receiver.

    key            as it is stored
    build          file of a batch, part by part; raises UnusableLines, at its end at the latest
    build_name     file name that the receiver expects
    has_currency   whether a column says the currency; if not, a file holds one currency only
    """

    key: str
    title: str
    receiver: str
    columns: tuple[FormatColumn, ...]
    fields: tuple[SettingField, ...]
    build: Callable[[PayrollBatch, Iterable[PayrollLine], Settings], Iterator[bytes]]
    build_name: Callable[[PayrollBatch, Settings], str]
    has_currency: bool = False


def check_settings(payroll_format: PayrollFormat, values: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the settings, each fault at the name of its field."""
    problems = []
    for field in payroll_format.fields:
        value = values.get(field.name, "")
        expected = field.find_problem(value)
        if expected is not None:
            problems.append(Problem(field.name, value, expected))
    known = {field.name for field in payroll_format.fields}
    problems += [
        Problem(name, values[name], "only the settings of the format")
        for name in sorted(set(values) - known)
    ]
    return problems
