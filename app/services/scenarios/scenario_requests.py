"""What somebody asks of scenarios: whose lost hours, which variants, what is made up for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.errors import InvalidValue
from app.services.pauses.pause_scope import EVERYBODY, PeopleScope

MAX_AT_ONCE = 8
MAX_EXTRA_HOURS = 100_000
MAX_EXTRA_SEATS = 10_000
MAX_RATE_CENTS = 100_000_000
MAX_LEFT_OUT = 20_000
TOP_LEVEL = 5


@dataclass(frozen=True)
class Case:
    """Whose lost hours are planned: those of a pause, or of one that never happened.

    pause_id     the pause, or None
    project_ids  what the hypothetical pause stops
    whole_client whether it stops everything of their clients
    pause_date   the hypothetical pause's first day
    people       whose work it stops
    left_out     ids of contractors who are not planned, of either kind of pause
    """

    pause_id: int | None = None
    project_ids: tuple[str, ...] = ()
    whole_client: bool = False
    pause_date: date | None = None
    people: PeopleScope = EVERYBODY
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtraDemand:
    """Hypothetical hours a week and seats on a project."""

    project_id: str
    hours: int
    seats: int


@dataclass(frozen=True)
class NewProject:
    """A project that does not exist, of a client of its own, open to every country.

    hours     a week; seats None = no limit
    skills    (skill, lowest level) that it requires
    pay_rate_cents  an hour in `currency`; None = each contractor's own
    """

    name: str
    hours: int
    seats: int | None
    skills: tuple[tuple[str, int], ...]
    pay_rate_cents: int | None
    currency: str

    @property
    def project_id(self) -> str:
        """Its id and codename in the answer, which no real project has."""
        return f"new: {self.name}"


@dataclass(frozen=True)
class Variant:
    """One scenario of a request: a policy, with the made-up demand or without."""

    policy: str
    with_extra: bool


@dataclass(frozen=True)
class MadeUp:
    """Demand that is only imagined, on projects that exist and on new ones."""

    extra: tuple[ExtraDemand, ...] = ()
    new: tuple[NewProject, ...] = ()

    def write(self, *, is_used: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return both parts as JSON keeps them, empty where a variant does without."""
        if not is_used:
            return [], []
        new = [
            {**asdict(one), "skills": [[skill, level] for skill, level in one.skills]}
            for one in self.new
        ]
        return [asdict(line) for line in self.extra], new


NOTHING_MADE_UP = MadeUp()


def read_new_project(kept: dict[str, Any]) -> NewProject:
    """Return what `MadeUp.write` wrote."""
    skills = tuple((skill, level) for skill, level in kept["skills"])
    return NewProject(**{**kept, "skills": skills})


def check_request(case: Case, variants: Sequence[Variant], made_up: MadeUp) -> None:
    """Raise InvalidValue for what is out of range, whatever the database holds."""
    if not 1 <= len(variants) <= MAX_AT_ONCE:
        raise InvalidValue("policies", len(variants), f"1 to {MAX_AT_ONCE} scenarios at once")
    for line in made_up.extra:
        if not 0 <= line.hours <= MAX_EXTRA_HOURS or not 0 <= line.seats <= MAX_EXTRA_SEATS:
            expected = f"up to {MAX_EXTRA_HOURS} hours and {MAX_EXTRA_SEATS} seats"
            raise InvalidValue("extra", f"{line.hours} hours, {line.seats} seats", expected)
    for one in made_up.new:
        _check_new_project(one)
    names = [one.name.casefold() for one in made_up.new]
    if len(set(names)) < len(names):
        raise InvalidValue("new projects", ", ".join(names), "names that differ")
    if len(case.left_out) > MAX_LEFT_OUT:
        expected = f"at most {MAX_LEFT_OUT:,} contractors"
        raise InvalidValue("left_out", len(case.left_out), expected)


def _check_new_project(one: NewProject) -> None:
    rate = one.pay_rate_cents
    problems = (
        ("name", one.name, bool(one.name), "a name"),
        ("hours", one.hours, 1 <= one.hours <= MAX_EXTRA_HOURS, f"1 to {MAX_EXTRA_HOURS} hours"),
        (
            "seats",
            one.seats,
            one.seats is None or 1 <= one.seats <= MAX_EXTRA_SEATS,
            f"1 to {MAX_EXTRA_SEATS} seats, or none for no limit",
        ),
        (
            "pay rate",
            rate,
            rate is None or 0 <= rate <= MAX_RATE_CENTS,
            f"up to {MAX_RATE_CENTS} cents an hour",
        ),
        (
            "skill level",
            one.skills,
            all(1 <= level <= TOP_LEVEL for _, level in one.skills),
            f"levels from 1 to {TOP_LEVEL}",
        ),
    )
    for part, value, is_good, expected in problems:
        if not is_good:
            raise InvalidValue(f"new project, {part}", value, expected)
