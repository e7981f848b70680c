"""How far the affected people of pauses are redeployed: hours, pay, and who waits.

Restored are the hours of approved places that still run, for one person at most the hours
lost. The clock of a person starts at the pause's effective time and stops at the decision
on the first approved place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_PEOPLE = """
    lost AS (
        SELECT coalesce(a.suspended_by_pause_id, a.ended_by_pause_id) AS pause_id,
               a.contractor_id, min(c.currency) AS currency,
               sum(a.hours_per_week) AS lost_hours,
               sum(a.hours_per_week * coalesce(a.pay_rate_cents,
                   CASE WHEN j.currency = c.currency THEN j.pay_rate_cents END,
                   c.pay_rate_cents)) AS lost_cents
        FROM assignments a
        JOIN contractors c ON c.contractor_id = a.contractor_id AND c.status = 'active'
        JOIN projects j ON j.project_id = a.project_id
        WHERE a.suspended_by_pause_id = ANY(:pause_ids) OR a.ended_by_pause_id = ANY(:pause_ids)
        GROUP BY coalesce(a.suspended_by_pause_id, a.ended_by_pause_id), a.contractor_id
    ), places AS (
        SELECT r.pause_id, a.contractor_id, sum(a.hours_per_week) AS hours,
               min(q.decided_at) AS decided_at, min(a.starts_on) AS starts_on
        FROM plan_runs r
        JOIN proposals q ON q.plan_run_id = r.id
             AND q.status IN ('approved', 'published')
        JOIN assignments a ON a.proposal_id = q.id AND a.status = 'active'
             AND coalesce(a.ends_on, 'infinity') >= :today
        WHERE r.pause_id = ANY(:pause_ids)
        GROUP BY r.pause_id, a.contractor_id
    ), people AS (
        SELECT l.*, p.effective_at, w.decided_at, w.starts_on, coalesce(w.hours, 0) AS hours,
               least(l.lost_hours, coalesce(w.hours, 0)) AS restored_hours,
               (p.effective_at AT TIME ZONE 'UTC')::date AS paused_on
        FROM lost l JOIN pauses p ON p.id = l.pause_id
        LEFT JOIN places w ON w.pause_id = l.pause_id AND w.contractor_id = l.contractor_id
    )
"""
"""A row for each affected person of each of the pauses, which are open or terminated."""

_TOTALS = f"""
    WITH {_PEOPLE}
    SELECT count(DISTINCT contractor_id),
           count(DISTINCT contractor_id) FILTER (WHERE hours > 0),
           coalesce(sum(lost_hours), 0), coalesce(sum(restored_hours), 0),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY greatest(starts_on - paused_on, 0))
               FILTER (WHERE hours > 0),
           max(CAST(:today AS date) - paused_on) FILTER (WHERE hours = 0)
    FROM people
"""  # noqa: S608 - our own texts

_PAY = f"""
    WITH {_PEOPLE}
    SELECT currency, sum(lost_cents),
           sum(round(lost_cents * (lost_hours - restored_hours) / lost_hours))
    FROM people GROUP BY currency ORDER BY currency
"""  # noqa: S608 - our own texts

_EVENTS = f"""
    WITH {_PEOPLE}, approvals AS (
        SELECT f.pause_id, f.contractor_id, f.lost_hours,
               greatest(q.decided_at, f.effective_at) AS at,
               sum(a.hours_per_week) OVER (PARTITION BY f.pause_id, f.contractor_id
                   ORDER BY q.decided_at, q.id) AS hours_by_then, a.hours_per_week
        FROM people f
        JOIN plan_runs r ON r.pause_id = f.pause_id
        JOIN proposals q ON q.plan_run_id = r.id
             AND q.status IN ('approved', 'published')
             AND q.contractor_id = f.contractor_id
        JOIN assignments a ON a.proposal_id = q.id AND a.status = 'active'
             AND coalesce(a.ends_on, 'infinity') >= :today
    ), events AS (
        SELECT effective_at AS at, lost_hours AS lost, 0 AS restored FROM people
        UNION ALL
        SELECT at, 0, least(lost_hours, hours_by_then)
                      - least(lost_hours, hours_by_then - hours_per_week)
        FROM approvals
    ), bounds AS (
        SELECT now() - min(at) < interval '4 days' AS is_young FROM events
    )
    SELECT CASE WHEN is_young THEN date_trunc('minute', at)
                ELSE date_trunc('hour', at) END AS moment,
           sum(lost), sum(restored)
    FROM events, bounds WHERE at <= now() GROUP BY moment ORDER BY moment
