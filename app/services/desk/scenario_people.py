"""Two scenarios, person by person: who gains, who loses, who goes elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, cast, func, join, select
from sqlalchemy.orm import Session

from app.models import Contractor, ScenarioPerson
from app.services.desk.scenarios import find_project_names
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page

Place = tuple[str, int]
"""(codename, hours a week)."""


@dataclass(frozen=True)
class PersonDifference:
    """One person in two scenarios; None where a scenario does not affect the person.

    difference        restored hours a week, the second less the first
    left_blocker, right_blocker  what keeps them below their lost hours, "" for nothing
    pay_difference_cents  of the change in pay a week, the second less the first
    """

    left_places: tuple[Place, ...]
    right_places: tuple[Place, ...]
    contractor_id: str
    name: str
    country: str
    lost_hours: int
    left_hours: float | None
    right_hours: float | None
    difference: float
    left_covered: bool | None
    right_covered: bool | None
    left_blocker: str | None
    right_blocker: str | None
    pay_difference_cents: int
    currency: str


class _Pair:
    """The people of two scenarios, side by side, as one statement."""

    def __init__(self, left_id: int, right_id: int) -> None:
        person = ScenarioPerson
        self.left = select(person).where(person.scenario_id == left_id).subquery("l")
        self.right = select(person).where(person.scenario_id == right_id).subquery("r")
        one, other = self.left.c, self.right.c
        self.both: FromClause = join(
            self.left, self.right, one.contractor_id == other.contractor_id, full=True
        )
        self.contractor_id = func.coalesce(one.contractor_id, other.contractor_id)
        self.difference = func.coalesce(other.restored_hours, 0) - func.coalesce(
            one.restored_hours, 0
        )
        self.covered_before = func.coalesce(one.covered, False)
        self.covered_after = func.coalesce(other.covered, False)

    def build_condition(self, change: str) -> ColumnElement[bool] | None:
        """Return what a kind of change means; None for any."""
        conditions: Mapping[str, ColumnElement[bool]] = {
            "moved": func.coalesce(self.left.c.places, func.jsonb_build_array()).is_distinct_from(
                func.coalesce(self.right.c.places, func.jsonb_build_array())
            ),
            "more": self.difference > 0,
            "fewer": self.difference < 0,
            "gains": self.covered_after & ~self.covered_before,
            "loses": self.covered_before & ~self.covered_after,
        }
        return conditions.get(change)


CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "moved": "Other places",
        "more": "More hours",
        "fewer": "Fewer hours",
        "gains": "Floor gained",
        "loses": "Floor lost",
    }
)
"""Kinds of change that the list may be narrowed to, and their words."""


def list_differences(
    session: Session, left_id: int, right_id: int, *, text: str, change: str, page: PageRequest
) -> Page[PersonDifference]:
    """Return the people whom either scenario affects; `change` is one of CHANGES or blank."""
    pair = _Pair(left_id, right_id)
    statement = _select_people(pair)
    condition = pair.build_condition(change)
    if condition is not None:
        statement = statement.where(condition)
    if text:
        statement = statement.where(
            contains_text(text, Contractor.name, cast(Contractor.contractor_id, String))
        )
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Contractor.contractor_id)
    wanted = {one for row in found.rows for places in row[:2] for one, _ in places or ()}
    names = find_project_names(session, sorted(wanted))
    rows = [
        PersonDifference(_name(left, names), _name(right, names), *rest)
        for left, right, *rest in found.rows
    ]
    return Page(rows, found.total)


def count_changes(session: Session, left_id: int, right_id: int) -> dict[str, int]:
    """Return how many people each kind of change concerns, and `all` of them."""
    pair = _Pair(left_id, right_id)
    conditions = [pair.build_condition(change) for change in CHANGES]
    counts = session.execute(
        select(
            func.count(),
            *(func.count().filter(one) for one in conditions if one is not None),
        ).select_from(pair.both)
    ).one()
    return dict(zip(("all", *CHANGES), counts, strict=True))


def _select_people(pair: _Pair) -> Rows:
    one, other = pair.left.c, pair.right.c
    pay = func.coalesce(other.pay_change_cents, 0) - func.coalesce(one.pay_change_cents, 0)
    return select(
        one.places.label("left_places"),
        other.places.label("right_places"),
        Contractor.contractor_id,
        Contractor.name,
        Contractor.country,
        func.coalesce(other.lost_hours, one.lost_hours).label("lost_hours"),
        one.restored_hours.label("left_hours"),
        other.restored_hours.label("right_hours"),
        pair.difference.label("difference"),
        one.covered.label("left_covered"),
        other.covered.label("right_covered"),
        one.blocker.label("left_blocker"),
        other.blocker.label("right_blocker"),
        pay.label("pay_difference_cents"),
        func.coalesce(other.currency, one.currency).label("currency"),
    ).select_from(join(pair.both, Contractor, Contractor.contractor_id == pair.contractor_id))


def _name(places: Sequence[Sequence[Any]] | None, names: Mapping[str, str]) -> tuple[Place, ...]:
    return tuple((names.get(project_id, project_id), hours) for project_id, hours in places or ())
