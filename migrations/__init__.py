"""Alembic migrations of the schema; run by `redeploy db upgrade`."""
