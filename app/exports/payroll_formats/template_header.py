"""Reading the header of a receiver's own template: its names, and how the file is written."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.exports.cell_safety import is_safe_id
from solver.errors import InvalidInput, Problem

MAX_HEADER_BYTES = 20_000
MAX_COLUMNS = 200

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "UTF-8",
        "cp1252": "Windows-1252 (Western Europe)",
        "utf-16-le": "UTF-16, little endian",
        "utf-16-be": "UTF-16, big endian",
    }
)
DELIMITERS: Mapping[str, str] = MappingProxyType(
    {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
)
LINE_ENDS: Mapping[str, str] = MappingProxyType({"\r\n": "CR LF (Windows)", "\n": "LF (Unix)"})

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class TemplateHeader:
    """The first line of a template.

    content   its bytes, a byte order mark included, the end of the line not
    names     of its columns, as a reader of CSV files gets them
    """

    content: bytes
    encoding: str
    delimiter: str
    line_end: str
    names: tuple[str, ...]


def read_template(content: bytes) -> TemplateHeader:
    """Return the header of a template file; only its first line is looked at.

    Raises InvalidInput saying what stands in the way.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "")
    )
    body = content[len(mark) : MAX_HEADER_BYTES]
    encoding = encoding or _guess_encoding(body)
    # A character may be cut where the bytes end; it is far behind any header that is taken.
    line, line_end = _cut_line(body.decode(encoding, errors="ignore"))
    header = mark + line.encode(encoding)
    delimiter = max(DELIMITERS, key=line.count)
    names = split_header(line, delimiter)
    problems = find_header_problems(names)
    if len(content) > MAX_HEADER_BYTES and not line_end:
        expected = f"a first line of up to {MAX_HEADER_BYTES} bytes"
        problems.append(Problem("template", f"{line[:40]}…", expected))
    if problems:
        raise InvalidInput(problems)
    return TemplateHeader(header, encoding, delimiter, line_end or "\r\n", names)


def decode_header(header: bytes, encoding: str) -> str:
    """Return the text of a header without its byte order mark."""
    for mark, name in _MARKS:
        if name == encoding:
            header = header.removeprefix(mark)
    return header.decode(encoding)


def split_header(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(next(csv.reader([line], delimiter=delimiter), ()))


def _guess_encoding(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # Not where a character was cut in two at the end.
        if error.start < len(body) - 3:
            return "cp1252"
    return "utf-8"


def _cut_line(text: str) -> tuple[str, str]:
    """Return the first line and its end; a line break inside quotes does not end it."""
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            return text[:place], "\r\n" if text[place : place + 2] == "\r\n" else "\n"
    return text, ""


def find_header_problems(names: tuple[str, ...]) -> list[Problem]:
    """Return what keeps the names of columns from being a header."""
    problems = []
    if not any(name.strip() for name in names):
        problems.append(Problem("template", "", "a header in the first line"))
    if len(names) > MAX_COLUMNS:
        problems.append(Problem("template", f"{len(names)} columns", f"up to {MAX_COLUMNS}"))
    problems += [
        Problem(f"template, column {number}", name, "a name that is no formula, on one line")
        for number, name in enumerate(names, start=1)
        if name and not is_safe_id(name)
    ]
    return problems
