"""Files that are too much of something: refused by place, whatever they hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.importing.blocks import MAX_LINE_CHARACTERS
from app.importing.column_guess import guess_columns, guess_table
from app.importing.encoding import detect_encoding
from app.importing.folder import read_tables
from app.importing.header import MAX_COLUMNS, MAX_HEADER_CHARACTERS
from app.importing.problems import CellProblem, ProblemLog
from app.importing.source import SourceFile
from solver.roster import TABLES

HEADER = "client_id,name\n"


def read(path: Path, data: str | bytes) -> list[CellProblem]:
    file = path / "clients.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    log = ProblemLog()
    read_tables({"clients": SourceFile(file.name, file)}, log, [])
    return list(log.problems)


@pytest.mark.parametrize(
    ("data", "line", "expected"),
    [
        ("x" * (MAX_HEADER_CHARACTERS + 1), 1, "a header row of at most 65,536 characters"),
        ("a," * MAX_COLUMNS + "b\n", 1, "at most 500 columns"),
        (HEADER + "K1,a\nK2," + "x" * MAX_LINE_CHARACTERS, 3, "at most 1,048,576 characters"),
        (HEADER + f'K1,"{"x" * 140_000}"\n', 2, "quotes closed"),
        (HEADER + "K1,a\0b\n", 2, "without NUL"),
        (HEADER.encode() + b"K1,a\nK2,\x81\xff\n", 3, "UTF-8, UTF-16 or cp1252"),
        (HEADER.encode("utf-16")[:-1], None, "UTF-8, UTF-16 or cp1252"),
    ],
    ids=["header", "columns", "line", "cell", "NUL", "no text", "half a character"],
)
def test_too_much_is_refused_by_place(
    tmp_path: Path, data: str | bytes, line: int | None, expected: str
) -> None:
    """Check 15: each with its place, and nothing of the file is used."""
    problem = read(tmp_path, data)[0]
    assert (problem.file, problem.line) == ("clients.csv", line)
    assert expected in problem.expected


def test_line_of_wrong_bytes_is_found_across_blocks(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("é\n".encode() * 400_000 + "é".encode("cp1252") + b"\n")
    assert detect_encoding(file) == "cp1252"
    problem = read(tmp_path, b"\xc3\xa9\n" * 600_000 + b"\x81\xff\n")[0]
    assert problem.line == 600_001


_HELD = """
import resource, sys
from pathlib import Path
from app.importing.folder import read_tables
from app.importing.problems import ProblemLog
from app.importing.source import SourceFile
path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
log = ProblemLog()
read_tables({"clients": SourceFile(path.name, path)}, log, [])
print(len(log.problems), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_an_endless_line(tmp_path: Path) -> None:
    """Check 15: 96 MB in one line take a process less than half of that."""
    file = tmp_path / "clients.csv"
    with file.open("wb") as stream:
        stream.write(HEADER.encode())
        stream.truncate(96 * 1024 * 1024)
    command = [sys.executable, "-c", _HELD, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    num_problems, grown_kb = map(int, done.stdout.split())
    assert num_problems == 1
    assert grown_kb < 48 * 1024


def test_columns_of_other_systems_are_guessed() -> None:
    header = ("freelancer id", "display name", "e-mail address", "weekly hours", "rate", "notes")
    table = guess_table("export 2026.csv", header)
    assert table.name == "contractors"
    assert guess_columns(table, header) == {
        "contractor_id": "freelancer id",
        "name": "display name",
        "email": "e-mail address",
        "max_weekly_hours": "weekly hours",
        "pay_rate": "rate",
    }


def test_names_of_the_format_are_guessed_as_themselves() -> None:
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert guess_columns(table, names) == dict(zip(names, names, strict=True))
