"""Files are taken apart block by block; whatever the blocks, the rows are those of a CSV parser."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importing import blocks
from app.importing.blocks import read_blocks, split_plain
from app.importing.problems import ProblemLog
from app.importing.raw_reading import read_raw_table
from app.importing.raw_table import RawTable
from app.importing.source import SourceFile
from solver.roster import TABLES

HEAD = "client_id,name\n"
PARTS = ["K1,Ada\n", "K2,Bo\r\n", '"K3","Cy, Di"\n', '"K\n4",Di\n', "K5, Ed\n", "\n", ",\n"]
BROKEN = [*PARTS, '"', ",", "\r", " ", "K6\n", "\0", "\u2028"]


def read(folder: Path, body: str, log: ProblemLog) -> RawTable:
    file = folder / "clients.csv"
    file.write_text(HEAD + body, encoding="utf-8", newline="")
    found = read_raw_table(SourceFile(file.name, file), TABLES["clients"], log, [])
    assert found is not None
    return found[0]


def list_rows(raw: RawTable) -> list[tuple[int, list[str]]]:
    return [(line, raw.get_record(place)) for place, line in enumerate(raw.lines.tolist())]


@given(parts=st.lists(st.sampled_from(BROKEN), max_size=25), size=st.integers(1, 40))
@settings(max_examples=150)
def test_rows_do_not_depend_on_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], size: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole, cut = ProblemLog(), ProblemLog()
    expected = list_rows(read(folder, "".join(parts), whole))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK_CHARACTERS", size)
        assert list_rows(read(folder, "".join(parts), cut)) == expected
    assert cut.problems == whole.problems


@given(body=st.lists(st.sampled_from(BROKEN), min_size=1, max_size=12).map("".join))
def test_plain_block_holds_what_a_parser_finds(body: str) -> None:
    found = split_plain(body, ",", 2)
    if found is not None:
        rows = csv.reader(StringIO(body, newline=""), skipinitialspace=True, strict=True)
        assert list(zip(*found, strict=True)) == [tuple(row) for row in rows]


def test_plain_rows_need_no_parser() -> None:
    assert split_plain("K1,Ada\r\nK2,\r\n", ",", 2) == [["K1", "K2"], ["Ada", ""]]
    assert split_plain("K1", ",", 1) == [["K1"]]


@pytest.mark.parametrize(
    "block",
    ['K1,"Ada"\n', "K1, Ada\n", " K1,Ada\n", "K1,Ada\n\n", "K1,Ada\n,\n", "K1\n", "K1,A\rK2,B\n"],
)
def test_what_is_not_plain_is_left_to_the_parser(block: str) -> None:
    assert split_plain(block, ",", 2) is None


def test_cell_beyond_the_limit_is_left_to_the_parser() -> None:
    assert split_plain(f"K1,{'x' * csv.field_size_limit()}\n", ",", 2) is None


def test_quoted_cell_goes_on_in_the_next_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_CHARACTERS", 8)
    log = ProblemLog()
    raw = read(tmp_path, 'K1,Ada\nK2,"B\nlong\nlonger"\nK3,Cy\n', log)
    assert list_rows(raw) == [
        (2, ["K1", "Ada"]),
        (3, ["K2", "B\nlong\nlonger"]),
        (6, ["K3", "Cy"]),
    ]
    assert raw.complete
    assert not log.problems


def test_blocks_end_where_lines_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_CHARACTERS", 3)
    text = "one\r\ntwo\nlast"
    found = list(read_blocks(StringIO(text, newline="")))
    assert found == ["one\r\n", "two\n", "last"]
