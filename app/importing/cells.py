"""How the text of one cell becomes a value, by the kind of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from solver.roster import Column, Kind

CellValue: TypeAlias = str | bool | int | float | date | None


class BadCell(Exception):
    """A cell's text does not fit its column; says what would."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


@dataclass(frozen=True)
class _TextFormat:
    pattern: re.Pattern[str]
    sentence: str


_TEXT_FORMATS: Mapping[str, _TextFormat] = MappingProxyType(
    {
        "email": _TextFormat(
            # Sanity, not RFC 5322: one @, no spaces or quotes, a dotted domain.
            re.compile(r"""[^\s@"'<>(),;:\\]{1,64}@[^\s@"'<>(),;:\\.]+(\.[^\s@"'<>(),;:\\.]+)+"""),
            "an e-mail address such as ada@example.org",
        ),
        "currency": _TextFormat(re.compile("[A-Z]{3}"), "three capital letters such as USD"),
    }
)
"""Columns whose text has a form, by name."""

_KIND_SENTENCES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: "a text",
        Kind.LIST: "texts separated by |",
        Kind.BOOLEAN: "true or false",
        Kind.WHOLE: "a whole number",
        Kind.DECIMAL: "a number with a decimal point",
        Kind.MONEY: "an amount such as 31.50 (at most two decimals)",
        Kind.DATE: "a date such as 2026-11-23 (YYYY-MM-DD)",
    }
)

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]*)?")
_MONEY = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{0,2}0*)?")
_NUL = re.compile("\0")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def describe_column(column: Column) -> str:
    """Return what a cell of `column` must be, as the end of "... expected"."""
    if column.name in _TEXT_FORMATS:
        return _TEXT_FORMATS[column.name].sentence
    if column.kind is Kind.CHOICE:
        return "one of " + ", ".join(column.choices)
    sentence = _KIND_SENTENCES[column.kind]
    if column.minimum is None or column.maximum is None:
        return sentence
    return f"{sentence} from {column.minimum:,.0f} to {column.maximum:,.0f}"


def parse_cell(column: Column, text: str) -> CellValue:
    """Return the value of a cell; a blank cell gives the column's default.

    Space around the text does not count. Money comes back in cents. None stands
    for a missing number or date; a missing text is "".
    Raises BadCell when the text does not fit the column.
    """
    text = text.strip()
    if "\0" in text:
        raise BadCell("a text without NUL characters")
    if not text and column.required:
        raise BadCell(f"{describe_column(column)} (a value is required)")
    if not text:
        text = column.default or ""
    if not text:
        return "" if column.kind in {Kind.TEXT, Kind.LIST, Kind.CHOICE} else None
    return _PARSERS[column.kind](column, text)


def parse_texts(column: Column, texts: Sequence[str]) -> tuple[list[CellValue], dict[int, str]]:
    """Return the value of each cell as `parse_cell` does, None where it is bad.

    Beside them, by the place of each bad cell, what was expected.
    """
    plain = _strip_texts(column, texts)
    if plain is not None:
        return plain, {}
    values: list[CellValue] = []
    expected: dict[int, str] = {}
    for place, text in enumerate(texts):
        try:
            values.append(parse_cell(column, text))
        except BadCell as fault:
            values.append(None)
            expected[place] = fault.expected
    return values, expected


def _strip_texts(column: Column, texts: Sequence[str]) -> list[CellValue] | None:
    """Return the values of cells that are plain and good, None where one may not be.

    A hundred thousand names and addresses all differ: no step of them is in Python here.
    """
    if column.kind is not Kind.TEXT:
        return None
    stripped = list(map(str.strip, texts))
    if "" in stripped and (column.required or column.default):
        return None
    form = _TEXT_FORMATS.get(column.name)
    if form is not None and not all(map(form.pattern.fullmatch, filter(None, stripped))):
        return None
    return None if any(map(_NUL.search, stripped)) else [*stripped]


def _parse_text(column: Column, text: str) -> str:
    form = _TEXT_FORMATS.get(column.name)
    if form is not None and not form.pattern.fullmatch(text):
        raise BadCell(describe_column(column))
    return text


def _parse_list(_column: Column, text: str) -> str:
    return "|".join(sorted({part.strip() for part in text.split("|")} - {""}))


def _parse_choice(column: Column, text: str) -> str:
    choice = text.lower()
    if choice not in column.choices:
        raise BadCell(describe_column(column))
    return choice


def _parse_boolean(column: Column, text: str) -> bool:
    # Spreadsheets write TRUE and FALSE.
    if text.lower() not in {"true", "false"}:
        raise BadCell(describe_column(column))
    return text.lower() == "true"


def _parse_whole(column: Column, text: str) -> int:
    return int(_parse_number(column, text, _WHOLE))


def _parse_decimal(column: Column, text: str) -> float:
    return float(_parse_number(column, text, _DECIMAL))


def _parse_money(column: Column, text: str) -> int:
    return int(_parse_number(column, text, _MONEY) * 100)


def _parse_number(column: Column, text: str, pattern: re.Pattern[str]) -> Decimal:
    if not pattern.fullmatch(text):
        raise BadCell(describe_column(column))
    number = Decimal(text)
    too_small = column.minimum is not None and number < Decimal(column.minimum)
    too_large = column.maximum is not None and number > Decimal(column.maximum)
    if too_small or too_large:
        raise BadCell(describe_column(column))
    return number


def _parse_date(column: Column, text: str) -> date:
    if not _DATE.fullmatch(text):
        raise BadCell(describe_column(column))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadCell(describe_column(column)) from None


_PARSERS: Mapping[Kind, Callable[[Column, str], CellValue]] = MappingProxyType(
    {
        Kind.TEXT: _parse_text,
        Kind.LIST: _parse_list,
        Kind.CHOICE: _parse_choice,
        Kind.BOOLEAN: _parse_boolean,
        Kind.WHOLE: _parse_whole,
        Kind.DECIMAL: _parse_decimal,
        Kind.MONEY: _parse_money,
        Kind.DATE: _parse_date,
    }
)
