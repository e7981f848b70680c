"""docs/dependencies.md has each package that the project asks for, with its reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([\w-]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def list_asked_for() -> set[tuple[str, str]]:
    """Return each package of pyproject.toml with what it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {"runtime": project["project"]["dependencies"]}
    for name, packages in project["project"]["optional-dependencies"].items():
        asked[f"extra `{name}`"] = packages
    asked |= project["dependency-groups"]
    asked["build"] = project["build-system"]["requires"]
    return {
        (re.split(r"[\[<>=~!; ]", package)[0], purpose)
        for purpose, packages in asked.items()
        for package in packages
    }


def test_dependencies_page_has_a_reason_for_each_package_and_no_other() -> None:
    rows = ROW.findall((ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"))
    assert len(rows) == len({name for name, _purpose, _reason in rows})
    assert {(name, purpose) for name, purpose, _reason in rows} == list_asked_for()
