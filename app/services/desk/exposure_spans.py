"""When each assignment gave access to a client's data, and which clients compete.

The days are those of the rule on walls (`solver.rules.walls`): work exposes from its first to
its last day, both included; work that a pause suspended until the day of the pause; ended
work without an end date until today.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Integer, Subquery, Text, column, func, select, text

WALLS = """
    SELECT client_id, competitor_id, cooling_off_days FROM walls
    UNION ALL
    SELECT competitor_id, client_id, cooling_off_days FROM walls
"""
"""Every wall from both of its sides."""

SPANS = f"""
    WITH longest AS (
        SELECT client_id, max(cooling_off_days) AS days FROM ({WALLS}) sides GROUP BY client_id
    ), worked AS (
        SELECT a.assignment_id, a.contractor_id, c.name, p.project_id, p.codename, p.client_id,
               a.hours_per_week, a.starts_on, l.days,
               CASE a.status
                   WHEN 'suspended' THEN
                       least(a.ends_on, (q.effective_at AT TIME ZONE 'UTC')::date)
                   WHEN 'ended' THEN least(a.ends_on, CAST(:today AS date))
                   ELSE a.ends_on END AS last_day
        FROM assignments a
        JOIN contractors c ON c.contractor_id = a.contractor_id
        JOIN projects p ON p.project_id = a.project_id
        LEFT JOIN pauses q ON q.id = a.suspended_by_pause_id
        LEFT JOIN longest l ON l.client_id = p.client_id
    )
    SELECT assignment_id, contractor_id, name, project_id, codename, client_id, hours_per_week,
           starts_on, last_day, last_day + days AS free_after,
           CASE WHEN starts_on > :today THEN 'coming'
                WHEN last_day IS NULL OR last_day >= :today THEN 'now'
                WHEN last_day + days >= :today THEN 'cooling'
                ELSE 'past' END AS state
    FROM worked WHERE last_day IS NULL OR starts_on <= last_day
"""  # noqa: S608 - our own texts


def build_spans(today: date) -> Subquery:
    """Return every exposure, with the columns of `ExposureRow`, its assignment and its client."""
    texts = ("assignment_id", "contractor_id", "name", "project_id", "codename", "client_id")
    days = ("starts_on", "last_day", "free_after")
    return (
        text(SPANS)
        .bindparams(today=today)
        .columns(
            *(column(name, Text) for name in texts),
            column("hours_per_week", Integer),
            *(column(name, Date) for name in days),
            column("state", Text),
        )
        .subquery("spans")
    )


def build_walls() -> Subquery:
    """Return competitors and longest cooling-off by client."""
    sides = text(WALLS).columns(
        column("client_id", Text),
        column("competitor_id", Text),
        column("cooling_off_days", Integer),
    )
    both = sides.subquery("sides")
    return (
        select(
            both.c.client_id,
            func.count(both.c.competitor_id.distinct()).label("num_walls"),
            func.max(both.c.cooling_off_days).label("cooling_off_days"),
        )
        .group_by(both.c.client_id)
        .subquery("walls")
    )
