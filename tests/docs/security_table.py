"""The table of docs/security.md: read, and written anew from what the tests say of themselves.

    python -m tests.docs.security_table

A test that proves a numbered check says so in its docstring: `Check 38: ...`. Who adds one
runs this; what each check says, and whether it is proved, stays with people.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
GAP = "not proved yet"

_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
_PROOF = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")
_MENTION = re.compile(r"\bChecks? (\d+(?:(?:, | and )\d+)*)")


def read_rows() -> list[tuple[int, str]]:
    """Return number and last cell of each row."""
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [(int(number), cell) for number, _what, cell in rows]


def list_proofs(cell: str) -> list[str]:
    """Return the tests that a cell names, as `path::name`."""
    return _PROOF.findall(cell)


def read_tests(folder: Path = ROOT / "tests") -> dict[str, set[int]]:
    """Return each test below `folder`, as `path::name`, with the checks that it says it proves."""
    return {
        f"{path.relative_to(ROOT).as_posix()}::{node.name}": set(_list_checks(node))
        for path in sorted(folder.rglob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _list_checks(test: ast.FunctionDef) -> Iterator[int]:
    for numbers in _MENTION.findall(ast.get_docstring(test) or ""):
        yield from map(int, re.findall(r"\d+", numbers))


def write_rows() -> None:
    """Put into each row the tests that name its check, in the order of their paths."""
    proofs: defaultdict[int, list[str]] = defaultdict(list)
    for test, checks in read_tests().items():
        for check in checks:
            proofs[check].append(f"`{test}`")

    def fill(row: re.Match[str]) -> str:
        cell = "<br>".join(proofs[int(row[1])]) or GAP
        return f"| {row[1]} | {row[2]} | {cell} |"

    PAGE.write_text(_ROW.sub(fill, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_rows()
