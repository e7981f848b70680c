"""Pictures of affected people: how far they are redeployed, how soon, and who waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for

from app.services.desk.pauses import title_codenames
from app.services.desk.redeployment import RestoredPoint, WaitingPerson
from app.services.desk.redeployment_rates import RATE_DAYS, PauseRates, sum_rates
from app.web.chart_scales import build_share_plot, build_time_ticks
from app.web.charts import (
    Cell,
    Column,
    DataTable,
    Lane,
    Mark,
    Picture,
    build_bars,
    scale,
)
from app.web.formatting import format_moment, format_number, format_share, pluralise

_MOST_PAUSES = 6


def draw_restored(points: Sequence[RestoredPoint], now: datetime) -> Picture:
    """Return the share of lost hours restored, over time."""
    title = "Restored share over time"
    columns = (
        Column("Moment"),
        Column("Lost a week", "h"),
        Column("Restored a week", "h"),
        Column("Share"),
    )
    if not points:
        return Picture("restored", title, "No pause takes hours away.", (), DataTable(columns))
    shares = [
        (point.moment.timestamp(), scale(point.restored_hours, point.lost_hours))
        for point in points
    ]
    last = points[-1]
    share = format_share(last.restored_hours, last.lost_hours)
    says = (
        f"{share} of {format_number(last.lost_hours)} lost hours a week restored, "
        f"since {format_moment(points[0].moment)}."
    )
    end = max(now, points[-1].moment + timedelta(minutes=1))
    plot = build_share_plot(points[0].moment, end)
    lane = Lane(
        "",
        says,
        lines=(plot.build_steps(shares, "restored"),),
        levels=plot.build_levels((50, 100), ("50 %", "100 %")),
        height=plot.height,
    )
    rows = tuple(
        (
            point.moment,
            point.lost_hours,
            point.restored_hours,
            format_share(point.restored_hours, point.lost_hours),
        )
        for point in points
    )
    return Picture(
        "restored",
        title,
        says,
        (lane,),
        DataTable(columns, rows),
        ticks=build_time_ticks(points[0].moment, end),
    )


def draw_rates(rates: Sequence[PauseRates], now: datetime) -> Picture:
    """Return the redeployment rate within 1, 3 and 7 days, all these pauses together."""
    lanes = [_build_rate_lane(rates, place, now) for place in range(len(RATE_DAYS))]
    lanes += [_build_pause_lane(one) for one in rates[:_MOST_PAUSES]] if len(rates) > 1 else []
    has_people = any(one.num_affected for one in rates)
    columns = (
        Column("Pause"),
        Column("Since"),
        Column("People", ""),
        *(Column(f"Within {pluralise(days, 'day')}") for days in RATE_DAYS),
        Column("By now"),
    )
    return Picture(
        "rates",
        "Redeployment rate",
        f"Share of affected people with an approved place, of {pluralise(len(rates), 'pause')}."
        if has_people
        else "No pause has affected anybody yet.",
        tuple(lanes) if has_people else (),
        DataTable(columns, tuple(_list_rate_cells(one, now) for one in rates)),
        legend=(("redeployed", "All pauses"), ("supply", "Each, by now")) if len(rates) > 1 else (),
    )


def _build_rate_lane(rates: Sequence[PauseRates], place: int, now: datetime) -> Lane:
    found = sum_rates(rates, place, now)
    label = f"Within {pluralise(RATE_DAYS[place], 'day')}"
    note = "" if found.is_over else "so far"
    share = format_share(found.num_within, found.num_affected)
    says = f"{label}: {share}, {found.num_within} of {found.num_affected} people {note}".rstrip()
    bars = build_bars((("redeployed", found.num_within, says),), found.num_affected)
    return Lane(label, says, (Mark(0, 100, "track"), *bars), value=share, note=note)


def _build_pause_lane(one: PauseRates) -> Lane:
    share = format_share(one.num_redeployed, one.num_affected)
    label = title_codenames(one.codenames)
    says = f"{label}: {share} by now, {one.num_redeployed} of {one.num_affected} people"
    bars = build_bars((("supply", one.num_redeployed, says),), one.num_affected)
    return Lane(
        label,
        says,
        (Mark(0, 100, "track"), *bars),
        value=share,
        note=f"since {one.effective_at.day} {one.effective_at:%b}",
        href=url_for("ops.pause", pause_id=one.pause_id),
    )


def _list_rate_cells(one: PauseRates, now: datetime) -> tuple[Cell, ...]:
    """Return a row of the table; a span that is not over yet is marked."""
    shares = [
        format_share(count, one.num_affected)
        + ("" if now - one.effective_at >= timedelta(days=days) else " so far")
        for days, count in zip(RATE_DAYS, one.num_within, strict=True)
    ]
    return (
        ", ".join(one.codenames),
        one.effective_at,
        one.num_affected,
        *shares,
        format_share(one.num_redeployed, one.num_affected),
    )


def draw_waiting(people: Sequence[WaitingPerson], total: int) -> Picture:
    """Return who has waited longest for a place."""
    most = max((one.wait_days for one in people), default=0)
    lanes = tuple(
        Lane(
            one.name,
            f"{one.name}: {pluralise(one.wait_days, 'day')}, {one.lost_hours} h a week lost",
            (Mark(0, 100, "track"), *build_bars((("waiting", one.wait_days, ""),), max(most, 1))),
            value=f"{one.wait_days} d",
            note=f"{one.lost_hours} h lost"
            + (f", {one.working_hours} h left" if one.working_hours else ", no other work"),
            href=url_for("ops.insight_timeline", pause=one.pause_id, text=one.contractor_id),
        )
        for one in people
    )
    columns = (
        Column("Contractor"),
        Column("Id"),
        Column("Paused on"),
        Column("Waits", "d"),
        Column("Lost a week", "h"),
        Column("Other work", "h"),
    )
    rows = tuple(
        (
            one.name,
            one.contractor_id,
            one.paused_on,
            one.wait_days,
            one.lost_hours,
            one.working_hours,
        )
        for one in people
    )
    sentence = "Nobody affected waits for a place."
    if people:
        sentence = f"{pluralise(total, 'person waits', 'people wait')} for a place"
        sentence += f"; these {len(people)} longest." if total > len(people) else "."
    return Picture(
        "waiting",
        "Who waits longest",
        sentence,
        lanes,
        DataTable(columns, rows),
    )