"""  # noqa: S608 - our own texts

_WAITING = f"""
    WITH {_PEOPLE}
    SELECT f.pause_id, f.contractor_id, c.name, c.country, f.lost_hours::int, f.paused_on,
           CAST(:today AS date) - f.paused_on,
           coalesce((SELECT sum(o.hours_per_week) FROM assignments o
                     WHERE o.contractor_id = f.contractor_id AND o.status = 'active'
                       AND o.starts_on <= :today
                       AND coalesce(o.ends_on, 'infinity') >= :today), 0)::int,
           count(*) OVER ()
    FROM people f JOIN contractors c ON c.contractor_id = f.contractor_id
    WHERE f.hours = 0
    ORDER BY f.paused_on, f.lost_hours DESC, f.contractor_id
    LIMIT :most
"""  # noqa: S608 - our own texts


@dataclass(frozen=True)
class PayAtRisk:
    """Pay a week in one currency: of the lost hours, and of those not restored yet."""

    currency: str
    lost_cents: int
    at_risk_cents: int


@dataclass(frozen=True)
class RedeploymentFigures:
    """Affected people of some pauses, at a glance; hours are per week.

    num_redeployed       of the affected, those with an approved place
    median_days_between  days from the pause to the first new work, of the redeployed
    longest_wait_days    of those without a place
    """

    num_affected: int
    num_redeployed: int
    lost_hours: int
    restored_hours: int
    median_days_between: int | None
    longest_wait_days: int | None
    pay: tuple[PayAtRisk, ...]


@dataclass(frozen=True)
class RestoredPoint:
    """Hours a week lost and restored up to a moment, in all."""

    moment: datetime
    lost_hours: int
    restored_hours: int


@dataclass(frozen=True)
class WaitingPerson:
    """An affected person without an approved place.

    working_hours  a week on other work that goes on
    """

    pause_id: int
    contractor_id: str
    name: str
    country: str
    lost_hours: int
    paused_on: date
    wait_days: int
    working_hours: int


def build_figures(
    session: Session, pause_ids: Collection[int], *, today: date
) -> RedeploymentFigures:
    """Return the figures of these pauses together, which are open or terminated."""
    keys = {"pause_ids": list(pause_ids), "today": today}
    affected, redeployed, lost, restored, median, longest = session.execute(
        text(_TOTALS), keys
    ).one()
    pay = tuple(
        PayAtRisk(currency, int(lost_cents), int(at_risk))
        for currency, lost_cents, at_risk in session.execute(text(_PAY), keys)
    )
    return RedeploymentFigures(affected, redeployed, int(lost), int(restored), median, longest, pay)


def list_restored_points(
    session: Session, pause_ids: Collection[int], *, today: date
) -> list[RestoredPoint]:
    """Return how lost and restored hours grew, to the minute or, after four days, the hour."""
    keys = {"pause_ids": list(pause_ids), "today": today}
    points: list[RestoredPoint] = []
    lost = restored = 0
    for moment, more_lost, more_restored in session.execute(text(_EVENTS), keys):
        lost, restored = lost + int(more_lost), restored + int(more_restored)
        points.append(RestoredPoint(moment, lost, restored))
    return points


def list_waiting(
    session: Session, pause_ids: Collection[int], *, today: date, most: int
) -> tuple[list[WaitingPerson], int]:
    """Return who has waited longest for a place, and how many wait in all."""
    keys = {"pause_ids": list(pause_ids), "today": today, "most": most}
    rows = session.execute(text(_WAITING), keys).all()
    people = [WaitingPerson(*row[:-1]) for row in rows]
    return people, rows[0][8] if rows else 0
