"""Reads the tables of an instance document into arrays, noting every fault.

Only form is judged here (types, lengths, known clients); ranges are the
business of `solver.instance_checks`, which sees the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solver.group_tables import CONTRACTOR_KEYS, PROJECT_KEYS, read_groups, read_pair_table
from solver.instance import NO_CLIENT, NO_LIMIT, Instance, IntArray
from solver.instance_checks import MAX_WEEKS, find_pair_problems
from solver.json_reader import REQUIRED, JsonReader, show

EXTENDED_VERSION = 2
"""Version of a file that says more than version 1 can: rules between people, today's places."""

_CONTRACTOR_KEYS = ("id", "lost_hours", "floor_hours", "max_projects", "avail_days")
_PROJECT_KEYS = (
    "id",
    "open_hours",
    "seats",
    "min_hours",
    "max_hours",
    "active",
    "weekly_budget_cents",
    "priority",
    "client",
)


def read_tables(reader: JsonReader, document: Mapping[str, object]) -> Instance:
    """Return the instance of a document; right only if `reader` has no problems afterwards."""
    weeks = reader.read_whole(document, "weeks", "", 8, 1)
    if not 1 <= weeks <= MAX_WEEKS:
        reader.fail("weeks", str(weeks), f"a whole number from 1 to {MAX_WEEKS}")
        weeks = 1
    is_extended = document.get("version") == EXTENDED_VERSION
    contractors = _Contractors(reader, document, weeks, CONTRACTOR_KEYS if is_extended else ())
    projects = _Projects(reader, document, weeks, PROJECT_KEYS if is_extended else ())
    pairs = _read_pairs(reader, document, len(contractors.ids), len(projects.ids))
    return Instance(
        name=reader.read_text(document, "name", "", ""),
        weeks=weeks,
        switch_cost=reader.read_whole(document, "switch_cost", "", 0),
        contractor_ids=tuple(contractors.ids),
        lost_hours=_column(contractors.lost_hours),
        # A floor above the lost hours counts as the lost hours (data-format.md, section 2).
        floor_hours=np.minimum(_column(contractors.floor_hours), _column(contractors.lost_hours)),
        max_projects=_column(contractors.max_projects),
        avail_days=_column(contractors.avail_days).reshape(-1, weeks),
        project_ids=tuple(projects.ids),
        open_hours=_column(projects.open_hours).reshape(-1, weeks),
        active=_column(projects.active).reshape(-1, weeks) == 1,
        seats=_column(projects.seats),
        min_hours=_column(projects.min_hours),
        max_hours=_column(projects.max_hours),
        weekly_budget_cents=_column(projects.weekly_budget_cents),
        priority=_column(projects.priority),
        client=_column(projects.client),
        client_names=tuple(projects.client_names),
        walls=_read_walls(reader, document, projects.client_names),
        pair_contractor=pairs[:, 0].astype(np.int32),
        pair_project=pairs[:, 1].astype(np.int32),
        pair_fit=pairs[:, 2].astype(np.int32),
        pair_rate_cents=pairs[:, 3].astype(np.int32),
        pins=reader.read_table(reader.read_list(document, "pins", []), "pins", 3),
        groups=read_groups(reader, document) if is_extended else None,
        today=read_pair_table(reader, document, "today"),
    )


class _Contractors:
    """The contractors' columns, one Python list each; `more_keys` are read elsewhere."""

    def __init__(
        self,
        reader: JsonReader,
        document: Mapping[str, object],
        weeks: int,
        more_keys: tuple[str, ...],
    ) -> None:
        self.ids: list[str] = []
        self.lost_hours: list[int] = []
        self.floor_hours: list[int] = []
        self.max_projects: list[int] = []
        self.avail_days: list[list[int]] = []
        for idx, value in enumerate(reader.read_list(document, "contractors", REQUIRED)):
            place = f"contractors[{idx}]"
            row = reader.read_object(value, place, (*_CONTRACTOR_KEYS, *more_keys))
            place += "."
            self.ids.append(reader.read_text(row, "id", place, REQUIRED))
            self.lost_hours.append(reader.read_whole(row, "lost_hours", place, REQUIRED))
            self.floor_hours.append(reader.read_whole(row, "floor_hours", place, REQUIRED))
            self.max_projects.append(reader.read_whole(row, "max_projects", place, 3))
            days = row.get("avail_days", 5)
            self.avail_days.append(reader.read_weekly(days, place + "avail_days", weeks))


