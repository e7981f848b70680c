"""The job queue: the tables of Procrastinate, by its own migrations.

Its migration files never change once released, so a range of them is as frozen as SQL
written here. A later release of Procrastinate brings its newer files in a new revision.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op
from procrastinate.schema import migrations_path

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LAST_FILE = "03.04.00_50_post_add_retry_failed_job_procedure.sql"

DROP = """
DO $$
DECLARE found record;
BEGIN
    DROP TABLE IF EXISTS procrastinate_events, procrastinate_periodic_defers,
        procrastinate_jobs, procrastinate_workers CASCADE;
    FOR found IN
        SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', found.signature);
    END LOOP;
    DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_event_type,
        procrastinate_job_status CASCADE;
END
$$
"""


def run_raw(sql: str) -> None:
    """Run SQL text as it stands: several statements, percent signs and all."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(sql)


def upgrade() -> None:
    for path in sorted(Path(migrations_path).glob("*.sql")):
        if path.name <= LAST_FILE:
            run_raw(path.read_text(encoding="utf-8"))


def downgrade() -> None:
    run_raw(DROP)
