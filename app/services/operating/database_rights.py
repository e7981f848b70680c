"""The rights of the role that web and workers connect with: to use the tables, not to rule them.

The owner of a table can switch its triggers off. A role that owns nothing cannot, and what is
append-only it can neither change nor remove for want of the right, before any trigger.
"""

from __future__ import annotations

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from app.errors import NotFound, Refused

_FIND_ROLE = """
    SELECT rolsuper OR pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s
"""

_APPEND_ONLY = """
    SELECT DISTINCT c.relname FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.proname = 'refuse_change' AND t.tgqual IS NULL
      AND c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname
"""

_GRANT = """
    GRANT USAGE ON SCHEMA public TO {role};
    GRANT TEMPORARY ON DATABASE {database} TO {role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
    REVOKE INSERT, UPDATE, DELETE ON audit_links, alembic_version FROM {role};
    REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {role};
    GRANT UPDATE ON export_batches TO {role}
"""
"""Whoever exports locks the table of batches, for which PostgreSQL asks the right to change it;
that no batch changes is left to its trigger."""


def grant_rights(connection: Connection, role: str) -> tuple[str, ...]:
    """Give `role` what web and workers need; return the tables that it can only add to.

    Raises NotFound, or Refused (`role rules`) for a superuser or a member of the owner's role.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor:
        found = cursor.execute(_FIND_ROLE, (role,)).fetchone()
        if found is None:
            raise NotFound("database role", role)
        if found[0]:
            sentence = f"{role} owns the tables or is a superuser: it could switch triggers off."
            raise Refused("role rules", sentence)
        tables = tuple(row[0] for row in cursor.execute(_APPEND_ONLY).fetchall())
        cursor.execute(
            sql.SQL(_GRANT).format(
                role=sql.Identifier(role),
                database=sql.Identifier(driver.info.dbname),
                append_only=sql.SQL(", ").join(map(sql.Identifier, tables)),
            )
        )
    return tables
