"""Pictures stay inside their box and say in words what they show."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.desk.redeployment import RestoredPoint
from app.services.desk.timeline import TimelineRow, WorkSpan
from app.web.chart_scales import Calendar, build_share_plot, build_time_ticks
from app.web.charts import PLOT_HEIGHT, Column, DataTable, build_bars, scale, stack_bars
from app.web.ops.people_pictures import draw_restored
from app.web.ops.timeline_picture import build_pause_calendar, draw_timeline
from tests.app.web.test_contrast import measure_contrast, read_tokens

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
STYLES = Path(__file__).parents[3] / "app" / "static" / "css" / "insights.css"


@given(st.floats(-1e6, 1e6), st.floats(-10, 1e6))
def test_scale_stays_within_a_hundred(value: float, most: float) -> None:
    assert 0 <= scale(value, most) <= 100


def test_bars_leave_out_what_is_nothing() -> None:
    marks = build_bars((("demand", 0, "none"), ("supply", 5, "five")), 10)
    assert [(mark.tone, mark.width, mark.top) for mark in marks] == [("supply", 50.0, 12)]


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 100)), min_size=1, max_size=30))
def test_steps_stay_in_the_plot_and_join(rows: list[tuple[int, float]]) -> None:
    points = [(START + timedelta(minutes=minute), value) for minute, value in sorted(rows)]
    plot = build_share_plot(points[0][0], points[-1][0] + timedelta(minutes=1))
    line = plot.build_steps([(at.timestamp(), value) for at, value in points], "restored")
    assert (line.corners[0][0], line.corners[-1][0]) == (0, 100)
    for (x1, y1), (x2, y2) in pairwise(line.corners):
        assert x1 == x2 or y1 == y2
        assert 0 <= x1 <= x2 <= 100
        assert 0 <= min(y1, y2) <= max(y1, y2) <= PLOT_HEIGHT


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(DAYS, st.none() | DAYS)
def test_spans_stay_in_the_weeks(first: date, last: date | None) -> None:
    calendar = Calendar(date(2026, 3, 2), 8)
    mark = calendar.build_span(first, last, "new", "words")
    is_inside = first <= calendar.ends_on and (last is None or last >= calendar.starts_on)
    is_span = last is None or first <= last
    assert (mark is not None) == (is_inside and is_span)
    if mark is not None:
        assert 0 <= mark.start < mark.start + mark.width <= 100.01


def test_span_of_a_week_is_as_wide_as_a_week() -> None:
    calendar = Calendar(date(2026, 3, 2), 10)
    mark = calendar.build_span(date(2026, 3, 9), date(2026, 3, 15), "new", "", text="Larch")
    assert mark is not None
    assert (mark.start, mark.width, mark.text) == (10.0, 10.0, "")
    wide = calendar.build_span(date(2026, 3, 9), None, "new", "", text="Larch")
    assert wide is not None
    assert (wide.width, wide.text) == (90.0, "Larch")


def test_time_ticks_are_hours_within_two_days() -> None:
    assert build_time_ticks(START, START + timedelta(hours=8))[1].text == "11:00"
    assert build_time_ticks(START, START + timedelta(days=8))[4].text == "10 Mar"


def test_time_ticks_never_read_alike_bug() -> None:
    """A pause a minute old had four ticks that read 09:27, one of three days two of one day."""
    minute = [tick.text for tick in build_time_ticks(START, START + timedelta(minutes=1))]
    assert minute == ["09:00", "09:01"]
    days = [tick.text for tick in build_time_ticks(START, START + timedelta(days=3))]
    assert days == sorted(set(days), key=days.index)


def test_table_writes_units_and_unknown_cells() -> None:
    table = DataTable((Column("Name"), Column("Lost", "h"), Column("When")), (("A", 1200, None),))
    assert table.text_rows == [["A", "1,200 h", "\N{EN DASH}"]]
    assert table.columns[1].csv_text == "Lost (h)"


def test_restored_share_is_told_in_words_too() -> None:
    points = [RestoredPoint(START, 80, 0), RestoredPoint(START + timedelta(days=1), 80, 32)]
    picture = draw_restored(points, START + timedelta(days=2))
    assert picture.sentence.startswith("40 % of 80 lost hours a week restored")
    assert picture.lanes[0].says == picture.sentence
    assert picture.table.text_rows[1][1:] == ["80 h", "32 h", "40 %"]
    assert draw_restored([], START).lanes == ()


def test_timeline_cuts_paused_work_at_the_pause() -> None:
    paused_on = date(2026, 3, 4)
    calendar = build_pause_calendar(paused_on)
    spans = (
        WorkSpan("P1", "Chordus", "paused", 20, date(2026, 1, 5), None),
        WorkSpan("P2", "Kestrel", "new", 15, date(2026, 3, 9), None),
    )
    picture = draw_timeline([TimelineRow("C1", "Ada", spans)], calendar, paused_on, 1)
    (lane,) = picture.lanes
    tones = [(mark.tone, mark.top) for mark in lane.marks]
    assert tones == [("before", 0), ("paused", 0), ("new", 18), ("now", 0)]
    before, paused = lane.marks[:2]
    assert before.start + before.width == pytest.approx(paused.start) == calendar.place(paused_on)
    assert lane.value == "15 of 20 h"
    assert "20 h a week paused, 15 h in new places" in lane.says


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_in_marks_stands_out(theme: str) -> None:
    tokens = read_tokens(theme)
    found = re.search(
        rf'\[data-bs-theme="{theme}"\] \{{\n(.*?)\n\}}', STYLES.read_text(), re.DOTALL
    )
    assert found is not None
    own = dict(re.findall(r"--rd-([\w-]+): (#[0-9a-f]{6})", found[1]))
    pairs = [(own["on-pale"], own[f"heat-{level}"]) for level in (1, 2)]
    pairs += [(own["on-deep"], own[name]) for name in ("heat-4", "heat-over", "supply")]
    pairs += [(own["heat-3-text"], own["heat-3"]), (own["on-before"], own["before"])]
    pairs += [(tokens["muted"], own["heat-0"]), (tokens["muted"], tokens["sunken"])]
    for text, ground in pairs:
        assert measure_contrast(text, ground) >= 4.5, (text, ground)
    for graphic in ("demand", "supply", "waiting"):
        assert measure_contrast(own[graphic], tokens["surface"]) >= 3, graphic


def test_stacked_bars_keep_their_own_scales() -> None:
    groups = [build_bars((("demand", 1, ""),), 2), (), build_bars((("supply", 30, ""),), 40)]
    assert [(mark.tone, mark.width, mark.top) for mark in stack_bars(groups)] == [
        ("demand", 50.0, 0),
        ("supply", 75.0, 24),
    ]
