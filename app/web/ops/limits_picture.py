"""The picture of a plan's bottlenecks: what a little more of each would be worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from app.web.charts import (
    Column,
    DataTable,
    Lane,
    Picture,
    build_bars,
    get_bars_height,
    stack_bars,
)
from app.web.formatting import format_money, format_number, pluralise
from app.web.ops.policy_words import BLOCKER_WORDS

_NAMES = {"hours": "Hours", "seats": "Seats", "budget": "Weekly budget"}


def draw_bottlenecks(bottlenecks: Sequence[Mapping[str, Any]]) -> Picture:
    """Return a lane for each project that is short of something, the dearest first."""
    most_people = max((one["worth_people"] for one in bottlenecks), default=0)
    most_hours = max((one["worth_hours"] for one in bottlenecks), default=0)
    lanes = tuple(_build_lane(one, most_people, most_hours) for one in bottlenecks)
    sentence = "Nothing that projects could run out of limits this plan."
    if bottlenecks:
        sentence = (
            f"{pluralise(len(bottlenecks), 'limit')} with a price: what about one person's worth "
            "more of it would bring, estimated at the margin."
        )
    columns = (
        Column("Project"),
        Column("Short of"),
        Column("More of it"),
        Column("Left over"),
        Column("People kept at their floor"),
        Column("Hours a week restored"),
    )
    rows = tuple(
        (
            one["codename"],
            _say_resource(one),
            _say_amount(one, one["amount"]),
            _say_amount(one, one["left"]),
            format_number(one["worth_people"], 2),
            format_number(one["worth_hours"], 1),
        )
        for one in bottlenecks
    )
    return Picture(
        "bottlenecks",
        "Bottlenecks",
        sentence,
        lanes,
        DataTable(columns, rows),
        legend=(("demand", "People kept at their floor"), ("supply", "Hours restored"))
        if most_people
        else (("supply", "Hours restored"),),
    )


def _build_lane(one: Mapping[str, Any], most_people: float, most_hours: float) -> Lane:
    people, hours = one["worth_people"], one["worth_hours"]
    amount = _say_amount(one, one["amount"])
    says = (
        f"{one['codename']}, {amount} more: {format_number(people, 2)} people at their floor, "
        f"{format_number(hours, 1)} h a week restored"
    )
    bars = [build_bars((("supply", hours, f"{format_number(hours, 1)} h a week"),), most_hours)]
    if most_people:
        words = f"{format_number(people, 2)} people"
        bars.insert(0, build_bars((("demand", people, words),), most_people))
    return Lane(
        one["codename"],
        says,
        stack_bars(bars),
        value=f"+{format_number(hours, 1)} h",
        note=BLOCKER_WORDS["left_out"] if one.get("left_out") else f"{amount} more",
        href=url_for("ops.project", project_id=one["project_id"]),
        height=get_bars_height(len(bars)),
    )


def _say_resource(one: Mapping[str, Any]) -> str:
    """Return what a project is short of; a policy that leaves it out gives it none."""
    return BLOCKER_WORDS["left_out"] if one.get("left_out") else _NAMES[one["resource"]]


def _say_amount(one: Mapping[str, Any], amount: int) -> str:
    match one["resource"]:
        case "hours":
            return f"{format_number(amount)} h a week"
        case "seats":
            return pluralise(amount, "seat")
        case _:
            return f"{format_money(amount, one['currency'], whole=True)} a week"
