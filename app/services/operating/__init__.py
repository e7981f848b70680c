"""Running an installation: backup and restore, invariants, rights of the database, readiness."""
