"""Pictures of pause drills: what they found, run after run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.services.desk.drill_points import DrillPoint
from app.web.chart_scales import build_share_plot, build_time_ticks
from app.web.charts import (
    Column,
    DataTable,
    Lane,
    Mark,
    Picture,
    scale,
)
from app.web.formatting import format_moment, format_share, pluralise

_SPARK_HEIGHT, _SPARK_RUNS = 22, 12


def draw_trend(points: Sequence[DrillPoint], now: datetime) -> Picture:
    """Return the shares of people and of hours that could be placed, over the runs."""
    columns = (
        Column("Run"),
        Column("People", ""),
        Column("Could be covered", ""),
        Column("Share"),
        Column("Lost a week", "h"),
        Column("Could be restored", "h"),
    )
    if not points:
        return Picture("trend", "Trend", "No drill has ended yet.", (), DataTable(columns))
    people = [
        (one.finished_at.timestamp(), scale(one.num_coverable, one.num_planned)) for one in points
    ]
    hours = [
        (one.finished_at.timestamp(), scale(one.restorable_hours, one.lost_hours)) for one in points
    ]
    last = points[-1]
    share = format_share(last.num_coverable, last.num_planned)
    says = (
        f"{pluralise(len(points), 'run')}, the last on {format_moment(last.finished_at)}: "
        f"{share} of the people and {format_share(last.restorable_hours, last.lost_hours)} of the "
        "hours could be placed at once."
    )
    end = max(now, last.finished_at + timedelta(minutes=1))
    plot = build_share_plot(points[0].finished_at, end)
    lane = Lane(
        "",
        says,
        lines=(plot.build_steps(hours, "restored"), plot.build_steps(people, "covered")),
        levels=plot.build_levels((50, 100), ("50 %", "100 %")),
        height=plot.height,
    )
    rows = tuple(
        (
            one.finished_at,
            one.num_affected,
            one.num_coverable,
            format_share(one.num_coverable, one.num_planned),
            one.lost_hours,
            one.restorable_hours,
        )
        for one in reversed(points)
    )
    return Picture(
        "trend",
        "Trend",
        says,
        (lane,),
        DataTable(columns, rows),
        legend=(("supply", "People covered"), ("restored", "Hours restored")),
        ticks=build_time_ticks(points[0].finished_at, end),
    )


def draw_spark(points: Sequence[DrillPoint]) -> Lane:
    """Return the coverable share of the last runs as small columns, the newest at the right."""
    shown = points[-_SPARK_RUNS:]
    width = 100 / _SPARK_RUNS
    first = _SPARK_RUNS - len(shown)
    marks = []
    for place, one in enumerate(shown):
        height = max(1, round(_SPARK_HEIGHT * scale(one.num_coverable, one.num_planned) / 100))
        share = format_share(one.num_coverable, one.num_planned)
        marks.append(
            Mark(
                round((first + place) * width, 2),
                round(width * 0.75, 2),
                "supply",
                top=_SPARK_HEIGHT - height,
                height=height,
                says=f"{share} on {format_moment(one.finished_at)}",
            )
        )
    shares = [format_share(one.num_coverable, one.num_planned) for one in shown]
    return Lane(
        "",
        f"Share of people that could be covered, run by run: {', '.join(shares)}",
        tuple(marks),
        height=_SPARK_HEIGHT,
    )
