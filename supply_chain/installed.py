"""What installed wheels bring besides their packages: code that starts by itself, and commands.

A `.pth` file in site-packages runs whenever a Python of the environment starts, and so does a
module called `sitecustomize`; nobody has to import the package that brought it. A package
named like one of ours would be imported in its place, a command in `bin` be run in place of
another. Whatever of this is not on the list of what is allowed is a problem.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from supply_chain.wheels import Wheel, list_wheels

ALLOWED = Path(__file__).parent / "allowed.csv"
US = "redeploy"
OUR_PACKAGES = frozenset({"app", "solver", "migrations", "tests", "benchmarks", "supply_chain"})

_SELF_STARTING = frozenset({"sitecustomize", "usercustomize"})
_MODULES = frozenset({".py", ".so", ".pth"})
_OUTSIDE = re.compile(r"(?:\.\./)+bin/(?P<command>[^/]+)")
_HARMLESS_OUTSIDE = re.compile(r"(?:\.\./)+(?:include/site|share/man)/(?!.*\.\.).+")
_OF_THE_ENVIRONMENT = re.compile(r"python[\d.]*|[Aa]ctivate.*|deactivate\.bat|pydoc\.bat")


class Hook(NamedTuple):
    """One thing that a wheel brings; `kind` is `pth`, `file`, `command` or `plugin`.

    distribution  who brings it; `nobody` = it lies in site-packages and is of no wheel
    name          the file, the command, or the group of entry points
    sha256        of the content, of a `pth` and of a file of nobody's
    """

    kind: str
    distribution: str
    name: str
    sha256: str


def read_allowed(path: Path = ALLOWED) -> frozenset[Hook]:
    """Return what wheels may bring; the file gives the reason of each."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return frozenset(Hook(*(row[name] for name in Hook._fields)) for row in rows)


def list_hooks(site: Path, project: Path) -> frozenset[Hook]:
    """Return what the wheels of `site` bring.

    The `.pth` file by which an editable install finds `project`, and nothing else, is no hook.
    """
    return _list_hooks_of(list_wheels(site), site, project)


def list_problems(site: Path, allowed: Collection[Hook], project: Path) -> list[str]:
    """Return a sentence for each thing in `site` that nobody allowed, in order."""
    wheels = list_wheels(site)
    problems = [
        f"{hook.distribution} brings the {hook.kind} {hook.name}, which is not allowed"
        for hook in _list_hooks_of(wheels, site, project) - frozenset(allowed)
    ]
    problems += _list_odd_files(wheels)
    problems += _list_odd_roots(site)
    problems += _list_stray_commands(site, wheels)
    return sorted(problems)


def _list_hooks_of(wheels: Collection[Wheel], site: Path, project: Path) -> frozenset[Hook]:
    hooks = set(_list_root_files(site, _map_owners(wheels), project))
    for wheel in wheels:
        hooks |= {Hook("plugin", wheel.name, group, "") for group in wheel.plugins}
        commands = (_OUTSIDE.fullmatch(file) for file in wheel.files)
        hooks |= {Hook("command", wheel.name, found["command"], "") for found in commands if found}
    return frozenset(hooks)


def _map_owners(wheels: Collection[Wheel]) -> Mapping[str, list[str]]:
    """Return who brought each file; whoever brings no file of a name has no entry."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for wheel in wheels:
        for file in wheel.files:
            owners[file].append(wheel.name)
    return dict(owners)


def _list_root_files(site: Path, owners: Mapping[str, list[str]], project: Path) -> Iterator[Hook]:
    """Yield each `.pth` file, and whatever else in site-packages itself is of no wheel."""
    owned = {file.partition("/")[0] for file in owners}
    for path in site.iterdir():
        is_pth = path.suffix == ".pth"
        if path.name == "__pycache__" or (path.name in owned and not is_pth):
            continue
        content = path.read_bytes() if path.is_file() else b""
        owner = " and ".join(owners.get(path.name, ["nobody"]))
        if is_pth and owner == US and _leads_only_to(project, content):
            continue
        kind = "pth" if is_pth else "file"
        yield Hook(kind, owner, path.name, sha256(content).hexdigest())


def _leads_only_to(project: Path, content: bytes) -> bool:
    return {line.rstrip("/") for line in content.decode().split()} == {str(project)}


def _list_odd_files(wheels: Collection[Wheel]) -> Iterator[str]:
    """Yield what starts by itself wherever it lies, what two wheels bring, what lies outside."""
    for file, names in _map_owners(wheels).items():
        if len(names) > 1:
            yield f"{' and '.join(names)} both bring {file}"
        if _starts_by_itself(file):
            yield f"{names[0]} brings {file}, which starts by itself"
        is_outside = file.startswith(("/", ".."))
        if is_outside and not (_OUTSIDE.fullmatch(file) or _HARMLESS_OUTSIDE.fullmatch(file)):
            yield f"{names[0]} brings {file}, outside of site-packages"


def _list_odd_roots(site: Path) -> Iterator[str]:
    """Yield what in site-packages itself comes before something of ours, or is no module."""
    for path in site.iterdir():
        if path.name.partition(".")[0] in OUR_PACKAGES:
            yield f"{path.name} in site-packages hides a package of ours"
        if path.is_file() and path.suffix not in _MODULES:
            yield f"{path.name} in site-packages is no module"


def _list_stray_commands(site: Path, wheels: Collection[Wheel]) -> Iterator[str]:
    files = {file for wheel in wheels for file in wheel.files}
    brought = {found["command"] for found in map(_OUTSIDE.fullmatch, files) if found}
    for path in (site.parents[2] / "bin").iterdir():
        if path.name not in brought and not _OF_THE_ENVIRONMENT.fullmatch(path.name):
            yield f"the command {path.name} belongs to no wheel"


def _starts_by_itself(file: str) -> bool:
    return any(part.partition(".")[0] in _SELF_STARTING for part in file.split("/"))
