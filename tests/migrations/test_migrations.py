"""Migrations: they give what the models say, and every one can be taken back."""

from __future__ import annotations

import psycopg.errors
import pytest
from sqlalchemy import Engine, inspect, text

from app.database import Database
from app.models import Base
from app.services.access.accounts import add_user
from solver.roster import TABLES, Column, Kind
from tests.app.world import PASSWORD, SYSTEM, add_world

NOT_OURS = "c.relname NOT LIKE 'procrastinate%' AND c.relname <> 'alembic_version'"

COLUMNS = f"""
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
          AND NOT a.attisdropped
          AND {NOT_OURS}
"""

CONSTRAINTS = f"""
    SELECT c.relname, o.conname, pg_get_constraintdef(o.oid)
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND o.contype <> 't' AND {NOT_OURS}
"""
"""Constraint triggers are triggers, of which models know nothing."""

INDEXES = f"""
    SELECT c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND {NOT_OURS}
"""

OBJECTS = """
    SELECT 'class', relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'type', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""


def fetch(engine: Engine, query: str) -> set[tuple[object, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(text(query))}


def fetch_schema(engine: Engine) -> list[set[tuple[object, ...]]]:
    return [fetch(engine, query) for query in (OBJECTS, COLUMNS, CONSTRAINTS)]


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES])
def test_migrations_give_what_the_models_say(
    database: Database, empty_database: Database, query: str
) -> None:
    Base.metadata.create_all(empty_database.engine)
    from_models = fetch(empty_database.engine, query)
    assert from_models
    assert fetch(database.engine, query) == from_models


def test_every_constraint_has_a_name_of_the_convention(database: Database) -> None:
    names = {str(name) for _, name, _ in fetch(database.engine, CONSTRAINTS)}
    # PostgreSQL 18 names NOT NULL constraints itself.
    assert {name for name in names if not name.endswith("_not_null")} == {
        name for name in names if name.startswith(("pk_", "fk_", "ck_", "uq_"))
    }


def test_downgrade_leaves_nothing_and_upgrade_works_again(empty_database: Database) -> None:
    empty_database.upgrade()
    before = fetch(empty_database.engine, OBJECTS)
    empty_database.downgrade("base")
    left = {name for _, name in fetch(empty_database.engine, OBJECTS)}
    assert left == {"alembic_version", "alembic_version_pkc", "_alembic_version"}
    empty_database.upgrade()
    assert fetch(empty_database.engine, OBJECTS) == before


def test_each_revision_goes_back_and_forth(empty_database: Database) -> None:
    for below, revision in (
        ("0001", "0002"),
        ("0002", "0003"),
        ("0003", "0004"),
        ("0004", "0005"),
        ("0005", "0006"),
        ("0006", "0007"),
        ("0007", "0008"),
        ("0008", "0009"),
        ("0009", "0010"),
        ("0010", "0011"),
        ("0011", "0012"),
        ("0012", "0013"),
        ("0013", "0014"),
        ("0014", "0015"),
        ("0015", "0016"),
        ("0016", "0017"),
        ("0017", "0018"),
        ("0018", "0019"),
        ("0019", "0020"),
        ("0020", "0021"),
        ("0021", "0022"),
        ("0022", "0023"),
        ("0023", "0024"),
        ("0024", "0025"),
        ("0025", "0026"),
        ("0026", "0027"),
        ("0027", "0028"),
        ("0028", "0029"),
        ("0029", "0030"),
        ("0030", "0031"),
        ("0031", "0032"),
        ("0032", "0033"),
        ("0033", "0034"),
        ("0034", "0035"),
    ):
        empty_database.upgrade(below)
        before = fetch_schema(empty_database.engine)
        empty_database.upgrade(revision)
        assert fetch_schema(empty_database.engine) != before
        empty_database.downgrade(below)
        assert fetch_schema(empty_database.engine) == before


def test_upgrade_that_fails_leaves_the_schema_as_it_was(empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE procrastinate_jobs (number int)"))
    before = fetch(empty_database.engine, OBJECTS)
    with pytest.raises(psycopg.errors.DuplicateTable, match="procrastinate_jobs"):
        empty_database.upgrade()
    assert fetch(empty_database.engine, OBJECTS) == before


@pytest.mark.parametrize("name", TABLES)
def test_tables_hold_the_columns_of_the_data_contract(database: Database, name: str) -> None:
    found = {column["name"]: column for column in inspect(database.engine).get_columns(name)}
    for column in TABLES[name].columns:
        assert found[column.roster_name]["nullable"] == may_be_null(column)


def may_be_null(column: Column) -> bool:
    """A blank text is an empty text; any other cell without a value is NULL."""
    return column.nullable and column.kind not in {Kind.TEXT, Kind.LIST, Kind.CHOICE}


@pytest.mark.parametrize("name", TABLES)
def test_tables_hold_the_limits_of_the_data_contract(database: Database, name: str) -> None:
    checks = {
        (str(constraint)): str(definition)
        for table, constraint, definition in fetch(database.engine, CONSTRAINTS)
        if table == name
    }
    for column in TABLES[name].columns:
        if column.minimum is not None:
            definition = checks[f"ck_{name}_{column.roster_name}_range"]
            scale = 100 if column.kind is Kind.MONEY else 1
            for limit in (column.minimum, column.maximum):
                assert limit is not None
                assert f"{int(limit * scale)}" in definition
        for choice in column.choices:
            assert f"'{choice}'" in checks[f"ck_{name}_{column.roster_name}_choice"]


def test_downgrade_leaves_a_contractor_the_account_that_shows_their_work(
    database: Database,
) -> None:
    with database.session() as session:
        add_world(session)
        for role, email in (
            ("ops_manager", "staff@vendor.example"),
            ("contractor", "c1@x.example"),
        ):
            add_user(
                session,
                actor=SYSTEM,
                email=email,
                name=role,
                role=role,
                password=PASSWORD,
                contractor_id="C1",
            )
    database.downgrade("0008")
    with database.engine.connect() as connection:
        tied = connection.execute(text("SELECT email FROM users WHERE contractor_id = 'C1'"))
        assert tied.scalars().all() == ["c1@x.example"]


_OLD_HOURS = """
    INSERT INTO export_batches (number, period_starts_on, period_ends_on, line_count, totals,
                                sha256, content)
    VALUES (1, '2026-02-02', '2026-02-08', 1, '{}', '', '');
    INSERT INTO hours_entries (assignment_id, work_date, hours, rate_cents, currency,
                               export_batch_id)
    VALUES ('A1', '2026-02-02', 8, 4000, 'USD', 1), ('A1', '2026-02-09', 7, 4000, 'USD', 1),
           ('A1', '2026-02-10', 6, 4000, 'USD', NULL), ('A2', '2026-02-10', 5, 4000, 'USD', NULL);
"""


def test_hours_of_before_timesheets_get_theirs(empty_database: Database) -> None:
    """What payroll had taken counts as approved once; the rest has to be submitted."""
    empty_database.upgrade()
    with empty_database.session() as session:
        add_world(session)
    empty_database.downgrade("0018")
    with empty_database.engine.begin() as connection:
        connection.execute(text(_OLD_HOURS))
    empty_database.upgrade("0019")
    sheets = """
        SELECT t.contractor_id, t.starts_on::text, t.status, sum(h.hours)::int,
               (SELECT sum(a.hours)::int FROM approved_hours a
                WHERE a.timesheet_id = t.id AND a.version = t.approved_version)
        FROM timesheets t JOIN hours_entries h ON h.timesheet_id = t.id GROUP BY t.id
    """
    assert fetch(empty_database.engine, sheets) == {
        ("C1", "2026-02-02", "locked", 8, 8),
        ("C1", "2026-02-09", "reopened", 13, 7),
        ("C2", "2026-02-09", "open", 5, None),
    }
