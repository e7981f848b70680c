"""A scenario in words: its policy, whose lost hours it plans, and what is made up for it."""

from __future__ import annotations

from app.services.desk.scenarios import ScenarioRow
from app.services.pauses.pause_scope import PeopleScope
from app.services.scenarios.scenario_requests import NewProject
from app.web.formatting import format_day, format_money, format_number, pluralise
from app.web.ops.policy_choices import get_policy_title
from app.web.skill_words import name_skills

_MOST_VALUES = 3


def describe(row: ScenarioRow) -> str:
    """Return a scenario in a few words: its policy, and whether demand was added."""
    hours = sum(line.hours for line in row.extra) + sum(one.hours for one in row.new)
    more = f", {format_number(hours)} h more demand" if hours else ""
    return f"{get_policy_title(row.policy)}{more}"


def say_case(row: ScenarioRow) -> str:
    """Return whose lost hours it plans."""
    missing = pluralise(row.num_left_out, "person", "people")
    rest = f", {missing} left out" if row.num_left_out else ""
    if row.pause_id is not None:
        return f"The pause of {row.title}{rest}"
    return f"If {row.title} stopped on {format_day(row.pause_date)}{_say_people(row.people)}{rest}"


def _say_people(people: PeopleScope) -> str:
    """Return for whom a hypothetical pause stops its projects; "" for everybody."""
    if people.is_everybody:
        return ""
    if people.kind == "list":
        return f" for {pluralise(len(people.values), 'person', 'people')} of a list"
    shown = ", ".join(name_skills(value) for value in people.values[:_MOST_VALUES])
    more = f" and {len(people.values) - _MOST_VALUES} more" if people.values[_MOST_VALUES:] else ""
    return f" for {'people in' if people.kind == 'country' else 'holders of'} {shown}{more}"


def say_extra(row: ScenarioRow) -> tuple[str, ...]:
    """Return each line of the demand that is only imagined."""
    more = tuple(
        f"{format_number(line.hours)} h a week more on {line.codename}"
        + (f", {pluralise(line.seats, 'seat')} more" if line.seats else "")
        for line in row.extra
    )
    return more + tuple(_say_new(one) for one in row.new)


def _say_new(one: NewProject) -> str:
    parts = [
        f"{format_number(one.hours)} h a week",
        pluralise(one.seats, "seat") if one.seats is not None else "",
        f"{format_money(one.pay_rate_cents, one.currency)} an hour"
        if one.pay_rate_cents is not None
        else "",
        ", ".join(
            name_skills(skill) + (f" {level}+" if level > 1 else "") for skill, level in one.skills
        ),
    ]
    return f"New project {one.name}: " + ", ".join(part for part in parts if part)
