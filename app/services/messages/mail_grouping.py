"""From messages to mails: each message a mail of its own, or one digest a day, or none."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.transaction import retried, transaction

DIGEST_HOUR = 7
"""The hour, on the reader's clock, from which the digest of a day is sent."""

TOO_OLD = timedelta(days=3)
"""A message that could not be mailed for so long is left to the inbox."""

_STEP = 20_000

# The account that shows a contractor's work decides; who has none is written to by the
# address on the roster. Nobody writes to people who have gone.
_GROUP = """
    WITH readers AS (
        SELECT m.id, m.contractor_id, m.user_id, m.created_at,
               (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')
               + coalesce(c.utc_offset, 0) * interval '1 hour' AS their_time,
               CASE WHEN c.status = 'inactive' OR NOT coalesce(u.active, a.active, true)
                    THEN 'none' ELSE coalesce(u.mail_mode, a.mail_mode, 'at_once') END AS mail_mode
        FROM messages m
        LEFT JOIN contractors c ON c.contractor_id = m.contractor_id
        LEFT JOIN users u ON u.id = m.user_id
        LEFT JOIN LATERAL (
            SELECT s.active, s.mail_mode
            FROM users s JOIN users_roles r ON r.user_id = s.id JOIN roles o ON o.id = r.role_id
            WHERE s.contractor_id = m.contractor_id AND o.name = 'contractor'
            ORDER BY s.active DESC, s.id LIMIT 1
        ) a ON true
        WHERE m.to_mail
    ),
    dropped AS (
        SELECT id FROM readers
        WHERE mail_mode = 'none' OR mail_mode = 'at_once' AND created_at < :oldest
    ),
    single AS (
        SELECT r.*, nextval(pg_get_serial_sequence('mails', 'id')) AS mail_id
        FROM (
            SELECT id, contractor_id, user_id FROM readers
            WHERE mail_mode = 'at_once' AND created_at >= :oldest ORDER BY id LIMIT :step
        ) r
    ),
    of_today AS (
        SELECT id, contractor_id, user_id, their_time::date AS digest_on FROM readers
        WHERE mail_mode = 'daily' AND extract(hour FROM their_time) >= :digest_hour
    ),
    mails_of_one AS (
        INSERT INTO mails (id, contractor_id, user_id, next_try_at)
        SELECT mail_id, contractor_id, user_id, :now FROM single
    ),
    digests AS (
        INSERT INTO mails (contractor_id, user_id, digest_on, next_try_at)
        SELECT DISTINCT contractor_id, user_id, digest_on, CAST(:now AS timestamptz) FROM of_today
        ON CONFLICT DO NOTHING
        RETURNING id, contractor_id, user_id
    ),
    decided AS (
        SELECT id, NULL AS mail_id FROM dropped
        UNION ALL
        SELECT id, mail_id FROM single
        UNION ALL
        SELECT o.id, d.id FROM of_today o
        JOIN digests d ON d.contractor_id = o.contractor_id OR d.user_id = o.user_id
    ),
    changed AS (
        UPDATE messages m SET to_mail = false, mail_id = d.mail_id
        FROM decided d WHERE d.id = m.id RETURNING m.mail_id
    )
    SELECT count(*) AS num_decided, count(mail_id) AS num_grouped FROM changed
"""


def group_messages(session: Session, now: datetime) -> int:
    """Make mails of the messages that are to be mailed by `now`; return how many went into one.

    What nobody wants mailed, or what is too old, is left to the inbox. A digest comes once a
    day: what is told after it waits for the next one.
    """
    num_grouped = 0
    while True:
        num_decided, num_more = _group_step(session, now)
        num_grouped += num_more
        if num_decided == 0:
            return num_grouped


@retried
def _group_step(session: Session, now: datetime) -> tuple[int, int]:
    keys = {"now": now, "oldest": now - TOO_OLD, "digest_hour": DIGEST_HOUR, "step": _STEP}
    with transaction(session):
        row = session.execute(text(_GROUP), keys).one()
    return row.num_decided, row.num_grouped
