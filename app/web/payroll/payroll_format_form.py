"""The forms of payroll formats: read, filled in, and a first guess of what columns hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.errors import InvalidValue
from app.exports.payroll_formats.catalog import FORMATS
from app.exports.payroll_formats.column_map import ColumnMap, MapColumn, read_map, write_map
from app.exports.payroll_formats.map_fields import FIELDS, PAY_CODES, Notation
from app.exports.payroll_formats.template_header import MAX_COLUMNS, TemplateHeader
from app.services.payroll.receiver_formats import COLUMNS, find_problems
from solver.errors import Problem

DELIMITER_KEYS: Mapping[str, str] = MappingProxyType(
    {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
)
LINE_END_KEYS: Mapping[str, str] = MappingProxyType({"crlf": "\r\n", "lf": "\n"})
"""Words in place of characters that a form would lose."""

CONSTANT = "constant"
_MAP_FIELDS = (
    "header",
    "encoding",
    "delimiter",
    "line_end",
    "quote_all",
    "adjustments",
    "date_format",
    "decimal_mark",
    "hours_format",
    *(f"pay_code_{kind}" for kind in PAY_CODES),
)

_GUESSES: Mapping[str, str] = MappingProxyType(
    {
        "payroll_id": "id,employee id,employee number,worker id,file #,emp id,emp no,payroll id,"
        "personnel number,personalnummer,matricule",
        "contractor": "name,employee,employee name,full name",
        "first_name": "first name,firstname,first_name,vorname,prénom",
        "last_name": "last name,lastname,last_name,surname,nachname,nom",
        "codename": "project,job,job number,cost center,project code,codename",
        "pay_code": "pay code,code,earning,earning code,pay component,wage type,lohnart",
        "hours": "hours,total hours,quantity,stunden,heures,units",
        "regular_hours": "regular hours,reg hours,regular_hours",
        "overtime_hours": "overtime hours,o/t hours,ot hours,overtime_hours",
        "rate": "rate,pay rate,hourly rate",
        "amount": "amount,total,gross,pay,betrag,montant",
        "currency": "currency,cur,währung",
        "starts_on": "from,start,start date,period start",
        "ends_on": "to,end,date,end date,period end,datum",
        "batch_number": "batch,batch id,batch number",
    }
)


@dataclass(frozen=True)
class FormatForm:
    """What the editor of a format holds.

    settings  as they are stored, faults in them included
    errors    field -> what is wrong with it; fields of a column map are `field_3`, `constant_3`
    """

    kind: str
    name: str
    version: str
    settings: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def column_map(self) -> ColumnMap:
        """The column map of the settings."""
        return read_map(self.settings)


def list_form_fields(kind: str) -> tuple[str, ...]:
    """Return the names of all fields that a form of this kind may send."""
    if kind != COLUMNS:
        return ("kind", "name", "version", *(one.name for one in FORMATS[kind].fields))
    columns = (f"{part}_{place}" for place in range(MAX_COLUMNS) for part in ("field", "constant"))
    return ("kind", "name", "version", *_MAP_FIELDS, *columns)


def fill_new(kind: str) -> FormatForm:
    """Return the form of a new format of a receiver that is always there."""
    payroll_format = FORMATS[kind]
    settings = {one.name: one.default for one in payroll_format.fields}
    return FormatForm(kind, payroll_format.title, "0", settings)


def fill_from_template(header: TemplateHeader) -> FormatForm:
    """Return the form of a new column map for a template."""
    column_map = ColumnMap(
        header=header.content,
        encoding=header.encoding,
        delimiter=header.delimiter,
        line_end=header.line_end,
        columns=tuple(MapColumn(guess_field(name)) for name in header.names),
        notation=Notation(decimal_mark="," if header.delimiter == ";" else "."),
    )
    return FormatForm(COLUMNS, "", "0", write_map(column_map))


def guess_field(name: str) -> str:
    """Return the field that a column of this name most likely wants; "" for none."""
    plain = " ".join(name.strip().lower().split())
    if plain in FIELDS:
        return plain
    return next((key for key, names in _GUESSES.items() if plain in names.split(",")), "")


def read_format_form(form: Mapping[str, str], kind: str) -> FormatForm:
    """Return what the editor holds, with a sentence at each field that cannot be used."""
    settings = _read_map_settings(form) if kind == COLUMNS else _read_settings(form, kind)
    errors = {place: f"{expected} expected." for place, expected in _list_faults(kind, settings)}
    name = form.get("name", "")
    return FormatForm(kind, name, form.get("version", "0"), settings, errors)


def _list_faults(kind: str, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems: list[Problem] = find_problems(kind, settings)
    return [
        (problem.place, problem.expected[0].upper() + problem.expected[1:]) for problem in problems
    ]


def _read_settings(form: Mapping[str, str], kind: str) -> dict[str, str]:
    return {one.name: form.get(one.name, "") for one in FORMATS[kind].fields}


def _read_map_settings(form: Mapping[str, str]) -> dict[str, Any]:
    columns: list[list[str]] = []
    while f"field_{len(columns)}" in form:
        place = len(columns)
        chosen = form[f"field_{place}"]
        constant = form.get(f"constant_{place}", "") if chosen == CONSTANT else ""
        columns.append(["" if chosen == CONSTANT else chosen, constant])
    return {
        "header": _read_hex(form.get("header", "")),
        "encoding": form.get("encoding", ""),
        "delimiter": DELIMITER_KEYS.get(form.get("delimiter", ""), ""),
        "line_end": LINE_END_KEYS.get(form.get("line_end", ""), ""),
        "quote_all": form.get("quote_all") == "yes",
        "adjustments": form.get("adjustments", ""),
        "date_format": form.get("date_format", ""),
        "decimal_mark": form.get("decimal_mark", ""),
        "hours_format": form.get("hours_format", ""),
        "pay_codes": {
            kind: code for kind in PAY_CODES if (code := form.get(f"pay_code_{kind}", ""))
        },
        "columns": columns,
    }


def _read_hex(text: str) -> str:
    try:
        bytes.fromhex(text)
    except ValueError:
        raise InvalidValue("header", text[:20], "the header that the page shows") from None
    return text
