"""Work across a wall that an import would bring, found before anything of it is written.

The rule is the database's own `find_wall_breaches`, which also stands behind its triggers. Here
it looks at the roster as it would be afterwards: for as long as it is asked, views of this
session stand before the tables that it reads. It then names the rows that a preview shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import WallBreach
from app.services.imports.import_checks import Clash, describe_breach
from app.services.imports.import_tables import STAYS_SUSPENDED, build_new_values, build_same_key
from solver.roster import TABLES

_MOST = 1000
"""Breaches that the database names, too."""

_STATUS = build_new_values(TABLES["assignments"])["status"]
_SAME_WORK = build_same_key(TABLES["assignments"])

_VIEWS = {
    # A file of walls is complete for the clients that the files list.
    "walls": """
        SELECT i.client_id, i.competitor_id, i.cooling_off_days,
               coalesce(w.since, (now() AT TIME ZONE 'UTC')::date) AS since
        FROM incoming_walls i LEFT JOIN public.walls w
          ON (w.client_id, w.competitor_id) = (i.client_id, i.competitor_id)
        UNION ALL
        SELECT t.client_id, t.competitor_id, t.cooling_off_days, t.since FROM public.walls t
        WHERE NOT EXISTS (SELECT FROM incoming_walls i
            WHERE (i.client_id, i.competitor_id) = (t.client_id, t.competitor_id))
          AND NOT ({brings_walls}
            AND EXISTS (SELECT FROM incoming_clients p WHERE p.client_id = t.client_id))
    """,
    "projects": """
        SELECT i.project_id, i.client_id FROM incoming_projects i
        UNION ALL
        SELECT t.project_id, t.client_id FROM public.projects t
        WHERE NOT EXISTS (SELECT FROM incoming_projects i WHERE i.project_id = t.project_id)
    """,
    "assignments": f"""
        SELECT excluded.assignment_id, excluded.contractor_id, excluded.project_id,
               excluded.starts_on, excluded.ends_on, {_STATUS} AS status,
               CASE WHEN {STAYS_SUSPENDED} THEN assignments.suspended_by_pause_id END
                   AS suspended_by_pause_id
        FROM incoming_assignments AS excluded LEFT JOIN public.assignments ON {_SAME_WORK}
        UNION ALL
        SELECT t.assignment_id, t.contractor_id, t.project_id, t.starts_on, t.ends_on, t.status,
               t.suspended_by_pause_id
        FROM public.assignments t
        WHERE NOT EXISTS (
            SELECT FROM incoming_assignments i WHERE i.assignment_id = t.assignment_id)
    """,  # noqa: S608 - our own texts
}
"""By table, what of it `find_wall_breaches` would find after the import."""

_FIND = """
    WITH added AS MATERIALIZED (
        -- The days that the triggers ask of: those of new work, what a change adds, and all that
        -- is left on a project that goes to another client. Of two that differ in contractor or
        -- project the import is refused anyway.
        SELECT row_number() OVER () AS place, n.assignment_id, n.contractor_id, n.project_id,
               d.first_day, d.last_day, d.is_moved, p.client_id
        FROM assignments n
        JOIN projects p ON p.project_id = n.project_id
        LEFT JOIN public.assignments o ON o.assignment_id = n.assignment_id
        LEFT JOIN public.projects was ON was.project_id = n.project_id
        CROSS JOIN LATERAL (
            SELECT n.starts_on, n.ends_on, false WHERE o.assignment_id IS NULL
            UNION ALL
            SELECT greatest(n.starts_on, (now() AT TIME ZONE 'UTC')::date), n.ends_on, false
            WHERE o.status <> 'active'
            UNION ALL
            SELECT greatest(n.starts_on, o.ends_on + 1), n.ends_on, false
            WHERE o.status = 'active' AND o.ends_on < coalesce(n.ends_on, 'infinity')
            UNION ALL
            SELECT n.starts_on, least(n.ends_on, o.starts_on - 1), false
            WHERE o.status = 'active' AND n.starts_on < o.starts_on
            UNION ALL
            SELECT greatest(n.starts_on, (now() AT TIME ZONE 'UTC')::date), n.ends_on, true
            WHERE o.status = 'active' AND was.client_id <> p.client_id
        ) AS d (first_day, last_day, is_moved)
        WHERE n.status = 'active'
          AND EXISTS (SELECT FROM walls w WHERE p.client_id IN (w.client_id, w.competitor_id))
    )
    SELECT a.assignment_id, a.first_day, b.other_id, b.free_after,
           CASE WHEN a.is_moved THEN a.project_id END, a.client_id
    FROM (SELECT array_agg(assignment_id ORDER BY place) AS assignment_ids,
                 array_agg(contractor_id ORDER BY place) AS contractor_ids,
                 array_agg(project_id ORDER BY place) AS project_ids,
                 array_agg(first_day ORDER BY place) AS first_days,
                 array_agg(last_day ORDER BY place) AS last_days FROM added) AS g,
         find_wall_breaches(
             g.assignment_ids, g.contractor_ids, g.project_ids, g.first_days, g.last_days) AS b
    JOIN added a ON a.place = b.place
    ORDER BY a.assignment_id COLLATE "C", b.other_id COLLATE "C" LIMIT :most
"""


def list_wall_clashes(session: Session, present_tables: frozenset[str]) -> list[Clash]:
    """Return what of the incoming tables the database would refuse for a wall.

    present_tables  those that the files really hold
    """
    with _after_the_import(session, present_tables):
        rows = session.execute(text(_FIND), {"most": _MOST}).all()
    return [
        _build_clash(WallBreach(row[0], row[1], row[2], row[3]), row[4], row[5]) for row in rows
    ]


@contextmanager
def _after_the_import(session: Session, present_tables: frozenset[str]) -> Iterator[None]:
    """Let the names of the tables stand for what they would hold."""
    brings_walls = "true" if "walls" in present_tables else "false"
    for name, query in _VIEWS.items():
        body = query.format(brings_walls=brings_walls)
        session.execute(text(f"CREATE TEMPORARY VIEW {name} AS {body}"))
    yield
    for name in _VIEWS:
        session.execute(text(f"DROP VIEW pg_temp.{name}"))


def _build_clash(breach: WallBreach, moved_project_id: str | None, client_id: str) -> Clash:
    """Return the breach as a fault of the row that brings it: work, or a project that moves."""
    expected = describe_breach(breach)
    if moved_project_id is None:
        day = breach.first_day.isoformat()
        return Clash("assignments.csv", breach.assignment_id, "starts_on", day, expected)
    sentence = f"a client under whom {breach.assignment_id} has {expected}"
    return Clash("projects.csv", moved_project_id, "client_id", client_id, sentence)
