"""docs/security.md names, for each numbered check, the tests that prove it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import security_table
from tests.docs.security_table import GAP, list_proofs, read_rows, read_tests

CHECKS = [*range(1, 17), *range(18, 36), *range(38, 46)]
"""The numbers that stand for something; 17, 36 and 37 were given up."""

NOT_PROVED: set[int] = set()
"""Checks without a test so far; the page says so at each of them."""


def test_security_page_has_a_row_for_every_check_and_no_other() -> None:
    assert [number for number, _cell in read_rows()] == CHECKS


def test_security_page_and_docstrings_name_the_same_tests() -> None:
    """Each named test exists, since only those that exist have a docstring."""
    named = {(number, test) for number, cell in read_rows() for test in list_proofs(cell)}
    assert named == {(number, test) for test, numbers in read_tests().items() for number in numbers}


def test_security_page_says_which_checks_are_not_proved() -> None:
    rows = read_rows()
    without_proof = {number for number, cell in rows if not list_proofs(cell)}
    assert without_proof == {number for number, cell in rows if GAP in cell} == NOT_PROVED


def test_checks_are_read_from_docstrings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_table, "ROOT", tmp_path)
    (tmp_path / "test_it.py").write_text(
        'def test_one() -> None:\n    """Check 7: so."""\n'
        'def test_more() -> None:\n    """Text.\n\n    Checks 8, 19 and 20: so."""\n'
        'def test_none() -> None:\n    """Checked 3 times."""\n'
        'def helper() -> None:\n    """Check 9: no test."""\n'
    )
    assert read_tests(tmp_path) == {
        "test_it.py::test_one": {7},
        "test_it.py::test_more": {8, 19, 20},
        "test_it.py::test_none": set(),
    }
