"""The rule on walls: nobody takes one client's secrets to its competitor.

A contractor is exposed to a client from an assignment's start until its end; on the
paused projects until the pause date, on places that a recall may move until the resume;
where the status is `ended`, at the latest until then. The last day counts as exposed. An
exposure refuses a project of a competing client when it overlaps the new assignment or
the cooling-off days before or after it, both boundary days included: with 30 days, an exposure
that ends 30 days before the start refuses, one that ends 31 days before does not, and work
that is to begin 30 days after the end refuses too. With 0 days only an overlap refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from solver.bitsets import Bits, pack
from solver.columns import get_date, get_day, locate, read_whole
from solver.instance import BoolArray, IntArray
from solver.roster import Roster
from solver.rules.context import RuleContext
from solver.rules.rule import Refusal

NO_WALL = -1


def build_cooling_off(roster: Roster) -> IntArray:
    """int64[K, K], symmetric: cooling-off days between clients, NO_WALL where none.

    Two rows for one pair of clients count as the longer; a client is never its own
    competitor.
    """
    num_clients = len(roster.clients)
    days = np.full((num_clients, num_clients), NO_WALL, dtype=np.int64)
    one = locate(roster.clients["client_id"], roster.walls["client_id"])
    other = locate(roster.clients["client_id"], roster.walls["competitor_id"])
    length = read_whole(roster.walls["cooling_off_days"], 0)
    np.maximum.at(days, (one, other), length)
    np.maximum.at(days, (other, one), length)
    np.fill_diagonal(days, NO_WALL)
    return days


@dataclass(frozen=True, eq=False)
class WallRule:
    """No exposure to a competing client now or within the cooling-off days.

    cooling_off    int64[K, K], days between clients, NO_WALL where none
    contractor     int64[X], rising: the contractor of each exposure that can matter
    project        int64[X], through which the client's data was seen
    first_day      int64[X], day numbers
    last_day       int64[X], included
    kind           int64[X], row of `refused`
    refused        uint64[kinds, words]: the projects that an exposure of this kind refuses
    """

    context: RuleContext
    cooling_off: IntArray
    contractor: IntArray
    project: IntArray
    first_day: IntArray
    last_day: IntArray
    kind: IntArray
    refused: Bits
    code: str = "wall"
    sentence: str = "a competing client's data was seen too recently"

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects that the rule allows each contractor."""
        refused = np.zeros((stop - start, self.refused.shape[-1]), dtype=np.uint64)
        first, last = np.searchsorted(self.contractor, [start, stop])
        if last > first:
            exposed, begin = np.unique(self.contractor[first:last], return_index=True)
            sets = self.refused[self.kind[first:last]]
            refused[exposed - start] = np.bitwise_or.reduceat(sets, begin, axis=0)
        return ~refused

    def blocker(self, contractor_idx: int, project_idx: int) -> Refusal:
        """Return the refusal of a pair that the rule does not allow, by what ends last.

        It names projects by their codenames and never a client: those who read it need
        not know whose work a codename is.
        """
        first, last = np.searchsorted(self.contractor, [contractor_idx, contractor_idx + 1])
        context = self.context
        seen = self.project[first:last]
        days = self.cooling_off[context.client[seen], context.client[project_idx]]
        last_day = self.last_day[first:last]
        hits = np.flatnonzero(
            find_conflicts(
                self.first_day[first:last],
                last_day,
                days,
                int(context.start_day[project_idx]),
                int(context.end_day[project_idx]),
            )
        )
        worst = int(hits[np.argmax(last_day[hits] + days[hits])])
        work = context.get_codename(int(seen[worst]))
        wanted = context.get_codename(project_idx)
        first_day = int(self.first_day[first:last][worst])
        if first_day > max(context.start_day[project_idx], context.end_day[project_idx]):
            return Refusal(
                self.code,
                f"is to work on {work} from {get_date(first_day)} on, for a competitor of the "
                f"client of {wanted}; {days[worst]} days must lie between",
                f"end the work on {wanted} before {get_date(first_day - int(days[worst]))}",
            )
        free_after = int(last_day[worst] + days[worst])
        # A last day in the year 9999 is a way to write "open-ended" too.
        if free_after > get_day(date.max):
            then = f", then wait {days[worst]} days" if days[worst] else ""
            return Refusal(
                self.code,
                f"works on {work}, for a competitor of the client of {wanted}",
                f"end the work on {work}{then}",
            )
        return Refusal(
            self.code,
            f"worked on {work} until {get_date(int(last_day[worst]))}, for a competitor of the "
            f"client of {wanted}; {days[worst]} days must lie between",
            f"start on {wanted} after {get_date(free_after)}",
        )


def find_conflicts(
    first_day: IntArray, last_day: IntArray, cooling_off: IntArray, start_day: int, end_day: int
) -> BoolArray:
    """Which exposures refuse work from start_day to end_day; cooling_off NO_WALL never does."""
    # A project that is over before its new work could start is refused by another rule.
    end_day = max(start_day, end_day)
    conflicts: BoolArray = (
        (cooling_off != NO_WALL)
        & (last_day >= start_day - cooling_off)
        & (first_day <= end_day + cooling_off)
    )
    return conflicts


def build_wall(context: RuleContext) -> WallRule:
    """Return the rule on every exposure of the affected contractors that can still matter."""
    staffing, projects = context.staffing, context.projects
    cooling_off = build_cooling_off(context.roster)
    contractor = context.position[staffing.contractor_row]
    project = staffing.project_row
    client = context.client[project]
    pause_day = get_day(context.request.pause_date)
    stops = staffing.ended | context.released
    last_day = np.where(stops, np.minimum(staffing.end_day, pause_day), staffing.end_day)
    matters = (contractor >= 0) & (staffing.start_day <= last_day)
    if len(projects):
        longest = cooling_off.max(axis=1, initial=NO_WALL)[client]
        earliest = int(context.start_day.min()) - longest
        matters &= (longest != NO_WALL) & (last_day >= earliest)
    order = np.flatnonzero(matters)
    order = order[np.argsort(contractor[order], kind="stable")]
    first_day, last_day = staffing.start_day[order], last_day[order]
    kind, refused = _build_refused_sets(context, cooling_off, first_day, last_day, client[order])
    return WallRule(
        context, cooling_off, contractor[order], project[order], first_day, last_day, kind, refused
    )


def _build_refused_sets(
    context: RuleContext,
    cooling_off: IntArray,
    first_day: IntArray,
    last_day: IntArray,
    client: IntArray,
) -> tuple[IntArray, Bits]:
    """Return int64[X] and uint64[kinds, words]: exposures of equal effect share a row."""
    # Days before the horizon, or after the latest start, make no difference to any project:
    # that leaves few kinds.
    begin = np.maximum(first_day, get_day(context.horizon.starts_on))
    latest_start = int(context.start_day.max(initial=0))
    end = np.minimum(last_day, latest_start)
    kinds, kind = np.unique(np.stack([client, begin, end], axis=1), axis=0, return_inverse=True)
    table = np.zeros((len(kinds), context.num_projects), dtype=np.bool_)
    for project_idx in range(context.num_projects):
        table[:, project_idx] = find_conflicts(
            kinds[:, 1],
            kinds[:, 2],
            cooling_off[kinds[:, 0], context.client[project_idx]],
            int(context.start_day[project_idx]),
            int(context.end_day[project_idx]),
        )
    return kind.reshape(-1), pack(table)
