"""The lines of the scenario form that describe projects which do not exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.services.scenarios.scenario_requests import (
    MAX_EXTRA_HOURS,
    MAX_EXTRA_SEATS,
    MAX_RATE_CENTS,
    TOP_LEVEL,
    NewProject,
)
from app.web.input_limits import read_whole

NEW_LINES = (1, 2)
_PARTS = ("name", "hours", "seats", "skills", "rate", "currency")
NEW_FIELDS = tuple(f"new_{part}_{number}" for number in NEW_LINES for part in _PARTS)
_MAX_NAME = 60


@dataclass(frozen=True)
class NewChoices:
    """What a new project may ask for: skills that somebody knows of, currencies in use."""

    skills: Collection[str]
    currencies: Collection[str]


def read_new_projects(
    form: Mapping[str, str], choices: NewChoices, errors: dict[str, str]
) -> tuple[NewProject, ...]:
    """Return the projects of the lines that have anything but a currency in them."""
    return tuple(
        _read_line(form, number, choices, errors)
        for number in NEW_LINES
        if any(form.get(f"new_{part}_{number}", "") for part in _PARTS if part != "currency")
    )


def _read_line(
    form: Mapping[str, str], number: int, choices: NewChoices, errors: dict[str, str]
) -> NewProject:
    def get(part: str) -> str:
        return form.get(f"new_{part}_{number}", "").strip()

    def refuse(part: str, sentence: str) -> None:
        errors[f"new_{part}_{number}"] = sentence

    name = get("name")
    if not name or len(name) > _MAX_NAME:
        refuse("name", f"Give a name of at most {_MAX_NAME} characters.")
    hours = read_whole(get("hours"), MAX_EXTRA_HOURS)
    if not hours:
        refuse("hours", f"Whole hours a week, 1 to {MAX_EXTRA_HOURS:,}.")
    seats = read_whole(get("seats"), MAX_EXTRA_SEATS) if get("seats") else None
    if get("seats") and not seats:
        refuse("seats", f"A whole number from 1 to {MAX_EXTRA_SEATS:,}, or blank.")
    skills, problem = _read_skills(get("skills"), choices.skills)
    if problem:
        refuse("skills", problem)
    rate = _read_rate(get("rate"))
    if get("rate") and rate is None:
        refuse("rate", f"An amount up to {MAX_RATE_CENTS // 100:,}, such as 42.50.")
    currency = get("currency")
    if currency not in choices.currencies:
        refuse("currency", "Choose one of the currencies.")
    return NewProject(name, hours or 0, seats, skills, rate, currency)


def _read_skills(text: str, known: Collection[str]) -> tuple[tuple[tuple[str, int], ...], str]:
    """Return skills with their lowest level from `python 3, lang:de`, and what is wrong."""
    by_name = {skill.casefold(): skill for skill in known}
    found: dict[str, int] = {}
    for part in (one.strip() for one in text.split(",")):
        if not part:
            continue
        name, _space, last = part.rpartition(" ")
        level = read_whole(last, TOP_LEVEL) if name else None
        wanted = part if level is None else name
        if level == 0 or wanted.casefold() not in by_name:
            return (), f"Nobody has a skill called {wanted[:40]}; a level is 1 to {TOP_LEVEL}."
        found[by_name[wanted.casefold()]] = level or 1
    return tuple(found.items()), ""


def _read_rate(text: str) -> int | None:
    """Return an amount in cents; None when it is blank or unusable."""
    try:
        cents = Decimal(text.replace(",", ".")) * 100
    except InvalidOperation:
        return None
    if not cents.is_finite() or cents != cents.to_integral_value():
        return None
    return int(cents) if 0 <= cents <= MAX_RATE_CENTS else None
