"""Reading what the wheels of an environment say of themselves."""

from __future__ import annotations

import csv
import re
from importlib.metadata import Distribution
from pathlib import Path
from typing import NamedTuple

_ITS_OWN_COMMAND = ("console_scripts", "gui_scripts")


class Wheel(NamedTuple):
    """One installed distribution.

    files    paths as its RECORD names them, relative to site-packages
    plugins  groups of entry points, by which other programs load its code of their own accord
    """

    name: str
    version: str
    files: tuple[str, ...]
    plugins: frozenset[str]


def find_site(environment: Path) -> Path:
    """Return the folder site-packages of a virtual environment.

    Raises FileNotFoundError when there is none.
    """
    for site in sorted(environment.glob("lib/python3.*/site-packages")):
        return site
    raise FileNotFoundError(f"{environment} has no lib/python3.*/site-packages")


def list_wheels(site: Path) -> list[Wheel]:
    """Return every distribution of a folder site-packages, by name."""
    return sorted(_read_wheel(folder) for folder in site.glob("*.dist-info"))


def normalise(name: str) -> str:
    """Return a distribution's name in the one way of writing that indexes use."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_wheel(folder: Path) -> Wheel:
    distribution = Distribution.at(folder)
    groups = {point.group for point in distribution.entry_points}
    with (folder / "RECORD").open(encoding="utf-8", newline="") as record:
        files = tuple(row[0] for row in csv.reader(record) if row)
    return Wheel(
        name=normalise(distribution.metadata["Name"]),
        version=distribution.version,
        files=files,
        plugins=frozenset(groups.difference(_ITS_OWN_COMMAND)),
    )