class _Projects:
    """The projects' columns, one Python list each, and the clients they name.

    more_keys  are read elsewhere
    """

    def __init__(
        self,
        reader: JsonReader,
        document: Mapping[str, object],
        weeks: int,
        more_keys: tuple[str, ...],
    ) -> None:
        self._reader = reader
        self._client_idx: dict[str, int] = {}
        self.ids: list[str] = []
        self.open_hours: list[list[int]] = []
        self.active: list[list[int]] = []
        self.seats: list[int] = []
        self.min_hours: list[int] = []
        self.max_hours: list[int] = []
        self.weekly_budget_cents: list[int] = []
        self.priority: list[int] = []
        self.client: list[int] = []
        for idx, value in enumerate(reader.read_list(document, "projects", REQUIRED)):
            place = f"projects[{idx}]"
            row = reader.read_object(value, place, (*_PROJECT_KEYS, *more_keys))
            self._read_row(row, place + ".", weeks)

    @property
    def client_names(self) -> list[str]:
        return list(self._client_idx)

    def _read_row(self, row: Mapping[str, object], place: str, weeks: int) -> None:
        reader = self._reader
        self.ids.append(reader.read_text(row, "id", place, REQUIRED))
        open_hours = row.get("open_hours", REQUIRED)
        self.open_hours.append(reader.read_weekly(open_hours, place + "open_hours", weeks))
        active = reader.read_weekly(row.get("active", 1), place + "active", weeks, 1)
        if not set(active) <= {0, 1}:
            reader.fail(place + "active", show(active), "0 or 1 a week")
        self.active.append(active)
        self.seats.append(self._read_limit(row, "seats", place))
        self.min_hours.append(reader.read_whole(row, "min_hours", place, 5, 1))
        self.max_hours.append(reader.read_whole(row, "max_hours", place, 40, self.min_hours[-1]))
        self.weekly_budget_cents.append(self._read_limit(row, "weekly_budget_cents", place))
        self.priority.append(reader.read_whole(row, "priority", place, 3, 3))
        self.client.append(self._read_client(row.get("client"), place))

    def _read_limit(self, row: Mapping[str, object], key: str, place: str) -> int:
        if row.get(key) is None:
            return NO_LIMIT
        return self._reader.read_whole(row, key, place, None)

    def _read_client(self, value: object, place: str) -> int:
        name = find_client_name(value)
        if value is None:
            return NO_CLIENT
        if name is None:
            self._reader.fail(place + "client", show(value), "a text or a whole number")
            return NO_CLIENT
        return self._client_idx.setdefault(name, len(self._client_idx))


def find_client_name(value: object) -> str | None:
    """Return a client as text: files name clients by text or by number."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else None


def _read_walls(
    reader: JsonReader, document: Mapping[str, object], client_names: list[str]
) -> IntArray:
    """Return int64[K, 2]; a wall of a client without any project here keeps nobody apart."""
    idx_by_name = {name: idx for idx, name in enumerate(client_names)}
    walls: set[tuple[int, int]] = set()
    for row, value in enumerate(reader.read_list(document, "walls", [])):
        names = [find_client_name(one) for one in value] if isinstance(value, list) else []
        if len(names) != 2 or None in names or names[0] == names[1]:
            reader.fail(f"walls[{row}]", show(value), "two different clients")
            continue
        known = sorted(idx_by_name[name] for name in names if name in idx_by_name)
        if len(known) == 2:
            walls.add((known[0], known[1]))
    return np.array(sorted(walls), dtype=np.int64).reshape(-1, 2)


def _read_pairs(
    reader: JsonReader, document: Mapping[str, object], num_contractors: int, num_projects: int
) -> IntArray:
    """Return int64[E, 4] rising by contractor, then project.

    Faults are named by the row in the file, so they are looked for before the sort.
    """
    pairs = reader.read_table(reader.read_list(document, "pairs", REQUIRED), "pairs", 4)
    problems = list(
        find_pair_problems(*pairs.T, num_contractors=num_contractors, num_projects=num_projects)
    )
    if problems:
        reader.problems += problems
        return np.zeros((0, 4), dtype=np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _column(values: list[int] | list[list[int]]) -> IntArray:
    return np.array(values, dtype=np.int64)
