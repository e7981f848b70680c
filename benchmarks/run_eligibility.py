"""How long the rules take: a whole vendor paused at once, every pair decided.

    python -m benchmarks.run_eligibility M L XL

Sizes: M 5,000 contractors x 150 projects, L 40,000 x 500, XL 250,000 x 2,000. The market is
drawn with a fixed seed; each size runs in a process of its own, so that the peak of
memory is its own too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from solver.affected import build_affected, build_scope
from solver.build import build_instance
from solver.policy import PEOPLE_FIRST
from solver.proposals import build_unplaced
from solver.request import PlanRequest
from solver.result import Assignments
from solver.roster import TABLES, Column, Kind, Roster, get_dtype

SIZES = {"M": (5_000, 150), "L": (40_000, 500), "XL": (250_000, 2_000)}
PAUSE_DATE = date(2026, 11, 18)
NUM_SKILLS = 200
NUM_CLIENTS = 60
SKILLS_HELD = 12
SKILLS_ASKED = 2
COUNTRIES = ("DE", "FR", "IN", "US", "BR", "KE", "PH", "PL")


def draw_roster(num_contractors: int, num_projects: int, seed: int = 1) -> Roster:
    """Return a market in which every contractor works for client K0, project P0."""
    rng = np.random.default_rng(seed)
    contractor_ids = [f"C{number}" for number in range(num_contractors)]
    project_ids = [f"P{number}" for number in range(num_projects)]
    client_ids = [f"K{number}" for number in range(NUM_CLIENTS)]
    return Roster(
        clients=_make_frame("clients", {"client_id": client_ids, "name": client_ids}),
        walls=_make_frame(
            "walls",
            {
                "client_id": client_ids[:-1:5],
                "competitor_id": client_ids[1::5],
                "cooling_off_days": 90,
            },
        ),
        projects=_draw_projects(rng, project_ids, client_ids),
        project_skills=_draw_skills(rng, "project_skills", project_ids, SKILLS_ASKED),
        contractors=_draw_contractors(rng, contractor_ids),
        contractor_skills=_draw_skills(rng, "contractor_skills", contractor_ids, SKILLS_HELD),
        time_off=_make_frame(
            "time_off",
            {
                "contractor_id": contractor_ids[::4],
                "starts_on": pd.Timestamp("2026-12-07"),
                "ends_on": pd.Timestamp("2026-12-16"),
            },
        ),
        assignments=_draw_assignments(rng, contractor_ids, project_ids),
    )


def _make_frame(name: str, columns: dict[str, object]) -> pd.DataFrame:
    """Return a frame of the table; a column left out holds its default in every row."""
    drawn = pd.DataFrame(columns)
    for column in TABLES[name].columns:
        if column.roster_name not in drawn:
            drawn[column.roster_name] = _get_default(column)
    return drawn[[column.roster_name for column in TABLES[name].columns]].astype(
        {column.roster_name: get_dtype(column) for column in TABLES[name].columns}
    )


def _get_default(column: Column) -> str | int | bool | None:
    match column.kind:
        case Kind.WHOLE:
            return None if column.default is None else int(column.default)
        case Kind.BOOLEAN:
            return column.default == "true"
        case Kind.TEXT | Kind.LIST | Kind.CHOICE:
            return column.default or ""
        case _:
            return None


def _draw_projects(
    rng: np.random.Generator, project_ids: list[str], client_ids: list[str]
) -> pd.DataFrame:
    num = len(project_ids)
    return _make_frame(
        "projects",
        {
            "project_id": project_ids,
            "codename": project_ids,
            "client_id": [client_ids[number % NUM_CLIENTS] for number in range(num)],
            "status": "open",
            "demand_hours": rng.integers(40, 4_000, num),
            "clearance": rng.choice([0, 1, 2], num, p=[0.8, 0.15, 0.05]),
            "compartments": rng.choice(["", "ALPHA", "ALPHA|BETA"], num, p=[0.9, 0.07, 0.03]),
            "pay_rate_cents": rng.integers(2_500, 6_500, num),
            "utc_offset": rng.integers(-8, 10, num),
            "max_utc_distance": rng.choice([6.0, 9.0, 12.0], num),
            "countries": rng.choice(["", "DE|FR|IN|US", "IN|PH|KE|BR"], num, p=[0.7, 0.2, 0.1]),
        },
    )


def _draw_contractors(rng: np.random.Generator, contractor_ids: list[str]) -> pd.DataFrame:
    num = len(contractor_ids)
    return _make_frame(
        "contractors",
        {
            "contractor_id": contractor_ids,
            "name": contractor_ids,
            "email": contractor_ids,
            "max_weekly_hours": 40,
            "pay_rate_cents": rng.integers(1_500, 5_000, num),
            "country": rng.choice(COUNTRIES, num),
            "utc_offset": rng.integers(-8, 10, num),
            "clearance": rng.choice([0, 1, 2, 3], num, p=[0.5, 0.3, 0.15, 0.05]),
            "clearance_expires_on": pd.Timestamp("2026-12-20")
            + pd.to_timedelta(rng.integers(0, 700, num), unit="D"),
            "compartments": rng.choice(["", "ALPHA", "ALPHA|BETA"], num, p=[0.8, 0.15, 0.05]),
            "status": "active",
        },
    )


def _draw_skills(
    rng: np.random.Generator, table: str, ids: list[str], per_row: int
) -> pd.DataFrame:
    """Return `per_row` different skills for each id, the common ones far more often."""
    stride = rng.integers(1, 5, len(ids))[:, np.newaxis]
    common = (NUM_SKILLS * rng.random(len(ids)) ** 12).astype(np.int64)[:, np.newaxis]
    skills = (common + stride * np.arange(per_row)) % NUM_SKILLS
    levels = rng.integers(1, 6 if table == "contractor_skills" else 3, skills.size)
    key, level = TABLES[table].columns[0].name, TABLES[table].columns[2].name
    return _make_frame(
        table,
        {
            key: np.repeat(np.array(ids, dtype=object), per_row),
            "skill": [f"skill {number}" for number in skills.ravel().tolist()],
            level: levels,
        },
    )


def _draw_assignments(
    rng: np.random.Generator, contractor_ids: list[str], project_ids: list[str]
) -> pd.DataFrame:
    """Return 30 hours a week on the first project for everybody, and an ended job before it."""
    num = len(contractor_ids)
    earlier = [project_ids[number] for number in rng.integers(1, len(project_ids), num).tolist()]
    begun = pd.Timestamp("2026-03-02") + pd.to_timedelta(rng.integers(0, 100, num), unit="D")
    return _make_frame(
        "assignments",
        {
            "assignment_id": [f"A{number}" for number in range(2 * num)],
            "contractor_id": contractor_ids * 2,
            "project_id": [project_ids[0]] * num + earlier,
            "hours_per_week": 30,
            "starts_on": [*begun, *(begun - pd.Timedelta(days=90))],
            "ends_on": [*[pd.NaT] * num, *(begun + pd.Timedelta(days=60))],
            "status": ["active"] * num + ["ended"] * num,
        },
    )


def measure(size: str) -> None:
    """Print the seconds of each step and the peak of memory for one size."""
    num_contractors, num_projects = SIZES[size]
    roster = draw_roster(num_contractors, num_projects)
    request = PlanRequest(build_scope(roster, codenames=["P0"]), PAUSE_DATE, PEOPLE_FIRST)
    drawn_mb = _get_peak_mb()
    marks = [time.perf_counter()]
    affected = build_affected(roster, request.scope, PAUSE_DATE, request.horizon)
    marks.append(time.perf_counter())
    problem = build_instance(roster, request)
    marks.append(time.perf_counter())
    unplaced = build_unplaced(problem, Assignments.build([]))
    marks.append(time.perf_counter())
    impact_s, build_s, explain_s = (after - before for before, after in pairwise(marks))
    print(
        f"{size}: {affected.num_contractors:,} x {num_projects:,}, "
        f"{problem.instance.num_pairs:,} eligible pairs; impact {impact_s:.2f} s, "
        f"impact + rules + fit + instance {build_s:.2f} s, "
        f"explain {len(unplaced):,} people {explain_s:.2f} s; "
        f"peak {_get_peak_mb():,} MB ({drawn_mb:,} MB of it the roster)"
    )


def _get_peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(sizes: list[str]) -> None:
    """Run each size in a process of its own, or the one size that a child is for."""
    if sizes[:1] == ["--one"]:
        measure(sizes[1])
        return
    for size in sizes or list(SIZES):
        command = [sys.executable, "-m", "benchmarks.run_eligibility", "--one", size]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
