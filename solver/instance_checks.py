"""Validation of an instance: every fault in one pass; sums are judged by `instance_overflow`.

Places are named as in the instance file (data-format.md, section 3), for
instance `contractors[3].lost_hours`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from solver.checker import check
from solver.errors import InvalidInput, Problem
from solver.group_checks import find_group_problems
from solver.instance import (
    NO_CLIENT,
    NO_LIMIT,
    WORKDAYS_PER_WEEK,
    BoolArray,
    Instance,
    IntArray,
    PairArray,
)
from solver.instance_overflow import find_overflows
from solver.result import Assignments

MAX_WEEKS = 520
MAX_HOURS = 1_000_000
"""Hours a week of one contractor, or of one assignment."""
MAX_OPEN_HOURS = 10**12
MAX_COUNT = 1_000_000_000
"""Seats of a project, projects of a contractor."""
MAX_CENTS = 10**15
MAX_INT32 = 2**31 - 1


def build_checked_instance(instance: Instance) -> Instance:
    """Return `instance` as it is, after every check.

    Raises InvalidInput with all the problems that it has.
    """
    problems = list(find_problems(instance))
    if problems:
        raise InvalidInput(problems)
    return instance


def find_problems(instance: Instance) -> Iterator[Problem]:
    """Every fault of the instance; later groups need the earlier ones to hold."""
    for group in (_find_range_problems, find_overflows, _find_pin_problems):
        problems = list(group(instance))
        yield from problems
        if problems:
            return


def find_pair_problems(
    contractor: IntArray | PairArray,
    project: IntArray | PairArray,
    fit: IntArray | PairArray,
    rate_cents: IntArray | PairArray,
    *,
    num_contractors: int,
    num_projects: int,
) -> Iterator[Problem]:
    """Faults of int[E] pair columns, of any width, in the caller's own order."""
    for name, values, low, high in (
        ("contractor", contractor, 0, num_contractors - 1),
        ("project", project, 0, num_projects - 1),
        ("fit", fit, -MAX_INT32 - 1, MAX_INT32),
        ("rate_cents", rate_cents, 0, MAX_INT32),
    ):
        yield from _find_outside(f"pairs[{{}}].{name}", values, low, high)
    for place in _find_repeats(contractor, project).tolist():
        yield Problem(
            f"pairs[{place}]",
            f"contractor {contractor[place]}, project {project[place]}",
            "each pair once",
        )


def _find_repeats(
    contractor: IntArray | PairArray, project: IntArray | PairArray
) -> npt.NDArray[np.intp]:
    """Return the rows, rising, whose pair stands in an earlier row too."""
    if _is_rising(contractor, project):
        return 1 + np.flatnonzero(_match_next(contractor, project))
    order = np.lexsort((project, contractor))
    return np.sort(order[1:][_match_next(contractor[order], project[order])])


def _match_next(contractor: IntArray | PairArray, project: IntArray | PairArray) -> BoolArray:
    """bool[E - 1]: the next row holds the same pair."""
    same: BoolArray = (contractor[1:] == contractor[:-1]) & (project[1:] == project[:-1])
    return same


def _is_rising(contractor: IntArray | PairArray, project: IntArray | PairArray) -> bool:
    """Whether the pairs rise by contractor, then project; no sort, no wide copy."""
    falls = (contractor[1:] == contractor[:-1]) & (project[1:] < project[:-1])
    falls |= contractor[1:] < contractor[:-1]
    return not falls.any()


def _find_range_problems(instance: Instance) -> Iterator[Problem]:
    if not 1 <= instance.weeks <= MAX_WEEKS:
        yield Problem("weeks", str(instance.weeks), f"a whole number from 1 to {MAX_WEEKS}")
    if not 0 <= instance.switch_cost <= MAX_INT32:
        yield Problem(
            "switch_cost", str(instance.switch_cost), f"a whole number from 0 to {MAX_INT32}"
        )
    yield from _find_contractor_problems(instance)
    yield from _find_project_problems(instance)
    yield from find_pair_problems(
        instance.pair_contractor,
        instance.pair_project,
        instance.pair_fit,
        instance.pair_rate_cents,
        num_contractors=instance.num_contractors,
        num_projects=instance.num_projects,
    )
    yield from _find_order_problems(instance)
    yield from _find_wall_problems(instance)
    yield from find_group_problems(instance)


