"""The form that asks for scenarios: read, checked field by field, written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.services.pauses.pause_scope import EVERYBODY, PeopleScope
from app.services.plans.horizon import MAX_DAYS_AHEAD
from app.services.scenarios.scenario_requests import (
    MAX_AT_ONCE,
    MAX_EXTRA_HOURS,
    MAX_EXTRA_SEATS,
    MAX_LEFT_OUT,
    NOTHING_MADE_UP,
    Case,
    ExtraDemand,
    MadeUp,
    Variant,
)
from app.web.form_fields import read_day, read_text
from app.web.input_limits import MAX_KEY, read_whole
from app.web.ops.new_project_form import NEW_FIELDS, NewChoices, read_new_projects
from app.web.ops.pause_form import read_people, split_ids
from app.web.ops.project_names import Projects, find_named

EXTRA_LINES = (1, 2, 3)
EXTRA_FIELDS = tuple(
    f"extra_{part}_{number}" for number in EXTRA_LINES for part in ("project", "hours", "seats")
)
FIELDS = (
    "case",
    "pause_id",
    "projects",
    "whole_client",
    "pause_date",
    "also_without",
    "people",
    "people_skill",
    "people_list",
    "left_out",
    *EXTRA_FIELDS,
    *NEW_FIELDS,
)
LISTS = ("policies", "people_country")
"""Fields that may come more than once."""
_MAX_NAMES = 4_000


@dataclass(frozen=True)
class ScenarioForm:
    """What the page holds.

    values    field -> text, as typed
    policies  names of the policies that are ticked
    people    whose work a pause that never happened stops
    case      None when a field can't be used; `errors` then names each
    """

    values: Mapping[str, str]
    policies: Sequence[str]
    errors: Mapping[str, str] = field(default_factory=dict)
    case: Case | None = None
    variants: tuple[Variant, ...] = ()
    made_up: MadeUp = NOTHING_MADE_UP
    people: PeopleScope = EVERYBODY


def start_scenario_form(pause_id: int | None, policy: str, today: date) -> ScenarioForm:
    """Return the form as it opens: for a pause if one is named."""
    values = dict.fromkeys(FIELDS, "") | {
        "case": "pause" if pause_id is not None else "none",
        "pause_id": "" if pause_id is None else str(pause_id),
        "pause_date": (today + timedelta(days=1)).isoformat(),
        "also_without": "1",
    }
    return ScenarioForm(values, (policy,))


def read_scenario_form(
    form: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    projects: Projects,
    choices: NewChoices,
    *,
    today: date,
) -> ScenarioForm:
    """Return the form with a sentence for each field that can't be used.

    lists    the fields of LISTS
    choices  what a new project may ask for
    """
    errors: dict[str, str] = {}
    policies = lists["policies"]
    people = read_people(form, lists, errors) if form.get("case") != "pause" else EVERYBODY
    case = _read_case(form, projects, people, errors, today)
    new = read_new_projects(form, choices, errors)
    made_up = MadeUp(_read_extra(form, projects, errors), new)
    with_extra: tuple[bool, ...] = (False,)
    if made_up != NOTHING_MADE_UP:
        with_extra = (False, True) if form.get("also_without") else (True,)
    variants = tuple(Variant(policy, choice) for policy in policies for choice in with_extra)
    if not policies:
        errors["policies"] = "Choose at least one policy."
    elif len(variants) > MAX_AT_ONCE:
        errors["policies"] = f"At most {MAX_AT_ONCE} scenarios at once; these make {len(variants)}."
    values = {name: form.get(name, "") for name in FIELDS}
    if errors:
        return ScenarioForm(values, policies, errors, people=people)
    return ScenarioForm(values, policies, {}, case, variants, made_up, people)


def _read_case(
    form: Mapping[str, str],
    projects: Projects,
    people: PeopleScope,
    errors: dict[str, str],
    today: date,
) -> Case:
    left_out = split_ids(form.get("left_out", ""))
    if len(left_out) > MAX_LEFT_OUT:
        errors["left_out"] = f"At most {MAX_LEFT_OUT:,} ids; these are {len(left_out):,}."
    if form.get("case") == "pause":
        pause_id = read_whole(form.get("pause_id", ""), MAX_KEY)
        if not pause_id:
            errors["pause_id"] = "Choose the pause."
        return Case(pause_id, left_out=left_out)
    text = read_text(form, "projects", errors, longest=_MAX_NAMES)
    named, problem = find_named(text, projects)
    if problem or not named:
        errors["projects"] = problem or "Name the projects that would stop."
    day = read_day(form, "pause_date", errors)
    latest = today + timedelta(days=MAX_DAYS_AHEAD)
    if day is None:
        errors.setdefault("pause_date", "Give the day.")
    elif not today <= day <= latest:
        errors["pause_date"] = f"From today to {MAX_DAYS_AHEAD} days ahead."
    return Case(None, named, bool(form.get("whole_client")), day, people, left_out)


def _read_extra(
    form: Mapping[str, str], projects: Projects, errors: dict[str, str]
) -> tuple[ExtraDemand, ...]:
    lines: list[ExtraDemand] = []
    for number in EXTRA_LINES:
        name = form.get(f"extra_project_{number}", "")
        hours = _read_count(form, f"extra_hours_{number}", errors, MAX_EXTRA_HOURS)
        seats = _read_count(form, f"extra_seats_{number}", errors, MAX_EXTRA_SEATS)
        if not name and not hours and not seats:
            continue
        named, problem = find_named(name, projects)
        if problem or len(named) != 1:
            errors[f"extra_project_{number}"] = problem or "Name one project."
        elif not hours:
            errors.setdefault(f"extra_hours_{number}", "Give the hours a week.")
        else:
            lines.append(ExtraDemand(named[0], hours, seats))
    return tuple(lines)


def _read_count(form: Mapping[str, str], name: str, errors: dict[str, str], most: int) -> int:
    text = form.get(name, "")
    number = read_whole(text, most) if text else 0
    if number is None:
        errors[name] = f"A whole number up to {most:,}."
    return number or 0
