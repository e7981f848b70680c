"""Scenarios side by side, in words and numbers: one column each, the first to compare with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from app.services.desk.scenarios import BlockerCount, PeopleFigures, ScenarioRow
from app.web.formatting import MINUS, format_number
from app.web.ops.certificate_words import say_share, scale_tier
from app.web.ops.policy_choices import get_policy_title
from app.web.ops.policy_words import BLOCKER_WORDS, TIER_TITLES
from app.web.ops.scenario_words import say_case, say_extra

BAR_WIDTH = 160
_MOST_BLOCKERS = 3
NOTHING = "\N{EN DASH}"
"""Stands where a scenario has no answer."""


class Better(Enum):
    """Which way a number should go."""

    MORE = "more"
    FEWER = "fewer"
    NEITHER = "neither"


@dataclass(frozen=True)
class Cell:
    """One number of one scenario.

    difference  against the first column, "" where there is none to tell
    tone        `up` where that is better, `down` where worse, else ""
    note        bound and gap, or what the number is of
    bar, limit  x of the number and of its bound on a bar of BAR_WIDTH; None without a bar
    """

    text: str
    difference: str = ""
    tone: str = ""
    note: str = ""
    bar: float | None = None
    limit: float | None = None


@dataclass(frozen=True)
class ComparedRow:
    """A line of the comparison; `title` says what, `hint` in which unit."""

    title: str
    hint: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ComparedHead:
    """What one column is: whose lost hours, which policy, which demand."""

    scenario_id: int
    letter: str
    policy: str
    case: str
    extra: tuple[str, ...]
    status: str
    error: str | None


def build_heads(scenarios: Sequence[ScenarioRow]) -> list[ComparedHead]:
    """Return the heads of the columns, lettered from A."""
    return [
        ComparedHead(
            scenario_id=row.scenario_id,
            letter=chr(ord("A") + place),
            policy=get_policy_title(row.policy),
            case=say_case(row),
            extra=say_extra(row),
            status=row.status,
            error=row.error,
        )
        for place, row in enumerate(scenarios)
    ]


def build_compared_rows(
    scenarios: Sequence[ScenarioRow],
    figures: Mapping[int, PeopleFigures],
    blockers: Mapping[int, Sequence[BlockerCount]],
) -> list[ComparedRow]:
    """Return the lines of the comparison; a scenario without an answer has dashes."""
    people = [figures.get(row.scenario_id) for row in scenarios]

    def count(part: str) -> list[int | None]:
        return [None if one is None else getattr(one, part) for one in people]

    return [
        _build_coverage(scenarios),
        _build_hours(scenarios),
        _build_counts("Placed in full", "every lost hour back", count("num_full"), Better.MORE),
        _build_counts(
            "Without any hours", "of those who lost some", count("num_without"), Better.FEWER
        ),
        _build_counts("On several projects", "people who are split", count("num_split")),
        _build_counts(
            "Lower pay", "people paid less for the same hours", count("num_cut"), Better.FEWER
        ),
        _build_blockers(scenarios, blockers),
        _build_counts("Assignments", "approved ones included", count("num_places")),
        *(_build_goal(scenarios, tier) for tier in TIER_TITLES),
    ]


def _build_blockers(
    scenarios: Sequence[ScenarioRow], blockers: Mapping[int, Sequence[BlockerCount]]
) -> ComparedRow:
    """Return what most people below their lost hours run into."""
    cells = []
    for row in scenarios:
        found = blockers.get(row.scenario_id, ())
        first = [f"{BLOCKER_WORDS.get(code, code)} {format_number(n)}" for code, n in found]
        text = first[0] if first else NOTHING
        cells.append(Cell(text, note="; ".join(first[1:_MOST_BLOCKERS])))
    return ComparedRow("Most in the way", "people below their lost hours", tuple(cells))


def _build_coverage(scenarios: Sequence[ScenarioRow]) -> ComparedRow:
    cells = _compare([_find_number(row, "num_covered") for row in scenarios], Better.MORE)
    for place, row in enumerate(scenarios):
        covered = _find_number(row, "num_covered")
        if covered is not None and row.summary is not None:
            planned = row.summary["num_affected"] - row.summary["num_away"]
            bound = min(_get_goal(row, "coverage")["bound"], planned)
            share = BAR_WIDTH / planned if planned else 0.0
            cells[place] = replace(
                cells[place],
                note=f"of {format_number(planned)}; at most {format_number(bound)} possible",
                bar=round(covered * share, 1),
                limit=round(bound * share, 1),
            )
    return ComparedRow("People covered", "at or above their floor", tuple(cells))


def _build_hours(scenarios: Sequence[ScenarioRow]) -> ComparedRow:
    cells = _compare([_find_number(row, "restored_hour_weeks") for row in scenarios], Better.MORE)
    for place, row in enumerate(scenarios):
        restored = _find_number(row, "restored_hour_weeks")
        if restored is not None and row.summary is not None:
            lost = row.summary["lost_hour_weeks"]
            share = restored / lost if lost else 0.0
            cells[place] = replace(
                cells[place],
                note=f"{int(100 * share)} % of {format_number(lost)}",
                bar=round(share * BAR_WIDTH, 1),
                limit=float(BAR_WIDTH),
            )
    return ComparedRow("Hours restored", "hour-weeks over the horizon", tuple(cells))


def _build_counts(
    title: str, hint: str, numbers: Sequence[int | None], better: Better = Better.NEITHER
) -> ComparedRow:
    return ComparedRow(title, hint, tuple(_compare(numbers, better)))


def _build_goal(scenarios: Sequence[ScenarioRow], tier: str) -> ComparedRow:
    """Return the certificate's line of one goal: its value, its place, its bound and gap."""
    cells = [_build_goal_cell(row, tier) for row in scenarios]
    return ComparedRow(f"Goal: {TIER_TITLES[tier].lower()}", "value, bound and gap", tuple(cells))


