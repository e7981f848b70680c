"""docs/security.md names, for each numbered check, the tests that prove it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"

CHECKS = {*range(1, 17), *range(18, 36), *range(38, 46)}
"""The numbers that stand for something; 17, 36 and 37 were given up."""

NOT_PROVED = {9, 10, 12, 14, 15, 16, 21, 26, 29, 31, 38, 39, 41, 42, 43, 44}
"""Checks without a test so far; the page says so at each of them."""

_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
_PROOF = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")
_MENTION = re.compile(r"\bChecks? (\d+(?:(?:, | and )\d+)*)")
_GAP = "not proved yet"


def read_rows() -> dict[int, str]:
    """Return the last cell of each row by the number of its check."""
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len({number for number, _what, _proofs in rows}) == len(rows)
    return {int(number): proofs for number, _what, proofs in rows}


def list_named() -> set[tuple[int, str]]:
    """Return each check with each test that the page names for it."""
    return {(number, proof) for number, cell in read_rows().items() for proof in _PROOF.findall(cell)}


@cache
def list_docstrings() -> dict[str, str]:
    """Return the docstring of every test there is, by `path::name`."""
    return dict(_read_tests())


def _read_tests() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = f"{path.relative_to(ROOT).as_posix()}::{node.name}"
                yield name, ast.get_docstring(node) or ""


def list_mentioned() -> set[tuple[int, str]]:
    """Return each check with each test whose docstring names it."""
    return {
        (int(number), test)
        for test, words in list_docstrings().items()
        for numbers in _MENTION.findall(words)
        for number in re.findall(r"\d+", numbers)
    }


def test_security_page_has_a_row_for_every_check_and_no_other() -> None:
    assert set(read_rows()) == CHECKS


def test_security_page_names_tests_that_exist() -> None:
    named = {proof for _number, proof in list_named()}
    assert named - set(list_docstrings()) == set()


def test_security_page_and_docstrings_name_the_same_proofs() -> None:
    assert list_named() == list_mentioned()


def test_security_page_says_which_checks_are_not_proved() -> None:
    rows = read_rows()
    without_proof = {number for number, cell in rows.items() if not _PROOF.search(cell)}
    assert without_proof == {number for number, cell in rows.items() if _GAP in cell} == NOT_PROVED
