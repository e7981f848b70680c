"""Puts a folder of files in place whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError


class UnusableOutput(AppError):
    """Nothing can be written at the output path."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} cannot be written: {reason}")


class OccupiedFolder(AppError):
    """The output path holds something else than earlier output; it was left as it is."""

    def __init__(self, path: Path, found: str) -> None:
        self.path = path
        self.found = found
        super().__init__(f"{path} holds {found}; give a new folder, or one with only such output")


def check_output_place(out: Path) -> None:
    """Raise UnusableOutput unless a file or folder `out` can be made, folders above included.

    Asked before long work, so that its result has where to go.
    """
    whole = out.absolute()
    above = next(path for path in (whole, *whole.parents) if path.exists())
    if above == whole and not above.is_dir():
        above = whole.parent
    if not above.is_dir():
        raise UnusableOutput(out, f"{above} is a file")
    if not os.access(above, os.W_OK | os.X_OK):
        raise UnusableOutput(out, f"no permission to write in {above}")


def check_output_folder(out: Path, files: Set[str]) -> None:
    """Refuse an `out` that cannot be made, or that holds anything but `files`.

    Raises UnusableOutput or OccupiedFolder.
    """
    check_output_place(out)
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise OccupiedFolder(out, "a file")
    others = sorted(path.name for path in out.iterdir() if path.name not in files)
    if others:
        raise OccupiedFolder(out, others[0])


@contextmanager
def replacing_folder(out: Path, files: Set[str]) -> Iterator[Path]:
    """Yield an empty folder whose files take the place of those in `out` when the block ends well.

    When the block raises, `out` stays as it was. A folder that exists is kept and only its
    files change: it may be a link, a mounted disk, or where somebody's shell stands.
    Raises UnusableOutput or OccupiedFolder as `check_output_folder` does.
    """
    out = out.absolute()
    check_output_folder(out, files)
    is_new = not out.exists()
    out.parent.mkdir(parents=True, exist_ok=True)
    # Written on the target's disk, so that moving a file in place is a rename.
    beside = out.parent if is_new else out
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=beside) as name:
        fresh = Path(name) / "fresh"
        fresh.mkdir()
        yield fresh
        if is_new:
            fresh.rename(out)
            return
        written = {path.name for path in fresh.iterdir()}
        for file in written:
            (fresh / file).replace(out / file)
        for file in files - written:
            (out / file).unlink(missing_ok=True)
