"""The people of a pause's impact, grouped: country, skill, clearance, and walls in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solver.build import PlanProblem
    from solver.instance import BoolArray

_MOST_SKILLS = 12
_COMMON = 0.75
"""A skill that so large a part of the affected hold says nothing of whom a pause touches."""
_MOST_PROJECTS = 8


@dataclass(frozen=True)
class ImpactGroup:
    """Affected people who share something.

    hours_per_week  lost
    num_planned     those at work in the horizon; num_covered of them could keep their floor
    """

    label: str
    num_people: int
    hours_per_week: int
    num_planned: int
    num_covered: int


@dataclass(frozen=True)
class WalledProject:
    """An open project which a wall alone closes to some affected people."""

    codename: str
    num_people: int


@dataclass(frozen=True)
class _Person:
    lost_hours: int
    is_planned: bool
    is_covered: bool


def build_groups(problem: PlanProblem, covered: BoolArray) -> Mapping[str, tuple[ImpactGroup, ...]]:
    """Return the groups by `country`, `skill` and `clearance`, most people first.

    Skills that nearly everybody holds are left out.

    covered  bool[C], whom an estimate leaves at or above their floor
    """
    people = _list_people(problem, covered)
    contractors, skills = problem.roster.contractors, problem.roster.contractor_skills
    ids = contractors["contractor_id"].tolist()
    clearance = [str(level) for level in contractors["clearance"].tolist()]
    return {
        "country": _group(people, zip(ids, contractors["country"].tolist(), strict=True)),
        "skill": _drop_common(
            _group(
                people, zip(skills["contractor_id"].tolist(), skills["skill"].tolist(), strict=True)
            ),
            len(people),
        )[:_MOST_SKILLS],
        "clearance": _group(people, zip(ids, clearance, strict=True)),
    }


def _drop_common(groups: tuple[ImpactGroup, ...], num_people: int) -> tuple[ImpactGroup, ...]:
    """Return the groups without those that hold nearly everybody, unless no others are there."""
    telling = tuple(group for group in groups if group.num_people <= _COMMON * num_people)
    return telling or groups


def list_walled(problem: PlanProblem, walled_off: BoolArray) -> tuple[WalledProject, ...]:
    """Return the projects that walls close to most people.

    walled_off  bool[C, P], the pairs that a wall alone refuses
    """
    codenames = problem.roster.projects["codename"].tolist()
    counts = walled_off.sum(axis=0).tolist()
    found = sorted(
        (
            WalledProject(name, count)
            for name, count in zip(codenames, counts, strict=True)
            if count
        ),
        key=lambda project: (-project.num_people, project.codename),
    )
    return tuple(found[:_MOST_PROJECTS])


def _list_people(problem: PlanProblem, covered: BoolArray) -> dict[str, _Person]:
    affected = problem.affected
    rows = zip(affected.contractor_ids, affected.lost_hours.tolist(), covered.tolist(), strict=True)
    people = {
        contractor_id: _Person(hours, is_planned=True, is_covered=is_covered)
        for contractor_id, hours, is_covered in rows
    }
    return people | {
        person.contractor_id: _Person(person.lost_hours, is_planned=False, is_covered=False)
        for person in affected.away
    }


def _group(
    people: Mapping[str, _Person], memberships: Iterable[tuple[str, str]]
) -> tuple[ImpactGroup, ...]:
    members: dict[str, list[_Person]] = {}
    for contractor_id, label in memberships:
        if contractor_id in people:
            members.setdefault(label, []).append(people[contractor_id])
    groups = [
        ImpactGroup(
            label,
            len(group),
            sum(person.lost_hours for person in group),
            sum(person.is_planned for person in group),
            sum(person.is_covered for person in group),
        )
        for label, group in members.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.num_people, group.label)))
