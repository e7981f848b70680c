"""Codenames that a person types: set apart by commas or lines, found whatever their case."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

Projects = Sequence[tuple[str, str]]
"""(project_id, codename) of the projects that may be named."""

_MOST_SAID = 3


def find_named(text: str, projects: Projects) -> tuple[tuple[str, ...], str]:
    """Return the ids behind the names, and a sentence on those that are unknown, else ""."""
    ids_by_name: dict[str, list[str]] = {}
    for project_id, codename in projects:
        for name in {codename, project_id}:
            ids_by_name.setdefault(name.casefold(), []).append(project_id)
    wanted = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    unknown = [name for name in wanted if name.casefold() not in ids_by_name]
    codenames = [codename for _, codename in projects]
    problem = " ".join(_say_unknown(name, codenames) for name in unknown[:_MOST_SAID])
    found = {one for name in wanted for one in ids_by_name.get(name.casefold(), ())}
    return tuple(sorted(found)), problem


def _say_unknown(name: str, codenames: list[str]) -> str:
    near = get_close_matches(name, codenames, n=2)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"No project is called {name[:40]}.{hint}"
