"""How far the affected people of pauses are redeployed: hours, pay, and who waits.

Restored are the hours of approved places that still run, for one person at most the hours
lost. The clock of a person starts at the pause's effective time and stops at the decision
on the first approved place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from sqlalchemy import text
from sqlalchemy.orm import Session

_PEOPLE = """
    lost AS (
        SELECT coalesce(a.suspended_by_pause_id, a.ended_by_pause_id) AS pause_id,
               a.contractor_id, min(c.currency) AS currency, sum(a.hours_per_week) AS lost_hours,
               sum(a.hours_per_week * coalesce(a.pay_rate_cents,
                   CASE WHEN j.currency = c.currency THEN j.pay_rate_cents END,
                   c.pay_rate_cents))::bigint AS lost_cents
        FROM assignments a
        JOIN contractors c ON c.contractor_id = a.contractor_id AND c.status = 'active'
        JOIN projects j ON j.project_id = a.project_id
        WHERE a.suspended_by_pause_id = ANY(:pause_ids) OR a.ended_by_pause_id = ANY(:pause_ids)
        GROUP BY coalesce(a.suspended_by_pause_id, a.ended_by_pause_id), a.contractor_id
    ), approved AS (
        SELECT r.pause_id, a.contractor_id, a.hours_per_week, a.starts_on, q.decided_at, q.id
        FROM plan_runs r
        JOIN proposals q ON q.plan_run_id = r.id
             AND q.status IN ('approved', 'published')
        JOIN assignments a ON a.proposal_id = q.id AND a.status = 'active'
             AND coalesce(a.ends_on, 'infinity') >= :today
        WHERE r.pause_id = ANY(:pause_ids)
    ), places AS (
        SELECT pause_id, contractor_id, sum(hours_per_week) AS hours, min(starts_on) AS starts_on
        FROM approved GROUP BY pause_id, contractor_id
    ), people AS (
        SELECT l.*, w.starts_on, coalesce(w.hours, 0) AS hours,
               least(l.lost_hours, coalesce(w.hours, 0)) AS restored_hours
        FROM lost l
        LEFT JOIN places w ON w.pause_id = l.pause_id AND w.contractor_id = l.contractor_id
    )
"""
"""A row for each affected person of each of the pauses, which are open or terminated."""

_FIGURES = f"""
    WITH {_PEOPLE}, chosen AS (
        SELECT id AS pause_id, effective_at, (effective_at AT TIME ZONE 'UTC')::date AS paused_on
        FROM pauses WHERE id = ANY(:pause_ids)
    ), sums AS (
        SELECT pause_id, currency, sum(lost_hours) AS lost_hours,
               sum(restored_hours) AS restored_hours, bool_or(hours = 0) AS anybody_waits,
               sum(lost_cents) AS lost_cents,
               sum(CASE WHEN restored_hours = 0 THEN lost_cents
                   ELSE round(lost_cents::numeric * (lost_hours - restored_hours) / lost_hours)
                   END) AS risk_cents
        FROM people GROUP BY pause_id, currency
    ), redeployed AS (
        SELECT f.contractor_id, greatest(f.starts_on - p.paused_on, 0) AS days
        FROM people f JOIN chosen p USING (pause_id) WHERE f.hours > 0
    ), pay AS (
        SELECT currency, sum(lost_cents)::bigint AS lost, sum(risk_cents)::bigint AS at_risk
        FROM sums GROUP BY currency
    ), steps AS (
        SELECT greatest(d.decided_at, p.effective_at) AS at, f.lost_hours, d.hours_per_week,
               sum(d.hours_per_week) OVER (PARTITION BY d.pause_id, d.contractor_id
                   ORDER BY d.decided_at, d.id) AS hours_by_then
        FROM approved d JOIN people f USING (pause_id, contractor_id) JOIN chosen p USING (pause_id)
    ), events AS (
        SELECT p.effective_at AS at, s.lost_hours AS lost, 0 AS restored
        FROM sums s JOIN chosen p USING (pause_id)
        UNION ALL
        SELECT at, 0, least(lost_hours, hours_by_then)
                      - least(lost_hours, hours_by_then - hours_per_week)
        FROM steps
    ), bounds AS MATERIALIZED (
        -- Else worked out again for each event where PostgreSQL expects but a few of them.
        SELECT now() - min(at) < interval '4 days' AS is_young FROM events
    ), points AS (
        SELECT CASE WHEN is_young THEN date_trunc('minute', at)
                    ELSE date_trunc('hour', at) END AS moment,
               sum(lost)::int AS lost, sum(restored)::int AS restored
        FROM events, bounds WHERE at <= now() GROUP BY moment
    )
    SELECT (SELECT count(*) FROM (SELECT FROM people GROUP BY contractor_id) AS one)
               AS num_affected,
           (SELECT count(*) FROM (SELECT FROM redeployed GROUP BY contractor_id) AS one)
               AS num_redeployed,
           coalesce(sum(s.lost_hours), 0)::int AS lost_hours,
           coalesce(sum(s.restored_hours), 0)::int AS restored_hours,
           (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY days) FROM redeployed) AS median,
           max(CAST(:today AS date) - p.paused_on) FILTER (WHERE s.anybody_waits) AS longest,
           (SELECT jsonb_agg(jsonb_build_array(currency, lost, at_risk) ORDER BY currency)
            FROM pay) AS pay,
           (SELECT array_agg(moment ORDER BY moment) FROM points) AS moments,
           (SELECT array_agg(lost ORDER BY moment) FROM points) AS lost,
           (SELECT array_agg(restored ORDER BY moment) FROM points) AS restored
    FROM sums s JOIN chosen p USING (pause_id)
