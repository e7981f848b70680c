"""How soon affected people had a new place: the redeployment rate of each pause."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

RATE_DAYS = (1, 3, 7)
"""Within how many days the redeployment rate is told."""

_RATES = """
    WITH chosen AS (
        SELECT id, status, effective_at FROM pauses
        WHERE effective_at <= now() AND (CAST(:pause_id AS bigint) IS NULL OR id = :pause_id)
          AND id <> ALL(CAST(:hidden_ids AS bigint[]))
        ORDER BY effective_at DESC, id DESC LIMIT :most
    ), affected AS (
        SELECT p.id AS pause_id, a.contractor_id
        FROM chosen p JOIN assignments a ON a.suspended_by_pause_id = p.id
        UNION
        SELECT p.id, a.contractor_id FROM chosen p JOIN assignments a ON a.ended_by_pause_id = p.id
        UNION
        SELECT r.pause_id, q.contractor_id FROM plan_runs r JOIN chosen p ON p.id = r.pause_id
        JOIN proposals q ON q.plan_run_id = r.id WHERE p.status = 'resumed'
        UNION
        SELECT r.pause_id, u.contractor_id FROM plan_runs r JOIN chosen p ON p.id = r.pause_id
        JOIN unplaced u ON u.plan_run_id = r.id WHERE p.status = 'resumed'
    ), decided AS (
        SELECT r.pause_id, q.contractor_id, min(q.decided_at) AS at
        FROM plan_runs r JOIN chosen p ON p.id = r.pause_id
        JOIN proposals q ON q.plan_run_id = r.id
             AND q.status IN ('approved', 'published')
        GROUP BY r.pause_id, q.contractor_id
    ), sizes AS MATERIALIZED (
        SELECT pause_id, count(*) AS num_affected FROM affected GROUP BY pause_id
    ), redeployed AS MATERIALIZED (
        SELECT d.pause_id, count(*) FILTER (WHERE d.at <= p.effective_at + interval '1 day') AS one,
               count(*) FILTER (WHERE d.at <= p.effective_at + interval '3 days') AS three,
               count(*) FILTER (WHERE d.at <= p.effective_at + interval '7 days') AS seven,
               count(d.at) AS num
        FROM decided d JOIN affected USING (pause_id, contractor_id)
        JOIN chosen p ON p.id = d.pause_id GROUP BY d.pause_id
    )
    SELECT p.id, p.status, p.effective_at,
           (SELECT array_agg(DISTINCT j.codename ORDER BY j.codename) FROM pause_projects s
            JOIN projects j ON j.project_id = s.project_id WHERE s.pause_id = p.id),
           coalesce(s.num_affected, 0), coalesce(d.one, 0), coalesce(d.three, 0),
           coalesce(d.seven, 0), coalesce(d.num, 0)
    FROM chosen p
    LEFT JOIN sizes s ON s.pause_id = p.id
    LEFT JOIN redeployed d ON d.pause_id = p.id
    ORDER BY p.effective_at DESC, p.id DESC
"""
"""Of a pause that was resumed, the affected are those whom its plans spoke of."""


@dataclass(frozen=True)
class PauseRates:
    """Of one pause's affected people, how many had a place within 1, 3 and 7 days, and by now."""

    pause_id: int
    status: str
    effective_at: datetime
    codenames: tuple[str, ...]
    num_affected: int
    num_within: tuple[int, ...]
    num_redeployed: int


@dataclass(frozen=True)
class RateSoFar:
    """Of `num_affected` people, how many had a place within some days.

    is_over  whether those days are over for every pause that is counted
    """

    num_within: int
    num_affected: int
    is_over: bool


def sum_rates(rates: Collection[PauseRates], place: int, now: datetime) -> RateSoFar:
    """Return the rate within `RATE_DAYS[place]` days, of the pauses that are that old.

    While none is, all of them count, so far.
    """
    days = timedelta(days=RATE_DAYS[place])
    old_enough = [one for one in rates if now - one.effective_at >= days]
    counted = old_enough or rates
    within = sum(one.num_within[place] for one in counted)
    return RateSoFar(within, sum(one.num_affected for one in counted), bool(old_enough))


def list_rates(
    session: Session,
    *,
    pause_id: int | None = None,
    hidden_ids: Collection[int] = (),
    most: int = 12,
) -> list[PauseRates]:
    """Return the redeployment rates of the latest pauses in effect, or of one.

    hidden_ids  pauses that are left out
    """
    keys = {"pause_id": pause_id, "hidden_ids": list(hidden_ids), "most": most}
    rows = session.execute(text(_RATES), keys)
    return [
        PauseRates(row[0], row[1], row[2], tuple(row[3] or ()), row[4], tuple(row[5:8]), row[8])
        for row in rows
    ]
