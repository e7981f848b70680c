"""Insights: how redeployment stands, over all open pauses or one, in pictures and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.services.access.access import Permission
from app.services.desk.market import list_loads, list_skill_balances
from app.services.desk.pauses import PauseRow, list_pauses
from app.services.desk.redeployment import Redeployment, list_waiting, measure_redeployment
from app.services.desk.redeployment_rates import list_rates
from app.services.desk.timeline import STATES, list_timeline
from app.services.paging import PageRequest
from app.web.chart_scales import Calendar
from app.web.charts import Picture
from app.web.clock import get_today
from app.web.downloads import send_table
from app.web.guard import permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.listing import Listing, Sorting, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.market_pictures import draw_load, draw_skills
from app.web.ops.people_pictures import draw_rates, draw_restored, draw_waiting
from app.web.ops.timeline_picture import build_pause_calendar, draw_timeline
from app.web.sessions import get_session

WEEKS = 12
_PROJECTS_SHOWN = 15
_PEOPLE_SHOWN = 10
_MOST_ROWS = 100_000
_TIMELINE_SORTING = Sorting(("name",), "name")


@dataclass(frozen=True)
class View:
    """What the insights are about: all open pauses, or the one that the address names.

    pause_ids  those of the figures
    """

    session: Session
    today: date
    now: datetime
    pause: PauseRow | None
    pause_ids: tuple[int, ...]
    rows_shown: int | None = None

    @cached_property
    def redeployment(self) -> Redeployment:
        """How these pauses stand, which the figures and a picture tell."""
        return measure_redeployment(self.session, self.pause_ids, today=self.today)

    def get_limit(self, shown: int) -> int:
        """Return how many rows a list takes: those shown, or all of them for a file."""
        return shown if self.rows_shown is None else self.rows_shown


def _draw_restored(view: View) -> Picture:
    return draw_restored(view.redeployment.points, view.now)


def _draw_rates(view: View) -> Picture:
    chosen = None if view.pause is None else view.pause.pause_id
    return draw_rates(list_rates(view.session, pause_id=chosen), view.now)


def _draw_skills(view: View) -> Picture:
    return draw_skills(list_skill_balances(view.session, view.pause_ids, today=view.today))


def _draw_waiting(view: View) -> Picture:
    most = view.get_limit(_PEOPLE_SHOWN)
    people, total = list_waiting(view.session, view.pause_ids, today=view.today, most=most)
    return draw_waiting(people, total)


def _draw_load(view: View) -> Picture:
    calendar = Calendar(view.today - timedelta(days=view.today.weekday()), WEEKS)
    loads = list_loads(
        view.session,
        monday=calendar.starts_on,
        weeks=calendar.weeks,
        limit=view.get_limit(_PROJECTS_SHOWN),
    )
    return draw_load(loads.rows, calendar, loads.total)


PICTURES: Mapping[str, Callable[[View], Picture]] = MappingProxyType(
    {
        "restored": _draw_restored,
        "rates": _draw_rates,
        "skills": _draw_skills,
        "waiting": _draw_waiting,
        "load": _draw_load,
    }
)
"""Each picture by the key under which its table can be downloaded."""


@blueprint.get("/insights")
@permit(Permission.VIEW_OPS)
def insights() -> ResponseReturnValue:
    """Show the figures and pictures, of one pause if the address names it."""
    session = get_session()
    pauses = list_pauses(session)
    view = read_view(session, pauses)
    return render_template(
        "ops/insights.html",
        pauses=pauses,
        pause=view.pause,
        figures=view.redeployment.figures,
        num_open=sum(one.status == "open" for one in pauses),
        pictures={key: draw(view) for key, draw in PICTURES.items()},
    )


@blueprint.get("/insights/<key>.csv")
@permit(Permission.VIEW_OPS)
def insight_file(key: str) -> ResponseReturnValue:
    """Hand over the table behind a picture, every row of it."""
    if key not in PICTURES:
        raise NotFound("picture", key)
    session = get_session()
    view = read_view(session, list_pauses(session), rows_shown=_MOST_ROWS)
    table = PICTURES[key](view).table
    head = [column.csv_text for column in table.columns]
    return send_table(key, head, table.rows, narrowed={"pause": request.args.get("pause", "")})


@blueprint.get("/insights/timeline")
@permit(Permission.VIEW_OPS)
def insight_timeline() -> ResponseReturnValue:
    """Show who of a pause worked where before, and where they work after."""
    session = get_session()
    pauses = list_pauses(session)
    query = read_list_query(request.args, ("pause", "text", "state"), _TIMELINE_SORTING)
    pause = _find_pause(pauses, query.filters["pause"]) or next(iter(pauses), None)
    if pause is None:
        return render_template("ops/timeline.html", pauses=pauses, pause=None)
    paused_on = pause.effective_at.astimezone(UTC).date()
    calendar = build_pause_calendar(paused_on)
    state = query.filters["state"]
    found = list_timeline(
        session,
        pause.pause_id,
        first=calendar.starts_on,
        last=calendar.ends_on,
        text=query.filters["text"],
        state=state if state in STATES else "",
        page=PageRequest("name", offset=query.offset, limit=query.size),
    )
    return render_template(
        "ops/timeline_rows.html" if is_fragment() else "ops/timeline.html",
        pauses=pauses,
        pause=pause,
        picture=draw_timeline(found.rows, calendar, paused_on, found.total),
        listing=Listing(query, found.rows, found.total, "ops.insight_timeline", {}),
    )


def read_view(session: Session, pauses: list[PauseRow], *, rows_shown: int | None = None) -> View:
    """Return what the address asks to see.

    Raises NotFound for a pause that does not exist.
    """
    pause = _find_pause(pauses, request.args.get("pause", ""))
    chosen = [one for one in pauses if one.status == "open"] if pause is None else [pause]
    return View(
        session,
        get_today(),
        datetime.now(UTC),
        pause,
        tuple(one.pause_id for one in chosen),
        rows_shown,
    )


def _find_pause(pauses: list[PauseRow], text: str) -> PauseRow | None:
    if not text:
        return None
    pause_id = read_whole(text, MAX_KEY)
    found = next((one for one in pauses if one.pause_id == pause_id), None)
    if found is None:
        raise NotFound("pause", text)
    return found


def build_csv_url(key: str, pause: PauseRow | None) -> str:
    """Return where the table behind a picture is found as a file."""
    chosen = None if pause is None else pause.pause_id
    return url_for("ops.insight_file", key=key, pause=chosen)
