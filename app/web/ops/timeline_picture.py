"""The timeline of a pause's people: work before, what stopped, and the places after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.services.desk.timeline import TimelineRow, WorkSpan
from app.web.chart_scales import Calendar
from app.web.charts import Cell, Column, DataTable, Lane, Mark, Picture
from app.web.formatting import format_day, format_span, pluralise

WEEKS_BEFORE, WEEKS = 4, 16
_KINDS = {"other": "Other work", "paused": "Paused", "new": "New place"}
_BAR, _GAP = 16, 2


def build_pause_calendar(paused_on: date) -> Calendar:
    """Return the weeks around the day of a pause."""
    monday = paused_on - timedelta(days=paused_on.weekday())
    return Calendar(monday - timedelta(weeks=WEEKS_BEFORE), WEEKS)


def draw_timeline(
    rows: Sequence[TimelineRow], calendar: Calendar, paused_on: date, total: int
) -> Picture:
    """Return a lane for each person: bars of work, the paused part hatched."""
    lanes = tuple(_build_lane(row, calendar, paused_on) for row in rows)
    sentence = "Nobody matches."
    if rows:
        sentence = (
            f"{format_span(calendar.starts_on, calendar.ends_on)}; the line marks the pause, "
            f"{format_day(paused_on)}. {pluralise(total, 'person', 'people')}."
        )
    return Picture(
        "timeline",
        "Assignments before, in and after the pause",
        sentence,
        lanes,
        DataTable(
            (
                Column("Contractor"),
                Column("Id"),
                Column("Project"),
                Column("Work"),
                Column("Hours a week", "h"),
                Column("From"),
                Column("Until"),
            ),
            tuple(cells for row in rows for cells in _list_cells(row, paused_on)),
        ),
        legend=(
            ("before", "Before the pause"),
            ("paused", "Paused"),
            ("new", "New place"),
            ("other", "Other work"),
        ),
        ticks=calendar.build_ticks(),
    )


def _build_lane(row: TimelineRow, calendar: Calendar, paused_on: date) -> Lane:
    marks: list[Mark] = []
    places: list[date] = []
    for span in row.spans:
        # A bar goes on the first line that is free from its first day on.
        line = next((i for i, end in enumerate(places) if end < span.starts_on), len(places))
        places[line : line + 1] = [span.ends_on or date.max]
        marks += _build_marks(span, calendar, paused_on, line * (_BAR + _GAP))
    height = max(len(places), 1) * (_BAR + _GAP) - _GAP
    cut = calendar.place(paused_on)
    line_mark = Mark(cut, 0.15, "now", height=height)
    lost, new = row.sum_hours("paused"), row.sum_hours("new")
    return Lane(
        row.name,
        f"{row.name}: {lost} h a week paused, {new} h in new places, "
        f"{row.sum_hours('other')} h of other work",
        (*marks, line_mark),
        value=f"{new} of {lost} h",
        note=row.contractor_id,
        height=height,
    )


def _build_marks(span: WorkSpan, calendar: Calendar, paused_on: date, top: int) -> list[Mark]:
    """Return the bar of a span; what a pause stopped is two bars, before and after."""
    words = f"{span.codename}, {span.hours_per_week} h a week"
    parts: list[tuple[date, date | None, str, str]]
    if span.kind == "paused":
        parts = [
            (span.starts_on, paused_on - timedelta(days=1), "before", f"{words}, before the pause"),
            (max(paused_on, span.starts_on), span.ends_on, "paused", f"{words}, paused"),
        ]
    else:
        parts = [(span.starts_on, span.ends_on, span.kind, f"{words}, {_describe(span)}")]
    found = [calendar.build_span(*part, height=_BAR, top=top, text=span.codename) for part in parts]
    return [mark for mark in found if mark is not None]


def _describe(span: WorkSpan) -> str:
    until = f"until {format_day(span.ends_on)}" if span.ends_on else "open-ended"
    return f"from {format_day(span.starts_on)}, {until}"


def _list_cells(row: TimelineRow, paused_on: date) -> list[tuple[Cell, ...]]:
    return [
        (
            row.name,
            row.contractor_id,
            span.codename,
            f"{_KINDS[span.kind]} from {format_day(max(paused_on, span.starts_on))}"
            if span.kind == "paused"
            else _KINDS[span.kind],
            span.hours_per_week,
            span.starts_on,
            span.ends_on or "open-ended",
        )
        for span in row.spans
    ]
