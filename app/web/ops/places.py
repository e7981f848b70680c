"""Placing by hand: what is open, who could go there, where somebody could go, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import InvalidValue, Refused
from app.input_bounds import MOST_HOURS
from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.places import list_demand, list_ranked_people
from app.services.desk.plans import can_place, get_run
from app.services.desk.projects import get_project
from app.services.desk.review_projects import list_open_projects
from app.services.desk.unplaced import UnplacedRow, get_unplaced
from app.services.paging import Page, PageRequest, cut_page
from app.services.review.hand_places import add_place as propose_place
from app.services.review.hand_places import check_place
from app.services.review.hand_verdicts import CheckedChange, Wish
from app.services.review.place_ranking import RankedProject, rank_projects_for
from app.web.clock import get_today
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.list_columns import Column, to_units
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import ListQuery, Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.hand_changes import read_hours
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.sessions import get_session

_DEMAND_COLUMNS = (
    Column("project_id", "Project id", csv_only=True, sorts=False),
    Column("codename", "Project", fixed=True),
    Column("priority", "Priority", number=True),
    Column("demand_hours", "Wanted", number=True),
    Column("open_hours", "Open", number=True),
    Column("wanted_hours", "In proposals", number=True),
    Column("free_hours", "Left", number=True),
    Column("free_seats", "Seats left", number=True),
)
_DEMAND_SORTING = Sorting.of_columns(_DEMAND_COLUMNS, "free_hours", descending=True)
_PEOPLE_COLUMNS = (
    Column("rank", "Rank", csv_only=True, number=True),
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("country", "Country", csv_only=True),
    Column("fit", "Fit", number=True),
    Column("rate", "Rate", lambda row: to_units(row.rate_cents), number=True, sorts=False),
    Column("pay_change_cents", "Rate change", lambda row: to_units(row.pay_change_cents),
           number=True),
    Column("currency", "Currency", csv_only=True, sorts=False),
    Column("missing_hours", "Missing", number=True),
    Column("hours_that_fit", "Fits now", number=True),
    Column("held", "In the plan", lambda row: _say_held(row.held), sorts=False),
)  # fmt: skip
_PEOPLE_SORTING = Sorting.of_columns(_PEOPLE_COLUMNS, "rank")
_PLACE_COLUMNS = (
    Column("rank", "Rank", csv_only=True, number=True),
    Column("project_id", "Project id", csv_only=True, sorts=False),
    Column("codename", "Project", fixed=True),
    Column("fit", "Fit", number=True),
    Column("pay_change_cents", "Rate change", lambda row: to_units(row.pay_change_cents),
           number=True),
    Column("hours_that_fit", "Fits now", number=True),
    Column("open_hours", "Open", number=True),
    Column("free_hours", "Left", number=True),
)  # fmt: skip
_PLACE_SORTING = Sorting.of_columns(_PLACE_COLUMNS, "rank")


def _say_held(held: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{codename} {hours} h" for codename, hours in held)


@blueprint.get("/plans/<int:run_id>/open-demand")
@permit(Permission.VIEW_OPS)
def open_demand(run_id: int) -> ResponseReturnValue:
    """List the projects that take people, and what approved places and proposals leave."""
    session = get_session()
    run = get_run(session, run_id)
    query = read_list_query(request.args, ("text",), _DEMAND_SORTING)
    client_ids = get_actor().client_ids
    find_rows = partial(list_demand, session, run_id, query.filters["text"], client_ids=client_ids)
    if asks_for_csv():
        return send_list("open-demand", _DEMAND_COLUMNS, query, find_rows)
    return render_template(
        "ops/open_demand_table.html" if is_fragment() else "ops/open_demand.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        listing=build_listing(query, find_rows, _DEMAND_COLUMNS, "ops.open_demand", run_id=run_id),
    )


@blueprint.get("/plans/<int:run_id>/open-demand/<path:project_id>")
@permit(Permission.VIEW_OPS)
def eligible_people(run_id: int, project_id: str) -> ResponseReturnValue:
    """Rank the people below their hours whom every rule lets go to a project."""
    session = get_session()
    run = get_run(session, run_id)
    page = get_project(session, project_id, today=get_today())
    query = read_list_query(request.args, ("text",), _PEOPLE_SORTING)
    find_rows = partial(list_ranked_people, session, run_id, project_id, query.filters["text"])
    if asks_for_csv():
        return send_list("eligible-people", _PEOPLE_COLUMNS, query, find_rows)
    listing = build_listing(
        query, find_rows, _PEOPLE_COLUMNS, "ops.eligible_people", run_id=run_id,
        project_id=project_id,
    )  # fmt: skip
    return render_template(
        "ops/eligible_people_table.html" if is_fragment() else "ops/eligible_people.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        project=page.row,
        can_place=can_place(session, run),
        listing=listing,
        say_held=_say_held,
    )


@blueprint.get("/plans/<int:run_id>/place/<path:contractor_id>")
@permit(Permission.REVIEW)
def place(run_id: int, contractor_id: str) -> ResponseReturnValue:
    """Rank projects for one contractor; htmx asks for the verdict alone while one types."""
    if request.headers.get("HX-Target") == "verdict":
        person = get_unplaced(get_session(), run_id, contractor_id)
        return render_template(
            "ops/change_verdict.html", **_judge(run_id, person, _read_place(request.args))
        )
    if asks_for_csv():
        query, find_rows = _rank(run_id, contractor_id)
        return send_list("eligible-projects", _PLACE_COLUMNS, query, find_rows)
    return _render_place(run_id, contractor_id, request.args)


@blueprint.post("/plans/<int:run_id>/place/<path:contractor_id>")
@permit(Permission.REVIEW)
def add_place(run_id: int, contractor_id: str) -> ResponseReturnValue:
    """Propose a place that the manager chose."""
    form = read_form("project", "hours", "reason")
    chosen = _read_place(form)
    if chosen is None:
        raise InvalidValue("hours", form.get("hours", ""), f"a whole number from 1 to {MOST_HOURS}")
    try:
        proposal_id = propose_place(
            get_session(),
            actor=get_actor(),
            plan_run_id=run_id,
            wish=Wish(contractor_id, *chosen),
            reason=form.get("reason", ""),
            today=get_today(),
        )
    except Refused as refused:
        return _render_place(run_id, contractor_id, form, problem=refused.sentence), 409
    flash("Proposed. It waits for approval like every other; later plans leave it.", "good")
    return redirect(url_for("ops.proposal", proposal_id=proposal_id))


def _read_place(fields: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the project and the hours of an address or a form; None unless both are usable."""
    project_id, hours = fields.get("project", ""), read_hours(fields.get("hours", ""))
    return (project_id, hours) if project_id and hours is not None else None


