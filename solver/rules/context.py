"""What the rules and the fit read: the roster's columns as arrays, cut to the affected.

Letters in the docstrings: C affected contractors, P all projects of the roster,
W weeks, S skills that any project names, K clients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.affected import Horizon, find_paused
from solver.affected_people import Affected
from solver.columns import (
    FOREVER_DAY,
    LONG_AGO_DAY,
    get_day,
    locate,
    read_days,
    read_whole,
)
from solver.instance import BoolArray, IntArray
from solver.recall import find_released
from solver.request import PlanRequest
from solver.roster import Roster
from solver.staffing import Staffing, build_staffing

NO_RATE = -1
"""Pay rate of a project that has none."""

LevelArray = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RuleContext:
    """The inputs of every rule.

    people         the affected rows of `roster.contractors`, index 0..C-1
    position       int64[contractors of the roster], 0..C-1, or -1 where not planned
    paused         bool[P], the projects of the scope; none in a recall, where they resume
    start_day      int64[P], day number of a new assignment's first day: the later of the
                   horizon's start and the project's
    end_day        int64[P], the project's last day; FOREVER_DAY where open-ended
    active         bool[P, W], the project runs on the week's Monday
    project_rate   int64[P], cents per hour, NO_RATE where the contractor's own is paid
    own_rate       int64[C], cents per hour
    client         int64[P], row of `roster.clients`
    skills         S names
    levels         uint8[C, S + 1], 0..5, 0 = not held; the last column is always 0
    staffing       every assignment of the roster
    released       bool[A], those that the pause stops or a recall may move
    """

    roster: Roster
    request: PlanRequest
    horizon: Horizon
    affected: Affected
    people: pd.DataFrame
    position: IntArray
    paused: BoolArray
    start_day: IntArray
    end_day: IntArray
    active: BoolArray
    project_rate: IntArray
    own_rate: IntArray
    client: IntArray
    skills: tuple[str, ...]
    levels: LevelArray
    staffing: Staffing
    released: BoolArray

    @property
    def projects(self) -> pd.DataFrame:
        return self.roster.projects

    @property
    def num_contractors(self) -> int:
        return self.affected.num_contractors

    @property
    def num_projects(self) -> int:
        return len(self.roster.projects)

    def get_codename(self, project_idx: int) -> str:
        """Return the name under which people know the project."""
        return str(self.projects["codename"].iat[project_idx])

    def get_currency(self, project_idx: int) -> str:
        """Return the currency that the project pays in."""
        return str(self.projects["currency"].iat[project_idx])

    def get_new_rate(self, contractor_idx: int, project_idx: int) -> int:
        """Return the cents per hour of a new assignment: the project's, else the person's own."""
        rate = int(self.project_rate[project_idx])
        return int(self.own_rate[contractor_idx]) if rate == NO_RATE else rate

    def find_contractors(self, ids: pd.Series) -> IntArray:
        """int64: the position among the affected of each contractor id; -1 if not planned."""
        return locate(self.people["contractor_id"], ids)


def build_context(roster: Roster, request: PlanRequest, affected: Affected) -> RuleContext:
    """Return the arrays that the rules of this request read."""
    horizon = request.horizon
    projects = roster.projects
    staffing = build_staffing(roster)
    people = roster.contractors.iloc[affected.contractor_row].reset_index(drop=True)
    position = np.full(len(roster.contractors), -1, dtype=np.int64)
    position[affected.contractor_row] = np.arange(affected.num_contractors)
    starts = read_days(projects["starts_on"], LONG_AGO_DAY)
    end_day = read_days(projects["ends_on"], FOREVER_DAY)
    mondays = np.array([get_day(monday) for monday in horizon.mondays], dtype=np.int64)
    skills = tuple(dict.fromkeys(roster.project_skills["skill"].tolist()))
    return RuleContext(
        roster=roster,
        request=request,
        horizon=horizon,
        affected=affected,
        people=people,
        position=position,
        paused=find_paused(roster, request.scope) & (request.paused_since is None),
        start_day=np.maximum(starts, get_day(horizon.starts_on)),
        end_day=end_day,
        active=(starts[:, np.newaxis] <= mondays) & (mondays <= end_day[:, np.newaxis]),
        project_rate=read_whole(projects["pay_rate_cents"], NO_RATE),
        own_rate=read_whole(people["pay_rate_cents"], 0),
        client=locate(roster.clients["client_id"], projects["client_id"]),
        skills=skills,
        levels=_build_levels(roster, people, skills),
        staffing=staffing,
        released=find_released(roster, request, staffing),
    )


def _build_levels(roster: Roster, people: pd.DataFrame, skills: tuple[str, ...]) -> LevelArray:
    """uint8[C, S + 1]: the level held in each skill that a project names."""
    held = roster.contractor_skills
    who = locate(people["contractor_id"], held["contractor_id"])
    what = locate(pd.Series(skills, dtype="str"), held["skill"])
    known = (who >= 0) & (what >= 0)
    levels = np.zeros((len(people), len(skills) + 1), dtype=np.uint8)
    levels[who[known], what[known]] = read_whole(held["level"], 0)[known]
    return levels