def _build_goal_cell(row: ScenarioRow, tier: str) -> Cell:
    if row.certificate is None:
        return Cell(NOTHING)
    goal = _get_goal(row, tier)
    place = [one["name"] for one in row.certificate["tiers"]].index(tier) + 1
    bound = format_number(math.ceil(scale_tier(tier, goal["bound"])))
    value, gap = goal["value"], goal["gap"]
    if value is None or gap is None:
        return Cell(NOTHING, note=f"goal {place}; at most {bound}")
    verdict = "proved" if gap <= 0 else f"gap {say_share(gap)}"
    return Cell(
        format_number(math.floor(scale_tier(tier, value))),
        note=f"goal {place}; at most {bound}, {verdict}",
    )


def _find_number(row: ScenarioRow, part: str) -> float | None:
    """Return a number of the summary; None unless the scenario has an answer."""
    if row.status != "succeeded" or row.summary is None:
        return None
    number: float = row.summary[part]
    return number


def _get_goal(row: ScenarioRow, tier: str) -> Mapping[str, Any]:
    tiers = [] if row.certificate is None else row.certificate["tiers"]
    found: Mapping[str, Any] = next(one for one in tiers if one["name"] == tier)
    return found


def _compare(numbers: Sequence[float | None], better: Better) -> list[Cell]:
    """Return a cell for each number, with its difference against the first there is."""
    first = next((number for number in numbers if number is not None), None)
    return [
        Cell(NOTHING)
        if number is None or first is None
        else Cell(format_number(number), *_say_difference(number - first, better))
        for number in numbers
    ]


def _say_difference(difference: float, better: Better) -> tuple[str, str]:
    if not difference:
        return "", ""
    text = f"{'+' if difference > 0 else MINUS}{format_number(abs(difference))}"
    if better is Better.NEITHER:
        return text, ""
    return text, "up" if (difference > 0) == (better is Better.MORE) else "down"
