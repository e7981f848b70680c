"""Alembic's entry: migrates on the connection it is given, else on DATABASE_URL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.config import Settings
from app.database import Database
from app.models import Base

JOB_QUEUE_PREFIX = "procrastinate_"


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether Alembic compares an object: the job queue's tables are its library's own."""
    return not (kind == "table" and name is not None and name.startswith(JOB_QUEUE_PREFIX))


def run_on(connection: Connection) -> None:
    """Run the migrations in one transaction of `connection`."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_ours,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run_on(given)
else:
    with Database(Settings.from_environment().database_url or "").engine.begin() as own:
        run_on(own)
