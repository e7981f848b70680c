"""A disk without room: a small file system that is full, or a limit where mounting is forbidden."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 256 * 1024
FILLER = "filler"
"""The file that takes all the room."""

ALLOW_ROWS = "DROP FUNCTION refuse() CASCADE"
"""Takes back what `refuse_rows` did."""


def refuse_rows(table: str) -> str:
    """Return statements after which a table takes no row, as where the database has no room."""
    return f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse();
    """


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small file system on `folder` while the block runs; yield whether it may be."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and not subprocess.run(command, check=False).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def without_room(folder: Path, *, most_bytes: int = 0) -> Iterator[None]:
    """Let no file in `folder` grow while the block runs: no room on its disk, else by a limit.

    most_bytes  what any file may have under that limit, such as one that takes the log
    """
    if os.path.ismount(folder):
        _fill(folder / FILLER)
        yield
        (folder / FILLER).unlink()
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores the signal: a write beyond the limit fails like one on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
