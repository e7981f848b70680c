"""Commands that tend the database: its schema, whether it is sound, who may do what in it."""

from __future__ import annotations

import click

from app.cli.lazy_group import BadInput
from app.cli.opening import open_bare_database, open_database
from app.config import Settings
from app.errors import NotFound, Refused


@click.group()
def db() -> None:
    """Tend the database."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to date; does nothing when it is."""
    with open_bare_database(Settings.from_environment()) as database:
        database.upgrade()
    click.echo("The schema is up to date.", err=True)


@db.command("check")
def check_command() -> None:
    """Ask whether everything that must be true of the data is; nothing is changed.

    Prints what does not hold, with examples; then the exit code is 1.
    """
    from app.services.operating.invariants import find_breaches, list_invariants  # noqa: PLC0415

    with open_database(Settings.from_environment()) as database, database.session() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        breaches = find_breaches(session)
    for breach in breaches:
        click.echo(str(breach))
    if breaches:
        raise click.ClickException(f"{len(breaches)} of {len(list_invariants())} checks fail")
    click.echo(f"All {len(list_invariants())} checks hold: {', '.join(list_invariants())}")


@db.command()
@click.argument("role")
def grant(role: str) -> None:
    """Give the database role ROLE what web and workers need, and no right to rule the tables.

    Run it as the owner of the tables, again after each upgrade. The role can add to the audit
    trail and the payroll ledger, never change or remove what is there, nor switch a trigger off.

    \b
    Example:
      redeploy db grant redeploy_app
    """
    from app.services.operating.database_rights import grant_rights  # noqa: PLC0415 - keeps --help fast

    with open_database(Settings.from_environment()) as database:
        try:
            with database.engine.begin() as connection:
                tables = grant_rights(connection, role)
        except (NotFound, Refused) as error:
            raise BadInput(str(error)) from error
    click.echo(f"{role} can only add to {', '.join(tables)}")
