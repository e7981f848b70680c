"""Rules on where a contractor works from: country and time zone."""

from __future__ import annotations

import numpy as np

from solver.bitsets import look_up_value
from solver.columns import read_seconds, split_list
from solver.instance import BoolArray, IntArray
from solver.rules.context import RuleContext
from solver.rules.rule import LookupRule

SECONDS_PER_HOUR = 3600
HALF_DAY_SECONDS = 12 * SECONDS_PER_HOUR
"""The farthest that two time zones can be apart."""

NO_OFFSET = 2**40
"""UTC offset of a contractor or project that names none."""

_ANY_DISTANCE = -1


def measure_utc_distance(one: IntArray, other: IntArray) -> IntArray:
    """Return the seconds between UTC offsets around the clock, 0..43200: +12 and -12 meet."""
    apart = np.abs(one - other) % (2 * HALF_DAY_SECONDS)
    distance: IntArray = np.minimum(apart, 2 * HALF_DAY_SECONDS - apart)
    return distance


def build_country(context: RuleContext) -> LookupRule:
    """Return: the contractor's country is one of the project's, where it names any."""
    held = context.people["country"].tolist()
    allowed = [split_list(cell) for cell in context.projects["countries"].tolist()]

    def accept(country: str) -> BoolArray:
        return np.array([not names or country in names for names in allowed], dtype=np.bool_)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        country, names = held[contractor_idx], ", ".join(sorted(allowed[project_idx]))
        if not country:
            return f"country is missing, {names} allowed", "fill in the contractor's country"
        return (
            f"works from {country}, {names} allowed",
            f"allow {country} on {context.get_codename(project_idx)}",
        )

    return LookupRule(
        "country",
        "the project does not take people from this country",
        look_up_value(held, accept, context.num_projects),
        describe,
    )


def build_utc_distance(context: RuleContext) -> LookupRule:
    """Return: the UTC offsets are at most max_utc_distance apart, around the clock.

    A project without an offset or without a greatest distance takes any offset.
    """
    held = read_seconds(context.people["utc_offset"], NO_OFFSET)
    wanted = read_seconds(context.projects["utc_offset"], NO_OFFSET)
    farthest = read_seconds(context.projects["max_utc_distance"], _ANY_DISTANCE)
    takes_any = (wanted == NO_OFFSET) | (farthest == _ANY_DISTANCE)

    def accept(offset: int) -> BoolArray:
        near = measure_utc_distance(np.array(offset), wanted) <= farthest
        accepted: BoolArray = takes_any | (near & (offset != NO_OFFSET))
        return accepted

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        most = farthest[project_idx] / SECONDS_PER_HOUR
        if held[contractor_idx] == NO_OFFSET:
            return (
                f"time zone is missing, at most {most:g} hours apart allowed",
                "fill in the contractor's time zone",
            )
        seconds = measure_utc_distance(held[[contractor_idx]], wanted[[project_idx]])[0]
        distance, codename = seconds / SECONDS_PER_HOUR, context.get_codename(project_idx)
        return (
            f"{distance:g} hours apart, {most:g} allowed",
            f"allow {distance:g} hours between time zones on {codename}, {most:g} now",
        )

    return LookupRule(
        "utc_distance",
        "the time zones are too far apart",
        look_up_value(held.tolist(), accept, context.num_projects),
        describe,
    )
