"""Walls held by the database: no work is written across one, whoever writes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TODAY = "(now() AT TIME ZONE 'UTC')::date"

_FIND = """
CREATE FUNCTION find_wall_breaches(
    assignment_ids text[], contractor_ids text[], project_ids text[],
    first_days date[], last_days date[]
) RETURNS TABLE (place bigint, other_id text, free_after date) LANGUAGE sql STABLE AS $$
    -- Days of work to come that stand too near to other work of the same person for a
    -- competing client. `place` counts the arrays from 1. The days are those of
    -- solver/rules/walls.py; a last day that is not known is infinity.
    WITH sides AS (
        SELECT client_id, competitor_id, max(cooling_off_days) AS days, min(since) AS since
        FROM (
            SELECT client_id, competitor_id, cooling_off_days, since FROM walls
            UNION ALL
            SELECT competitor_id, client_id, cooling_off_days, since FROM walls
        ) w
        WHERE client_id <> competitor_id
        GROUP BY client_id, competitor_id
    ), wanted AS (
        SELECT n.place, n.assignment_id, n.contractor_id, p.client_id, n.first_day,
               coalesce(n.last_day, 'infinity') AS last_day
        FROM unnest(assignment_ids, contractor_ids, project_ids, first_days, last_days)
             WITH ORDINALITY
             AS n (assignment_id, contractor_id, project_id, first_day, last_day, place)
        JOIN projects p ON p.project_id = n.project_id
        WHERE n.first_day <= coalesce(n.last_day, 'infinity')
          AND coalesce(n.last_day, 'infinity') >= (now() AT TIME ZONE 'UTC')::date
    ), beside AS (
        SELECT w.place, w.first_day, w.last_day, s.days, s.since, a.assignment_id AS other_id,
               a.starts_on,
               coalesce(
                   CASE a.status
                       WHEN 'suspended' THEN
                           least(a.ends_on, (z.effective_at AT TIME ZONE 'UTC')::date)
                       WHEN 'ended' THEN least(a.ends_on, (now() AT TIME ZONE 'UTC')::date)
                       ELSE a.ends_on END,
                   'infinity') AS ends_on
        FROM wanted w
        JOIN sides s ON s.client_id = w.client_id
        JOIN assignments a ON a.contractor_id = w.contractor_id
                          AND a.assignment_id IS DISTINCT FROM w.assignment_id
        JOIN projects p ON p.project_id = a.project_id AND p.client_id = s.competitor_id
        LEFT JOIN pauses z ON z.id = a.suspended_by_pause_id
    )
    SELECT place, other_id, CASE WHEN ends_on + days <= DATE '9999-12-31' THEN ends_on + days END
    FROM beside
    WHERE starts_on <= ends_on
      AND first_day - days <= ends_on AND starts_on - days <= last_day
      -- Work that both sides had begun before the wall was known is history.
      AND greatest(first_day, starts_on) >= since
$$;

CREATE FUNCTION refuse_wall_breaches(
    assignment_ids text[], contractor_ids text[], project_ids text[],
    first_days date[], last_days date[]
) RETURNS void LANGUAGE plpgsql STRICT AS $$
DECLARE
    found jsonb;
BEGIN
    -- Two writers for one person take turns: neither would see the other's work.
    PERFORM FROM contractors WHERE contractor_id = ANY (contractor_ids)
    ORDER BY contractor_id FOR NO KEY UPDATE;
    SELECT jsonb_agg(jsonb_build_object(
               'assignment_id', assignment_ids[b.place], 'first_day', first_days[b.place],
               'other_id', b.other_id, 'free_after', b.free_after))
    INTO found
    FROM (
        SELECT * FROM find_wall_breaches(
            assignment_ids, contractor_ids, project_ids, first_days, last_days)
        ORDER BY place, other_id LIMIT 1000
    ) b;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'work across a wall between two clients is refused'
            USING ERRCODE = 'WA001', DETAIL = found::text;
    END IF;
