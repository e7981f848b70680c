"""Whatever stands in a file, reading ends in a roster or in named faults, never otherwise."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importing import FolderRejected, read_folder

TINY = Path(__file__).parents[3] / "sample_data" / "tiny"
FILES = {path.name: path.read_bytes() for path in TINY.glob("*.csv")}

pieces = st.sampled_from(
    [b"\0", b'"', b",", b";", b"\n", b"\r", b"\xff", b"\x81", b"=1", b"\t", b" "]
)


def read_with(file: str, data: bytes) -> FolderRejected | None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for other, content in FILES.items():
            (folder / other).write_bytes(data if other == file else content)
        try:
            read_folder(folder)
        except FolderRejected as rejected:
            return rejected
    return None


@given(file=st.sampled_from(sorted(FILES)), data=st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_random_bytes_are_refused_with_a_fault_of_that_file(file: str, data: bytes) -> None:
    rejected = read_with(file, data)
    assert rejected is not None
    assert any(problem.file == file for problem in rejected.problems)


@given(file=st.sampled_from(sorted(FILES)), piece=pieces, data=st.data())
@settings(max_examples=80, deadline=None)
def test_byte_slipped_in_anywhere_raises_nothing_else(
    file: str, piece: bytes, data: st.DataObject
) -> None:
    content = FILES[file]
    place = data.draw(st.integers(0, len(content)))
    rejected = read_with(file, content[:place] + piece + content[place:])
    if rejected is not None:
        assert all(problem.expected for problem in rejected.problems)


@pytest.mark.parametrize("file", sorted(FILES))
def test_untouched_folder_is_accepted(file: str) -> None:
    assert read_with(file, FILES[file]) is None
