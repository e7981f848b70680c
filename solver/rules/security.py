"""Rules on vetting: clearance, its expiry, compartments."""

from __future__ import annotations

import numpy as np

from solver.bitsets import look_up_reach, look_up_value
from solver.columns import (
    FOREVER_DAY,
    LONG_AGO_DAY,
    get_date,
    get_day,
    read_days,
    read_whole,
    split_list,
)
from solver.instance import BoolArray
from solver.rules.context import RuleContext
from solver.rules.rule import LookupRule


def build_clearance(context: RuleContext) -> LookupRule:
    """Return: the clearance held reaches the project's level."""
    held = read_whole(context.people["clearance"], 0)
    needed = read_whole(context.projects["clearance"], 0)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        level, wanted = held[contractor_idx], needed[project_idx]
        return (
            f"clearance {level} held, {wanted} needed",
            f"raise clearance from {level} to {wanted}",
        )

    return LookupRule(
        "clearance",
        "the clearance held is below the level needed",
        look_up_reach(held, needed),
        describe,
    )


def build_clearance_expiry(context: RuleContext) -> LookupRule:
    """Return: the clearance is valid on the assignment's last day within the horizon.

    A project of clearance 0 needs none, so no expiry stops it.
    """
    expiry = read_days(context.people["clearance_expires_on"], FOREVER_DAY)
    last_day = np.minimum(context.end_day, get_day(context.horizon.ends_on))
    is_open_to_all = read_whole(context.projects["clearance"], 0) == 0
    needed = np.where(is_open_to_all, LONG_AGO_DAY, last_day)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        expires_on = get_date(int(expiry[contractor_idx]))
        needed_until = get_date(int(needed[project_idx]))
        return (
            f"clearance expires on {expires_on}, needed through {needed_until}",
            f"renew clearance, expires {expires_on}",
        )

    return LookupRule(
        "clearance_expiry",
        "the clearance expires before the work ends",
        look_up_reach(expiry, needed),
        describe,
    )


def build_compartment(context: RuleContext) -> LookupRule:
    """Return: the compartments held include all of the project's."""
    held = context.people["compartments"].tolist()
    needed = [split_list(cell) for cell in context.projects["compartments"].tolist()]

    def accept(cell: str) -> BoolArray:
        own = split_list(cell)
        return np.array([wanted <= own for wanted in needed], dtype=np.bool_)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        missing = sorted(needed[project_idx] - split_list(held[contractor_idx]))
        names = ", ".join(missing)
        return f"no access to compartment {names}", f"grant access to compartment {names}"

    return LookupRule(
        "compartment",
        "access to a compartment is missing",
        look_up_value(held, accept, context.num_projects),
        describe,
    )