def _judge(
    run_id: int, person: UnplacedRow, chosen: tuple[str, int] | None
) -> dict[str, CheckedChange | int | str | None]:
    """Return what the verdict's template shows."""
    checked = None
    if chosen is not None:
        wish = Wish(person.contractor_id, *chosen)
        checked = check_place(get_session(), plan_run_id=run_id, wish=wish)
    effect = None if checked is None else checked.effect
    return {
        "checked": checked,
        "choosing": True,
        "rate_now_cents": 0 if effect is None else effect.lost_rate_cents,
        "currency": person.currency,
    }


def _render_place(
    run_id: int, contractor_id: str, fields: Mapping[str, str], *, problem: str = ""
) -> str:
    session = get_session()
    run = get_run(session, run_id)
    person = get_unplaced(session, run_id, contractor_id)
    query, find_rows = _rank(run_id, contractor_id)
    return render_template(
        "ops/place.html",
        run=run,
        pause=get_pause(session, run.pause_id),
        person=person,
        listing=build_listing(
            query, find_rows, _PLACE_COLUMNS, "ops.place", run_id=run_id,
            contractor_id=contractor_id,
        ),
        projects=list_open_projects(session),
        fields=fields,
        can_place=can_place(session, run),
        blocker_words=BLOCKER_WORDS,
        problem=problem,
        **_judge(run_id, person, _read_place(fields)),
    )  # fmt: skip


def _rank(
    run_id: int, contractor_id: str
) -> tuple[ListQuery, Callable[[PageRequest], Page[RankedProject]]]:
    ranked = rank_projects_for(get_session(), run_id, contractor_id)

    def find_rows(page: PageRequest) -> Page[RankedProject]:
        return cut_page(ranked, page, "codename")

    return read_list_query(request.args, (), _PLACE_SORTING), find_rows
