"""Unpacks an uploaded zip, trusting nothing that it says about itself.

Names in the archive are never used as paths; sizes are counted while unpacking, whatever the
directory of the archive promises.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_ENTRIES = 200
MAX_RATIO = 200
"""Most times that an entry may be larger than packed; tables pack five to thirty times."""

_SMALL = 1 << 20
"""Below this an entry is harmless, whatever its ratio."""

_BLOCK_BYTES = 1 << 20
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class BadArchive(Exception):
    """A zip is broken or hostile: what stands at which entry, and what was expected."""

    def __init__(self, entry: str, expected: str) -> None:
        self.entry = entry
        self.expected = expected
        super().__init__(f"{entry}: {expected}")


@dataclass(frozen=True)
class Entry:
    """A CSV file of an archive; `name` is without its folder."""

    name: str
    blocks: Iterator[bytes]


def unpack(path: Path, *, max_bytes: int) -> Iterator[Entry]:
    """Yield the CSV files of the zip at `path`; their blocks are to be read in turn.

    max_bytes  of all entries together, unpacked

    Raises BadArchive, before the first entry for all that the directory tells.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _choose(archive.infolist(), max_bytes)
            left = max_bytes
            for info in wanted:
                counted = _Counted(archive, info, left)
                yield Entry(PurePosixPath(info.filename).name, iter(counted))
                left = counted.left
    except _FAULTS as fault:
        raise BadArchive("the archive", "a zip that is whole") from fault


class _Counted:
    """The blocks of an entry; `left` is what the others may still take."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> None:
        self._archive = archive
        self._info = info
        self.left = left

    def __iter__(self) -> Iterator[bytes]:
        # Whoever takes the blocks runs this, so the faults are caught here too.
        try:
            with self._archive.open(self._info) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    self.left -= len(block)
                    if self.left < 0:
                        raise BadArchive(self._info.filename, "no more than its directory says")
                    yield block
        except _FAULTS as fault:
            raise BadArchive(self._info.filename, "an entry that is whole") from fault


def _choose(infos: list[zipfile.ZipInfo], max_bytes: int) -> list[zipfile.ZipInfo]:
    """Return the CSV files among the entries, once all of them are harmless."""
    if len(infos) > MAX_ENTRIES:
        raise BadArchive(f"{len(infos):,} entries", f"at most {MAX_ENTRIES}")
    for info in infos:
        expected = _find_fault(info)
        if expected is not None:
            raise BadArchive(info.filename, expected)
    if sum(info.file_size for info in infos) > max_bytes:
        unpacked = sum(info.file_size for info in infos)
        raise BadArchive(f"{unpacked:,} bytes unpacked", f"at most {max_bytes:,}")
    wanted = [info for info in infos if _is_table(info)]
    names = Counter(PurePosixPath(info.filename).name.lower() for info in wanted)
    for name, count in names.items():
        if count > 1:
            raise BadArchive(name, "each file once, whatever its folder")
    return wanted


def _find_fault(info: zipfile.ZipInfo) -> str | None:
    """Return what an entry should be and is not; None when it is harmless."""
    path = PurePosixPath(info.filename.replace("\\", "/"))
    kind = stat.S_IFMT(info.external_attr >> 16)
    faults = {
        "a path inside the archive": path.is_absolute()
        or ".." in path.parts
        or any(sign in info.filename for sign in ":\0"),
        "a file, not a link or a device": kind not in {0, stat.S_IFREG, stat.S_IFDIR},
        "a file without a password": info.flag_bits & _ENCRYPTED,
        "no archive inside the archive": path.suffix.lower() == ".zip",
        "a file packed by deflate, as every common program does": info.compress_type
        not in _METHODS,
        f"a file that is packed at most {MAX_RATIO} times": info.file_size
        > max(_SMALL, MAX_RATIO * info.compress_size),
    }
    return next((expected for expected, is_fault in faults.items() if is_fault), None)


def _is_table(info: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a CSV file; what systems add of themselves starts with a dot."""
    path = PurePosixPath(info.filename)
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not info.is_dir() and not is_hidden and path.suffix.lower() in {".csv", ".txt"}
