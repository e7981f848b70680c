"""Puts a folder of files in place whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError


class OccupiedFolder(AppError):
    """The output path holds something else than earlier output; it was left as it is."""

    def __init__(self, path: Path, found: str) -> None:
        self.path = path
        self.found = found
        super().__init__(f"{path} holds {found}; give a new folder, or one with only such output")


def check_output_folder(out: Path, files: Set[str]) -> None:
    """Raise OccupiedFolder unless `out` is free, empty, or holds only `files`."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise OccupiedFolder(out, "a file")
    others = sorted(path.name for path in out.iterdir() if path.name not in files)
    if others:
        raise OccupiedFolder(out, others[0])


@contextmanager
def replacing_folder(out: Path, files: Set[str]) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `out` when the block ends well.

    When the block raises, `out` stays as it was.
    Raises OccupiedFolder when `out` holds anything but `files`.
    """
    out = out.absolute()
    check_output_folder(out, files)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Written beside the target, so that moving it in place is a rename on one disk.
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as name:
        fresh = Path(name) / "fresh"
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.rename(Path(name) / "replaced")
        fresh.rename(out)
