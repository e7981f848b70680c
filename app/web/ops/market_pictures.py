"""Pictures of projects: what they want beside what people have free, and how full they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask import url_for

from app.services.desk.market import ProjectLoad, SkillBalance
from app.web.chart_scales import Calendar
from app.web.charts import (
    CELL_HEIGHT,
    Cell,
    Column,
    DataTable,
    Lane,
    Mark,
    Picture,
    build_bars,
    get_bars_height,
)
from app.web.formatting import format_day, format_number, format_share, pluralise
from app.web.skill_words import name_skills

MOST_SKILLS = 12

HEAT_LEVELS = ((1, "heat-1"), (40, "heat-2"), (70, "heat-3"), (90, "heat-4"), (101, "heat-over"))
"""From which percent of the wanted hours a week looks how; below the first it is empty."""


def draw_skills(balances: Sequence[SkillBalance]) -> Picture:
    """Return demand beside supply of the largest skills; the table holds all of them."""
    shown = balances[:MOST_SKILLS]
    most = max((max(one.demand_hours, one.supply_hours) for one in shown), default=0)
    lanes = tuple(
        Lane(
            name_skills(one.skill),
            f"{name_skills(one.skill)}: {format_number(one.demand_hours)} h a week wanted, "
            f"{format_number(one.supply_hours)} h free",
            build_bars(
                (
                    ("demand", one.demand_hours, f"{format_number(one.demand_hours)} h wanted"),
                    ("supply", one.supply_hours, f"{format_number(one.supply_hours)} h free"),
                ),
                most,
            ),
            value=f"{_sign(one.supply_hours - one.demand_hours)} h",
            height=get_bars_height(2),
        )
        for one in shown
    )
    short = [one for one in balances if one.unmet_hours]
    rest = len(balances) - len(shown)
    sentence = (
        f"{pluralise(len(short), 'skill')} wanted beyond what affected people have free."
        if short
        else "Affected people have at least as much free as open projects want, skill by skill."
    )
    if rest > 0:
        sentence += f" {len(shown)} of {len(balances)} are shown."
    columns = (
        Column("Skill"),
        Column("Wanted a week", "h"),
        Column("Projects", ""),
        Column("Free a week", "h"),
        Column("People", ""),
        Column("Unmet", "h"),
    )
    rows = tuple(
        (
            name_skills(one.skill),
            one.demand_hours,
            one.num_projects,
            one.supply_hours,
            one.num_people,
            one.unmet_hours,
        )
        for one in balances
    )
    if not balances:
        sentence = "No open demand requires a skill."
    return Picture(
        "skills",
        "Demand and supply by skill",
        sentence,
        lanes,
        DataTable(columns, rows),
        legend=(("demand", "Open demand"), ("supply", "Free hours of affected people")),
    )


def _sign(hours: int) -> str:
    return f"+{format_number(hours)}" if hours > 0 else format_number(hours)


def draw_load(loads: Sequence[ProjectLoad], calendar: Calendar, total: int) -> Picture:
    """Return how much of the wanted hours is staffed, week by week."""
    width = 100 / calendar.weeks
    lanes = tuple(
        Lane(
            one.codename,
            f"{one.codename}: {_describe_load(one)}",
            tuple(
                _build_cell(one, week, hours, calendar, width)
                for week, hours in enumerate(one.staffed_hours)
            ),
            value=f"{format_number(one.demand_hours)} h",
            note="paused" if one.status == "paused" else "",
            href=url_for("ops.project", project_id=one.project_id),
            height=CELL_HEIGHT,
        )
        for one in loads
    )
    weeks = (Column(f"{monday.day} {monday:%b}", "h") for monday in calendar.mondays)
    columns = (Column("Project"), Column("Wanted", "h"), *weeks)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.codename, one.demand_hours, *one.staffed_hours) for one in loads
    )
    sentence = "No project wants hours."
    if loads:
        sentence = (
            "Percent of the wanted hours that assignments fill, week by week, of "
            f"{'the ' if total > len(loads) else ''}{pluralise(len(loads), 'project')}"
            f"{' that want most' if total > len(loads) else ''}."
        )
    return Picture(
        "load",
        "Load per week",
        sentence,
        lanes,
        DataTable(columns, rows),
        legend=(
            ("heat-1", "Under 40 %"),
            ("heat-2", "40 to 69 %"),
            ("heat-3", "70 to 89 %"),
            ("heat-4", "90 to 100 %"),
            ("heat-over", "Over"),
        ),
        ticks=calendar.build_ticks(),
    )


def _describe_load(one: ProjectLoad) -> str:
    shares = [format_share(hours, one.demand_hours) for hours in one.staffed_hours]
    return f"{shares[0]} staffed in the first week, {shares[-1]} in the last"


def _build_cell(one: ProjectLoad, week: int, hours: int, calendar: Calendar, width: float) -> Mark:
    percent = round(100 * hours / one.demand_hours)
    tone = "heat-0"
    for least, name in HEAT_LEVELS:
        tone = name if percent >= least else tone
    monday = calendar.mondays[week]
    return Mark(
        round(week * width + width * 0.03, 2),
        round(width * 0.94, 2),
        tone,
        height=CELL_HEIGHT - 2,
        says=f"{one.codename}, week of {format_day(monday)}: {format_number(hours)} h "
        f"of {format_number(one.demand_hours)} h",
        text=str(percent),
    )


def build_calendar(today: date, weeks: int) -> Calendar:
    """Return the weeks from the one of `today` on."""
    return Calendar(today - timedelta(days=today.weekday()), weeks)
