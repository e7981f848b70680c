"""Scenarios side by side: goals and certificates, then the difference person by person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue
from app.services.access.access import Permission
from app.services.desk.scenario_people import (
    CHANGES,
    PersonDifference,
    Place,
    count_changes,
    list_differences,
)
from app.services.desk.scenarios import (
    ScenarioRow,
    count_blockers,
    count_people,
    get_scenarios,
)
from app.services.paging import Page, PageRequest
from app.services.scenarios.scenario_requests import MAX_AT_ONCE
from app.web.formatting import format_number
from app.web.guard import permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.list_columns import Column, to_units
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import ListQuery, Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.comparison import BAR_WIDTH, build_compared_rows, build_heads
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.sessions import get_session


@blueprint.get("/scenarios/compare")
@permit(Permission.VIEW_OPS)
def scenario_compare() -> ResponseReturnValue:
    """Compare the scenarios of the address; two of them person by person."""
    rows = get_scenarios(get_session(), _read_ids())
    if is_fragment() and request.args.get("part") == "table":
        return render_template("ops/scenario_table.html", **_build_table(rows))
    chosen = _choose_two(rows)
    if chosen is None:
        return render_template("ops/scenario_compare.html", **_build_table(rows), people=None)
    columns = _build_columns(*chosen)
    query = read_list_query(
        request.args, ("text", "change"), Sorting.of_columns(columns, "difference")
    )
    if asks_for_csv():
        return send_list("difference", columns, query, _finder(chosen, query))
    people = _build_people(rows, chosen, columns, query)
    if is_fragment():
        return render_template("ops/scenario_people.html", people=people)
    return render_template("ops/scenario_compare.html", **_build_table(rows), people=people)


Lettered = tuple[str, int]
"""The letter of a column and the scenario that it shows."""


def _read_ids() -> list[int]:
    """Return the ids of the address, each once, the earliest first."""
    texts = request.args.getlist("id")
    ids = [read_whole(text, MAX_KEY) for text in texts]
    found = sorted({one for one in ids if one is not None})
    if not found or None in ids or len(found) > MAX_AT_ONCE:
        raise InvalidValue("id", ", ".join(texts), f"1 to {MAX_AT_ONCE} numbers of scenarios")
    return found


def _choose_two(rows: Sequence[ScenarioRow]) -> tuple[Lettered, Lettered] | None:
    """Return the two to compare by person: those asked for, else the first with an answer."""
    solved = [
        (chr(ord("A") + place), row.scenario_id)
        for place, row in enumerate(rows)
        if row.status == "succeeded"
    ]
    if len(solved) < 2 or any(row.is_unfinished for row in rows):
        return None
    asked = [request.args.get(name, "") for name in ("left", "right")]
    left = next((one for one in solved if one[0] == asked[0]), solved[0])
    others = [one for one in solved if one != left]
    return left, next((one for one in others if one[0] == asked[1]), others[0])


def _build_table(rows: Sequence[ScenarioRow]) -> dict[str, Any]:
    ids = [row.scenario_id for row in rows]
    return {
        "heads": build_heads(rows),
        "compared": build_compared_rows(
            rows, count_people(get_session(), ids), count_blockers(get_session(), ids)
        ),
        "bar_width": BAR_WIDTH,
        "is_live": any(row.is_unfinished for row in rows),
        "own_url": url_for("ops.scenario_compare", id=ids, part="table"),
        "is_one_case": len({(row.pause_id, row.codenames, row.people) for row in rows}) == 1,
    }


def _build_people(
    rows: Sequence[ScenarioRow],
    chosen: tuple[Lettered, Lettered],
    columns: Sequence[Column],
    query: ListQuery,
) -> dict[str, Any]:
    (left, left_id), (right, right_id) = chosen
    ids = [row.scenario_id for row in rows]
    listing = build_listing(
        query,
        _finder(chosen, query),
        columns,
        "ops.scenario_compare",
        id=ids,
        left=left,
        right=right,
    )
    return {
        "listing": listing,
        "left": left,
        "right": right,
        "ids": ids,
        "letters": [
            chr(ord("A") + place) for place, row in enumerate(rows) if row.status == "succeeded"
        ],
        "changes": CHANGES,
        "counts": count_changes(get_session(), left_id, right_id),
        "say_places": say_places,
        "say_blocker": say_blocker,
    }


def _finder(chosen: tuple[Lettered, Lettered], query: ListQuery) -> Any:
    """Return the function that reads a page of the differences."""
    (_, left_id), (_, right_id) = chosen

    def find_rows(page: PageRequest) -> Page[PersonDifference]:
        return list_differences(
            get_session(),
            left_id,
            right_id,
            text=query.filters["text"],
            change=query.filters["change"],
            page=page,
        )

    return find_rows


def _build_columns(left: Lettered, right: Lettered) -> tuple[Column, ...]:
    one, other = left[0], right[0]
    return (
        Column("contractor_id", "Contractor id", csv_only=True),
        Column("name", "Contractor", fixed=True),
        Column("country", "Country", csv_only=True),
        Column("lost_hours", "Lost", number=True),
        Column(
            "left_places", f"Places in {one}", lambda row: say_places(row.left_places), sorts=False
        ),
        Column(
            "right_places",
            f"Places in {other}",
            lambda row: say_places(row.right_places),
            sorts=False,
        ),
        Column("left_hours", f"Hours in {one}", number=True),
        Column("right_hours", f"Hours in {other}", number=True),
        Column("difference", "Difference", number=True),
        Column(
            "left_covered",
            f"Floor kept in {one}",
            lambda row: "yes" if row.left_covered else "no",
            csv_only=True,
        ),
        Column(
            "right_covered",
            f"Floor kept in {other}",
            lambda row: "yes" if row.right_covered else "no",
            csv_only=True,
        ),
        Column(
            "left_blocker",
            f"In the way in {one}",
            lambda row: say_blocker(row.left_blocker),
            csv_only=True,
        ),
        Column(
            "right_blocker",
            f"In the way in {other}",
            lambda row: say_blocker(row.right_blocker),
            csv_only=True,
        ),
        Column(
            "pay_difference_cents",
            "Pay difference a week",
            lambda row: to_units(row.pay_difference_cents),
            csv_only=True,
        ),
        Column("currency", "Currency", csv_only=True),
    )


def say_blocker(blocker: str | None) -> str:
    """Return what keeps a person below the lost hours, "" for nothing."""
    return BLOCKER_WORDS.get(blocker, blocker) if blocker else ""


def say_places(places: tuple[Place, ...]) -> str:
    """Return where a person works: `Larkspur 20 h, Umbra 10 h`."""
    return ", ".join(f"{codename} {format_number(hours)} h" for codename, hours in places)
