"""What the rule verifier reads about one pair, straight from the roster's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from solver.request import PlanRequest
from solver.roster import Roster

Row = Mapping[str, Any]
"""A row of a roster's frame; a missing cell is None, a date is a `date`."""


@dataclass(frozen=True)
class Case:
    """Everything that the rules may ask about one pair.

    mondays, last_sunday  the weeks of the horizon
    skills      level by skill held
    wanted      rows of the project's skills
    work        every assignment of the contractor, with its project's row under `project`
    lost        those of them whose hours and rates count as lost: active on the pause date
                on a paused project; in a recall the places of today, else the former ones
    released    those of them that do not survive
    gone_hours  hours a week to place, before the cap
    cooling_off days by pair of competing client ids, both ways round
    """

    request: PlanRequest
    mondays: tuple[date, ...]
    last_sunday: date
    person: Row
    project: Row
    skills: Mapping[str, int]
    wanted: tuple[Row, ...]
    work: tuple[Row, ...]
    lost: tuple[Row, ...]
    released: tuple[Row, ...]
    gone_hours: int
    cooling_off: Mapping[tuple[str, str], int]

    @property
    def first_day(self) -> date:
        """First day of the new assignment."""
        start = self.mondays[0]
        return max(start, self.project["starts_on"] or start)

    @property
    def last_day(self) -> date:
        """Last day of the new assignment."""
        return self.project["ends_on"] or date.max

    @property
    def new_rate(self) -> int:
        """Cents per hour of the new assignment."""
        rate = self.project["pay_rate_cents"]
        return int(self.person["pay_rate_cents"] if rate is None else rate)


def build_case_reader(
    roster: Roster, request: PlanRequest, contractor_ids: set[str]
) -> Callable[[str, str], Case]:
    """Return what reads the case of one pair of these contractors."""
    projects = {row["project_id"]: row for row in list_rows(roster.projects)}
    people = {
        row["contractor_id"]: row for row in list_rows(_of(roster.contractors, contractor_ids))
    }
    skills: dict[str, dict[str, int]] = {}
    for row in list_rows(_of(roster.contractor_skills, contractor_ids)):
        skills.setdefault(row["contractor_id"], {})[row["skill"]] = row["level"]
    wanted: dict[str, list[Row]] = {}
    for row in list_rows(roster.project_skills):
        wanted.setdefault(row["project_id"], []).append(row)
    work: dict[str, list[Row]] = {}
    for row in list_rows(_of(roster.assignments, contractor_ids)):
        work.setdefault(row["contractor_id"], []).append(
            {**row, "project": projects[row["project_id"]]}
        )
    cooling_off: dict[tuple[str, str], int] = {}
    for row in list_rows(roster.walls):
        one, other, days = row["client_id"], row["competitor_id"], row["cooling_off_days"]
        for pair in ((one, other), (other, one)):
            cooling_off[pair] = max(days, cooling_off.get(pair, days))

    mondays, last_sunday = request.horizon.mondays, request.horizon.ends_on

    def read_case(contractor_id: str, project_id: str) -> Case:
        mine = tuple(work.get(contractor_id, ()))
        lost, released, gone_hours = _split_work(mine, request)
        return Case(
            request,
            mondays,
            last_sunday,
            people[contractor_id],
            projects[project_id],
            skills.get(contractor_id, {}),
            tuple(wanted.get(project_id, ())),
            mine,
            lost,
            released,
            gone_hours,
            cooling_off,
        )

    return read_case


def _of(frame: pd.DataFrame, contractor_ids: set[str]) -> pd.DataFrame:
    return frame[frame["contractor_id"].isin(contractor_ids)]


def list_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a roster's frame."""
    names = [str(name) for name in frame.columns]
    columns = [_list_cells(frame[name]) for name in names]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _list_cells(column: pd.Series) -> list[Any]:
    is_date = pd.api.types.is_datetime64_dtype(column.dtype)
    cells = column.dt.date if is_date else column.astype(object)
    present = column.notna().tolist()
    return [cell if known else None for cell, known in zip(cells.tolist(), present, strict=True)]


def is_paused(row: Row, request: PlanRequest) -> bool:
    """Whether the row's project is inside the scope of the pause, or of the recall."""
    return row["project_id"] in request.scope.project_ids


def is_stopped(row: Row, request: PlanRequest) -> bool:
    """Whether the assignment of this row is one that the pause stops."""
    people = request.scope.contractor_ids
    return is_paused(row, request) and (people is None or row["contractor_id"] in people)


def _split_work(
    work: tuple[Row, ...], request: PlanRequest
) -> tuple[tuple[Row, ...], tuple[Row, ...], int]:
    """Return the rows that count as lost, those that do not survive, and the hours to place."""
    runs = [row for row in work if row["status"] == "active" and _runs_then(row, request)]
    in_scope = tuple(row for row in runs if is_stopped(row, request))
    since = request.paused_since
    if since is None:
        paused = tuple(row for row in work if is_stopped(row, request))
        return in_scope, paused, _sum_hours(in_scope)
    former = tuple(row for row in in_scope if row["starts_on"] <= since)
    first_day = request.horizon.starts_on
    today = tuple(
        row
        for row in runs
        if former
        and not is_paused(row, request)
        and row["starts_on"] >= since
        and (row["ends_on"] or date.max) >= first_day
        and row["project"]["status"] == "open"
    )
    return today or former, former + today, max(_sum_hours(former), _sum_hours(today))


def _runs_then(row: Row, request: PlanRequest) -> bool:
    return bool(row["starts_on"] <= request.pause_date <= (row["ends_on"] or date.max))


def _sum_hours(rows: tuple[Row, ...]) -> int:
    return sum(int(row["hours_per_week"]) for row in rows)