def _find_contractor_problems(instance: Instance) -> Iterator[Problem]:
    yield from _find_repeated("contractors[{}].id", instance.contractor_ids)
    yield from _find_outside("contractors[{}].lost_hours", instance.lost_hours, 0, MAX_HOURS)
    yield from _find_outside(
        "contractors[{}].floor_hours", instance.floor_hours, 0, instance.lost_hours
    )
    yield from _find_outside("contractors[{}].max_projects", instance.max_projects, 0, MAX_COUNT)
    for week in range(instance.weeks):
        yield from _find_outside(
            f"contractors[{{}}].avail_days[{week}]",
            instance.avail_days[:, week],
            0,
            WORKDAYS_PER_WEEK,
        )


def _find_project_problems(instance: Instance) -> Iterator[Problem]:
    yield from _find_repeated("projects[{}].id", instance.project_ids)
    for week in range(instance.weeks):
        yield from _find_outside(
            f"projects[{{}}].open_hours[{week}]", instance.open_hours[:, week], 0, MAX_OPEN_HOURS
        )
    limited = np.where(instance.seats == NO_LIMIT, 0, instance.seats)
    yield from _find_outside("projects[{}].seats", limited, 0, MAX_COUNT)
    yield from _find_outside("projects[{}].min_hours", instance.min_hours, 1, MAX_HOURS)
    yield from _find_outside(
        "projects[{}].max_hours", instance.max_hours, np.maximum(1, instance.min_hours), MAX_HOURS
    )
    limited = np.where(instance.weekly_budget_cents == NO_LIMIT, 0, instance.weekly_budget_cents)
    yield from _find_outside("projects[{}].weekly_budget_cents", limited, 0, MAX_CENTS)
    yield from _find_outside("projects[{}].priority", instance.priority, 1, 5)
    yield from _find_outside(
        "projects[{}].client", instance.client, NO_CLIENT, len(instance.client_names) - 1
    )


def _find_order_problems(instance: Instance) -> Iterator[Problem]:
    if not _is_rising(instance.pair_contractor, instance.pair_project):
        yield Problem("pairs", "another order", "pairs rising by contractor, then project")


def _find_wall_problems(instance: Instance) -> Iterator[Problem]:
    num_clients = len(instance.client_names)
    for row, (one, other) in enumerate(instance.walls.tolist()):
        if not 0 <= one < other < num_clients:
            yield Problem(
                f"walls[{row}]", f"{one}, {other}", "two different clients, the smaller index first"
            )


def _find_pin_problems(instance: Instance) -> Iterator[Problem]:
    """Pins must form a plan by themselves: every constraint only ever caps a sum."""
    report = check(instance, Assignments.build([tuple(row) for row in instance.pins.tolist()]))
    for violation in report.violations:
        yield Problem("pins", violation.sentence, "pins that together break no rule")


def _find_outside(
    place: str, values: IntArray | PairArray, low: int | IntArray, high: int | IntArray
) -> Iterator[Problem]:
    outside = np.flatnonzero((values < low) | (values > high)).tolist()
    low, high = np.broadcast_to(low, values.shape), np.broadcast_to(high, values.shape)
    for idx in outside:
        yield Problem(
            place.format(idx),
            str(values[idx]),
            f"a whole number from {low[idx]} to {high[idx]}",
        )


def _find_repeated(place: str, ids: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for idx, one in enumerate(ids):
        if not one or one in seen:
            yield Problem(place.format(idx), one, "a text of its own")
        seen.add(one)