END
$$;
"""

_ASSIGNMENTS = """
CREATE FUNCTION hold_walls_of_new_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_wall_breaches(
        array_agg(n.assignment_id), array_agg(n.contractor_id), array_agg(n.project_id),
        array_agg(n.starts_on), array_agg(n.ends_on))
    FROM new_rows n JOIN projects p ON p.project_id = n.project_id
    WHERE n.status = 'active'
      AND EXISTS (SELECT FROM walls w WHERE p.client_id IN (w.client_id, w.competitor_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER new_work_keeps_to_walls
    AFTER INSERT ON assignments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hold_walls_of_new_work();

CREATE FUNCTION hold_walls_of_changed_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only the days that a change adds: what was there before, stays.
    PERFORM refuse_wall_breaches(
        array_agg(d.assignment_id), array_agg(d.contractor_id), array_agg(d.project_id),
        array_agg(d.first_day), array_agg(d.last_day))
    FROM (
        SELECT n.assignment_id, n.contractor_id, n.project_id, n.starts_on AS first_day,
               n.ends_on AS last_day
        FROM new_rows n LEFT JOIN old_rows o ON o.assignment_id = n.assignment_id
        WHERE n.status = 'active'
          AND (o.contractor_id, o.project_id)
              IS DISTINCT FROM (n.contractor_id, n.project_id)
        UNION ALL
        SELECT n.assignment_id, n.contractor_id, n.project_id,
               greatest(n.starts_on, (now() AT TIME ZONE 'UTC')::date), n.ends_on
        FROM new_rows n JOIN old_rows o ON o.assignment_id = n.assignment_id
        WHERE n.status = 'active' AND o.status <> 'active'
        UNION ALL
        SELECT n.assignment_id, n.contractor_id, n.project_id,
               greatest(n.starts_on, o.ends_on + 1), n.ends_on
        FROM new_rows n JOIN old_rows o ON o.assignment_id = n.assignment_id
        WHERE n.status = 'active' AND o.status = 'active'
          AND o.ends_on < coalesce(n.ends_on, 'infinity')
        UNION ALL
        SELECT n.assignment_id, n.contractor_id, n.project_id, n.starts_on,
               least(n.ends_on, o.starts_on - 1)
        FROM new_rows n JOIN old_rows o ON o.assignment_id = n.assignment_id
        WHERE n.status = 'active' AND o.status = 'active' AND n.starts_on < o.starts_on
    ) d
    JOIN projects p ON p.project_id = d.project_id
    WHERE EXISTS (SELECT FROM walls w WHERE p.client_id IN (w.client_id, w.competitor_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER changed_work_keeps_to_walls
    AFTER UPDATE ON assignments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hold_walls_of_changed_work();
"""

_OTHERS = """
CREATE FUNCTION hold_walls_of_moved_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_wall_breaches(
        array_agg(a.assignment_id), array_agg(a.contractor_id), array_agg(a.project_id),
        array_agg(greatest(a.starts_on, (now() AT TIME ZONE 'UTC')::date)),
        array_agg(a.ends_on))
    FROM new_rows n
    JOIN old_rows o ON o.project_id = n.project_id AND o.client_id <> n.client_id
    JOIN assignments a ON a.project_id = n.project_id AND a.status = 'active'
    WHERE EXISTS (SELECT FROM walls w WHERE n.client_id IN (w.client_id, w.competitor_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER moved_projects_keep_to_walls
    AFTER UPDATE ON projects REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION hold_walls_of_moved_projects();

CREATE FUNCTION hold_walls_of_accepted_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A wall may have come since the place was approved.
    PERFORM refuse_wall_breaches(
        array_agg(a.assignment_id), array_agg(a.contractor_id), array_agg(a.project_id),
        array_agg(greatest(a.starts_on, (now() AT TIME ZONE 'UTC')::date)),
        array_agg(a.ends_on))
    FROM assignments a
    WHERE a.proposal_id = NEW.proposal_id AND a.status = 'active';
    RETURN NEW;
END
$$;
CREATE TRIGGER accepted_work_keeps_to_walls
    BEFORE UPDATE OF status ON offers FOR EACH ROW
    WHEN (NEW.status = 'accepted' AND OLD.status <> 'accepted')
    EXECUTE FUNCTION hold_walls_of_accepted_work();
"""


def upgrade() -> None:
    op.add_column(
        "walls", sa.Column("since", sa.Date(), server_default=sa.text(_TODAY), nullable=False)
    )
    for statement in (_FIND, _ASSIGNMENTS, _OTHERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER accepted_work_keeps_to_walls ON offers")
    op.execute("DROP TRIGGER moved_projects_keep_to_walls ON projects")
    op.execute("DROP TRIGGER changed_work_keeps_to_walls ON assignments")
    op.execute("DROP TRIGGER new_work_keeps_to_walls ON assignments")
    for function in (
        "hold_walls_of_accepted_work()",
        "hold_walls_of_moved_projects()",
        "hold_walls_of_changed_work()",
        "hold_walls_of_new_work()",
        "refuse_wall_breaches(text[], text[], text[], date[], date[])",
        "find_wall_breaches(text[], text[], text[], date[], date[])",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("walls", "since")