"""  # noqa: S608 - our own texts
"""All figures in one statement: who is affected is worked out once, which takes most of it."""

_WAITING = f"""
    WITH {_PEOPLE}, chosen AS (
        SELECT id AS pause_id, (effective_at AT TIME ZONE 'UTC')::date AS paused_on
        FROM pauses WHERE id = ANY(:pause_ids)
    )
    SELECT f.pause_id, f.contractor_id, c.name, c.country, f.lost_hours::int, p.paused_on,
           CAST(:today AS date) - p.paused_on,
           coalesce((SELECT sum(o.hours_per_week) FROM assignments o
                     WHERE o.contractor_id = f.contractor_id AND o.status = 'active'
                       AND o.starts_on <= :today
                       AND coalesce(o.ends_on, 'infinity') >= :today), 0)::int,
           count(*) OVER ()
    FROM people f JOIN contractors c ON c.contractor_id = f.contractor_id
    JOIN chosen p USING (pause_id)
    WHERE f.hours = 0
    ORDER BY p.paused_on, f.lost_hours DESC, f.contractor_id
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
class Redeployment:
    """How some pauses stand together.

    points  how lost and restored hours grew, to the minute or, after four days, the hour
    """

    figures: RedeploymentFigures
    points: tuple[RestoredPoint, ...]


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


def measure_redeployment(
    session: Session, pause_ids: Collection[int], *, today: date
) -> Redeployment:
    """Return how these pauses together stand, which are open or terminated."""
    keys = {"pause_ids": list(pause_ids), "today": today}
    row = session.execute(text(_FIGURES), keys).one()
    points = zip(
        row.moments or (), accumulate(row.lost or ()), accumulate(row.restored or ()), strict=True
    )
    return Redeployment(
        RedeploymentFigures(
            num_affected=row.num_affected,
            num_redeployed=row.num_redeployed,
            lost_hours=row.lost_hours,
            restored_hours=row.restored_hours,
            median_days_between=row.median,
            longest_wait_days=row.longest,
            pay=tuple(PayAtRisk(*money) for money in row.pay or ()),
        ),
        tuple(RestoredPoint(*point) for point in points),
    )


def list_waiting(
    session: Session, pause_ids: Collection[int], *, today: date, most: int
) -> tuple[list[WaitingPerson], int]:
    """Return who has waited longest for a place, and how many wait in all."""
    keys = {"pause_ids": list(pause_ids), "today": today, "most": most}
    rows = session.execute(text(_WAITING), keys).all()
    people = [WaitingPerson(*row[:-1]) for row in rows]
    return people, rows[0][8] if rows else 0
