"""The rules between people in an instance file of version 2 (data-format.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from solver.groups import NO_LEADS, NO_TEAM, GroupRules, PairTable, build_pair_table
from solver.instance import Instance, IntArray
from solver.json_reader import JsonReader, show

CONTRACTOR_KEYS = ("team",)
PROJECT_KEYS = ("min_people", "people_per_lead", "people", "leads")
PAIR_KEYS = ("leading", "staying", "today")


def read_groups(reader: JsonReader, document: Mapping[str, object]) -> GroupRules | None:
    """Return the rules between people, None where nothing is asked."""
    names: dict[str, int] = {}
    team = []
    for place, row in _list_rows(document, "contractors"):
        name = row.get("team")
        if name is not None and (not isinstance(name, str) or not name):
            reader.fail(f"{place}.team", show(name), "a text")
            name = None
        team.append(NO_TEAM if name is None else names.setdefault(name, len(names)))
    projects = _list_rows(document, "projects")

    def read_column(key: str, default: int) -> IntArray:
        return np.array(
            [
                default if row.get(key) is None else reader.read_whole(row, key, f"{place}.", None)
                for place, row in projects
            ],
            dtype=np.int64,
        )

    groups = GroupRules(
        team=np.array(team, dtype=np.int64),
        team_names=tuple(names),
        min_people=read_column("min_people", 1),
        people_per_lead=read_column("people_per_lead", NO_LEADS),
        people=read_column("people", 0),
        leads=read_column("leads", 0),
        leading=read_pair_table(reader, document, "leading"),
        staying=read_pair_table(reader, document, "staying"),
    )
    return groups if groups.asks_something else None


def read_pair_table(reader: JsonReader, document: Mapping[str, object], key: str) -> PairTable:
    """Return the rows (contractor index, project index) under `key`."""
    table = reader.read_table(reader.read_list(document, key, []), key, 2)
    return build_pair_table((one, project) for one, project in table.tolist())


def _list_rows(document: Mapping[str, object], key: str) -> list[tuple[str, Mapping[str, object]]]:
    """Return the objects under `key` with their places; others have been complained of."""
    rows = document.get(key)
    return [
        (f"{key}[{idx}]", row if isinstance(row, dict) else {})
        for idx, row in enumerate(rows if isinstance(rows, list) else [])
    ]


def add_groups(document: dict[str, object], instance: Instance) -> None:
    """Add what an instance document of version 2 says beyond one of version 1."""
    if len(instance.today):
        document["today"] = instance.today.tolist()
    groups = instance.groups
    if groups is None:
        return
    teams = [None if team == NO_TEAM else groups.team_names[team] for team in groups.team.tolist()]
    _extend_rows(document["contractors"], lambda idx: {"team": teams[idx]})
    ratios = [None if ratio == NO_LEADS else ratio for ratio in groups.people_per_lead.tolist()]
    _extend_rows(
        document["projects"],
        lambda idx: {
            "min_people": int(groups.min_people[idx]),
            "people_per_lead": ratios[idx],
            "people": int(groups.people[idx]),
            "leads": int(groups.leads[idx]),
        },
    )
    document["leading"] = groups.leading.tolist()
    document["staying"] = groups.staying.tolist()


def _extend_rows(rows: object, build: Callable[[int], Mapping[str, object]]) -> None:
    if isinstance(rows, list):
        for idx, row in enumerate(rows):
            row.update(build(idx))
