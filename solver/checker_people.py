"""The rules between people once more, from the roster's rows in plain Python.

`solver.checker_groups` judges a plan by the instance; this judges it by the roster, so that
what `solver.group_build` made of the roster is verified too. It shares no code with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from solver.checker import Violation
from solver.checker_cases import Case, build_case_reader, list_rows
from solver.checker_rules import count_lost_hours
from solver.request import PairId, PlanRequest
from solver.roster import Roster

_WEEKDAYS = 5


def find_people_violations(
    roster: Roster, request: PlanRequest, pairs: Iterable[PairId]
) -> list[Violation]:
    """Return every rule between people that a plan of these pairs breaks; pins may break them."""
    projects = roster.projects
    asks = (projects["min_people"] > 1).any() or projects["people_per_lead"].notna().any()
    if not asks and not (roster.contractors["team"] != "").any():
        return []
    judge = _Judge(roster, request, frozenset(pairs))
    return [
        Violation(code, sentence)
        for code, sentences in (
            ("team", judge.find_split_teams()),
            ("min_people", judge.find_small_projects()),
            ("lead", judge.find_unled_projects()),
        )
        for sentence in sentences
    ]


@dataclass(frozen=True, eq=False)
class _Judge:
    roster: Roster
    request: PlanRequest
    pairs: frozenset[PairId]

    def find_split_teams(self) -> Iterator[str]:
        teams = sorted({(self._team_of[one], project) for one, project in self._joining})
        for team, project in teams:
            members = self._members[team] if team else ()
            missing = [one for one in members if self._is_missed(one, project)]
            if missing:
                yield f"team {team} is on project {project} without {', '.join(missing)}"

    def find_small_projects(self) -> Iterator[str]:
        for project in sorted({project for _, project in self._joining}):
            people, least = len(self._list_people(project)), self._get_cell(project, "min_people")
            if least is not None and people < least:
                yield f"project {project} has {people} people; nobody joins below {least}"

    def find_unled_projects(self) -> Iterator[str]:
        for project in sorted({project for _, project in self._joining}):
            ratio, people = self._get_cell(project, "people_per_lead"), self._list_people(project)
            leads = sum(_leads(self._cases[one, project]) for one in people)
            if ratio is not None and leads * ratio < len(people):
                yield f"project {project} has {leads} leads for {len(people)} people"

    def _get_cell(self, project: str, column: str) -> int | None:
        cell = self._by_project[project][0].project[column]
        return None if cell is None else int(cell)

    def _is_missed(self, one: str, project: str) -> bool:
        case = self._cases[one, project]
        has_hours = case.person["status"] == "active" and case.lost and count_lost_hours(case) > 0
        is_there = (one, project) in self.pairs or _stays(case)
        return bool(has_hours and not is_there and self._is_at_work(case))

    def _list_people(self, project: str) -> set[str]:
        """Return who is on the project: those who stay, those new, and pins of others."""
        people = {
            str(case.person["contractor_id"])
            for case in self._by_project[project]
            if _stays(case) or (case.person["contractor_id"], project) in self._new
        }
        pinned = {one for one, name, _ in self.request.pinned if name == project}
        return people | {one for one in pinned if not self._is_planned(one, project)}

    def _is_planned(self, one: str, project: str) -> bool:
        case = self._cases[one, project]
        if case.person["status"] != "active" or not case.lost:
            return False
        return any(self._works_in_week(case, monday) for monday in case.mondays)

    @cached_property
    def _team_of(self) -> dict[str, str]:
        contractors = self.roster.contractors
        return dict(zip(contractors["contractor_id"], contractors["team"], strict=True))

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        members: dict[str, list[str]] = {}
        for one, team in self._team_of.items():
            members.setdefault(team, []).append(one)
        return members

    @cached_property
    def _cases(self) -> dict[PairId, Case]:
        """Everybody who counts on a project that a pair names: planned, there, or of a team."""
        named = {project for _, project in self.pairs}
        work = self.roster.assignments[["contractor_id", "project_id"]]
        wanted = {tuple(row) for row in work.itertuples(index=False) if row[1] in named}
        wanted |= {(one, name) for one, name, _ in self.request.pinned if name in named}
        for one, project in self.pairs:
            team = self._team_of[one]
            wanted |= {(member, project) for member in (self._members[team] if team else (one,))}
        read_case = build_case_reader(self.roster, self.request, {pair[0] for pair in wanted})
        return {(one, project): read_case(one, project) for one, project in sorted(wanted)}

    @cached_property
    def _by_project(self) -> dict[str, list[Case]]:
        cases: dict[str, list[Case]] = {}
        for (_, project), case in self._cases.items():
            cases.setdefault(project, []).append(case)
        return cases

    @cached_property
    def _new(self) -> frozenset[PairId]:
        return frozenset(
            pair
            for pair in self.pairs
            if not _stays(self._cases[pair]) and self._is_at_work(self._cases[pair])
        )

    @cached_property
    def _joining(self) -> frozenset[PairId]:
        return self._new - {(one, project) for one, project, _ in self.request.pinned}

    @cached_property
    def _leave(self) -> dict[str, list[tuple[date, date]]]:
        leave: dict[str, list[tuple[date, date]]] = {}
        for row in list_rows(self.roster.time_off):
            leave.setdefault(row["contractor_id"], []).append((row["starts_on"], row["ends_on"]))
        return leave

    def _is_at_work(self, case: Case) -> bool:
        """Whether the person works a day of the weeks in which the project runs."""
        first, last = case.project["starts_on"] or date.min, case.last_day
        mondays = [monday for monday in case.mondays if first <= monday <= last]
        return any(self._works_in_week(case, monday) for monday in mondays)

    def _works_in_week(self, case: Case, monday: date) -> bool:
        leave = self._leave.get(case.person["contractor_id"], [])
        week = [monday + timedelta(days=day) for day in range(_WEEKDAYS)]
        return any(not any(first <= day <= last for first, last in leave) for day in week)


def _stays(case: Case) -> bool:
    """Whether the person has an assignment on the project that goes on within the horizon."""
    return any(
        row["project_id"] == case.project["project_id"]
        and row["status"] == "active"
        and row["project"]["status"] == "open"
        and row not in case.released
        and any(
            row["starts_on"] <= monday + timedelta(days=6)
            and (row["ends_on"] or date.max) >= monday
            for monday in case.mondays
        )
        for row in case.work
    )


def _leads(case: Case) -> bool:
    """Whether the mean level over the project's skills, by their weights, is a lead's."""
    held = sum(row["weight"] * case.skills.get(row["skill"], 0) for row in case.wanted)
    weights = sum(row["weight"] for row in case.wanted)
    return bool(held >= case.project["lead_level"] * weights)
