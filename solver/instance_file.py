"""Instance and solution files (data-format.md, section 3): JSON, gzipped when named .gz.

Reading collects every fault of the file and raises one InvalidInput with all of
them; a faulty value stands in as its default meanwhile, so that the faults
after it are still found.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np

from solver.errors import InvalidInput, Problem
from solver.group_tables import PAIR_KEYS, add_groups
from solver.instance import NO_CLIENT, NO_LIMIT, Instance
from solver.instance_checks import MAX_INT32, find_problems
from solver.instance_tables import EXTENDED_VERSION, read_tables
from solver.json_reader import REQUIRED, JsonReader, show
from solver.policy import PEOPLE_FIRST, POLICIES, Policy, Tier
from solver.result import Assignments

INSTANCE_FORMAT = "redeploy-instance"
SOLUTION_FORMAT = "redeploy-solution"
VERSION = 1

_KEYS = (
    "format",
    "version",
    "name",
    "weeks",
    "policy",
    "switch_cost",
    "contractors",
    "projects",
    "pairs",
    "walls",
    "pins",
)


def read_instance(path: Path) -> tuple[Instance, Policy]:
    """Return the instance of the file and the policy that it asks for.

    Raises InvalidInput with every fault found.
    """
    reader = JsonReader()
    loaded = _load(path)
    is_extended = isinstance(loaded, dict) and loaded.get("version") == EXTENDED_VERSION
    keys = (*_KEYS, *PAIR_KEYS) if is_extended else _KEYS
    document = reader.read_object(loaded, "file", keys)
    _read_header(reader, document, INSTANCE_FORMAT, (VERSION, EXTENDED_VERSION))
    tiers = _read_tiers(reader, document)
    instance = read_tables(reader, document)
    problems = reader.problems + list(find_problems(instance))
    if problems:
        raise InvalidInput(problems)
    return instance, _build_policy(tiers, instance.switch_cost)


def write_instance(path: Path, instance: Instance, policy: Policy) -> None:
    """Write an instance file that `read_instance` turns into the same instance."""
    _dump(path, build_document(instance, policy))


def write_solution(path: Path, assignments: Assignments, certificate: Mapping[str, object]) -> None:
    """Write a solution file."""
    _dump(
        path,
        {
            "format": SOLUTION_FORMAT,
            "version": VERSION,
            "assignments": assignments.rows(),
            "certificate": dict(certificate),
        },
    )


def read_solution(path: Path) -> tuple[Assignments, dict[str, object] | None]:
    """Return the plan of a solution file and the certificate it claims, None without one.

    Only the form is judged here; whether the plan is right is the checker's business.
    Raises InvalidInput with every fault found.
    """
    reader = JsonReader()
    document = reader.read_object(
        _load(path), "file", ("format", "version", "assignments", "certificate")
    )
    _read_header(reader, document, SOLUTION_FORMAT, (VERSION,))
    rows = reader.read_list(document, "assignments", REQUIRED)
    table = reader.read_table(rows, "assignments", 3)
    for row in np.flatnonzero(np.any((table < -MAX_INT32) | (table > MAX_INT32), axis=1)).tolist():
        reader.fail(f"assignments[{row}]", str(table[row].tolist()), "indices and hours a week")
    certificate = document.get("certificate")
    if certificate is not None and not isinstance(certificate, dict):
        reader.fail("certificate", show(certificate), "an object")
        certificate = None
    reader.raise_problems()
    return Assignments.build([(a, b, c) for a, b, c in table.tolist()]), certificate


def _read_header(
    reader: JsonReader,
    document: Mapping[str, object],
    format_name: str,
    versions: tuple[int, ...],
) -> None:
    if document.get("format") != format_name:
        reader.fail("format", show(document.get("format")), repr(format_name))
    version = document.get("version")
    if type(version) is not int or version not in versions:
        reader.fail("version", show(version), " or ".join(map(str, versions)))


def _read_tiers(reader: JsonReader, document: Mapping[str, object]) -> tuple[Tier, ...]:
    names = document.get("policy", [tier.value for tier in PEOPLE_FIRST.tiers])
    known = {tier.value: tier for tier in Tier}
    if isinstance(names, list) and sorted(map(str, names)) == sorted(known):
        return tuple(known[str(name)] for name in names)
    reader.fail("policy", show(names), "each of coverage, hours, fit once, in a list")
    return PEOPLE_FIRST.tiers


def build_document(instance: Instance, policy: Policy) -> dict[str, object]:
    """Return the instance as the JSON document of its file, of version 1 where that can say it."""
    return build_outline(instance, policy) | {"pairs": list_pairs(instance, 0, instance.num_pairs)}


def list_pairs(instance: Instance, first: int, last: int) -> list[list[int]]:
    """Return the pairs `first` to `last`, without the latter, as the file has them."""
    pairs: list[list[int]] = np.stack(
        [
            column[first:last]
            for column in (
                instance.pair_contractor,
                instance.pair_project,
                instance.pair_fit,
                instance.pair_rate_cents,
            )
        ],
        axis=1,
    ).tolist()
    return pairs


def build_outline(instance: Instance, policy: Policy) -> dict[str, object]:
    """Return the document without its pairs, which may be tens of millions."""
    is_extended = instance.groups is not None or len(instance.today) > 0
    document: dict[str, object] = {
        "format": INSTANCE_FORMAT,
        "version": EXTENDED_VERSION if is_extended else VERSION,
        "name": instance.name,
        "weeks": instance.weeks,
        "policy": [tier.value for tier in policy.tiers],
        "switch_cost": instance.switch_cost,
        "contractors": [
            {
                "id": instance.contractor_ids[idx],
                "lost_hours": int(instance.lost_hours[idx]),
                "floor_hours": int(instance.floor_hours[idx]),
                "max_projects": int(instance.max_projects[idx]),
                "avail_days": instance.avail_days[idx].tolist(),
            }
            for idx in range(instance.num_contractors)
        ],
        "projects": [_build_project(instance, idx) for idx in range(instance.num_projects)],
        "walls": _build_walls(instance),
    }
    if len(instance.pins):
        document["pins"] = instance.pins.tolist()
    add_groups(document, instance)
    return document


def _build_project(instance: Instance, idx: int) -> dict[str, object]:
    client = int(instance.client[idx])
    return {
        "id": instance.project_ids[idx],
        "open_hours": instance.open_hours[idx].tolist(),
        "seats": _limit(instance.seats[idx]),
        "min_hours": int(instance.min_hours[idx]),
        "max_hours": int(instance.max_hours[idx]),
        "active": instance.active[idx].astype(np.int64).tolist(),
        "weekly_budget_cents": _limit(instance.weekly_budget_cents[idx]),
        "priority": int(instance.priority[idx]),
        "client": None if client == NO_CLIENT else instance.client_names[client],
    }


def _build_walls(instance: Instance) -> list[list[str]]:
    """Return the walls in one order, without clients that no project names."""
    used = set(instance.client.tolist())
    return sorted(
        sorted((instance.client_names[one], instance.client_names[other]))
        for one, other in instance.walls.tolist()
        if one in used and other in used
    )


def _limit(value: np.int64) -> int | None:
    return None if value == NO_LIMIT else int(value)


def _build_policy(tiers: tuple[Tier, ...], switch_cost: int) -> Policy:
    """Return the named policy of that order, or one called custom."""
    name = next((known.name for known in POLICIES.values() if known.tiers == tiers), "custom")
    return Policy(name, tiers, switch_cost=switch_cost)


def _load(path: Path) -> object:
    """Return the parsed JSON of a plain or gzipped file."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        return json.loads(text, object_pairs_hook=_build_object, parse_constant=_refuse_constant)
    except FileNotFoundError:
        _fail_file(path, "no such file", "a file")
    except (IsADirectoryError, PermissionError) as error:
        _fail_file(path, error.strerror or "unreadable", "a readable file")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        _fail_file(path, str(error), "a whole gzip file")
    except RecursionError:
        _fail_file(path, "too deep nesting", "JSON of the documented form")
    except ValueError as error:
        # JSONDecodeError, UnicodeDecodeError and the refusals of the two hooks below.
        _fail_file(path, str(error), "valid JSON in UTF-8")


def _fail_file(path: Path, value: str, expected: str) -> NoReturn:
    raise InvalidInput([Problem(path.name, value, expected)])


def _build_object(items: list[tuple[str, object]]) -> dict[str, object]:
    built = dict(items)
    if len(built) != len(items):
        names = [name for name, _ in items]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"key {', '.join(repeated)} given twice in one object")
    return built


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _dump(path: Path, document: object) -> None:
    """Write JSON; gzip without a time stamp, so that equal content gives equal bytes."""
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    _write_whole(path, gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)


def _write_whole(path: Path, raw: bytes) -> None:
    """Write a file whole or not at all: a full disk leaves what was there."""
    if path.exists() and not path.is_file():
        # A pipe or a terminal has no earlier content to keep.
        path.write_bytes(raw)
        return
    whole = path.resolve()
    fresh = whole.with_name(f".{whole.name}.{os.getpid()}")
    try:
        fresh.write_bytes(raw)
        fresh.replace(whole)
    finally:
        fresh.unlink(missing_ok=True)
