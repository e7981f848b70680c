"""Commands that serve and tend the application on PostgreSQL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.lazy_group import BadInput
from app.cli.opening import open_database
from app.cli.processes import (
    ProcessEnded,
    Stack,
    StopRequested,
    build_address,
    require_free_port,
    stop_signals,
)
from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.errors import ConfigurationError, InvalidValue, NotFound, Refused
from app.logs import configure_logging
from solver.errors import Problem

if TYPE_CHECKING:
    from app.services.messages.smtp import MailServer
    from app.services.webhooks.webhook_endpoints import WebhookRules


@click.command()
def up() -> None:
    """Serve everything on this machine: PostgreSQL, one worker and the web.

    Without DATABASE_URL an embedded PostgreSQL runs under REDEPLOY_HOME. Migrations are
    applied first. Ctrl-C or SIGTERM stops all of it.
    """
    settings = Settings.from_environment()
    settings.get_secret_key()
    require_free_port(settings)
    with stop_signals():
        try:
            if settings.database_url is not None:
                _serve(settings, settings.database_url)
            else:
                with EmbeddedPostgres(settings.home).running() as url:
                    _serve(settings, url)
        except StopRequested:
            click.echo("Stopped.", err=True)


def _serve(settings: Settings, url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.dispose()
    stack = Stack({"DATABASE_URL": database.conninfo})
    try:
        stack.start("worker")
        stack.start("web")
        stack.wait_for_web(settings)
        click.echo(f"Serving on {build_address(settings)}, Ctrl-C stops it.", err=True)
        stack.wait()
    except ProcessEnded as error:
        raise click.ClickException(f"{error}; the rest was stopped too") from error
    finally:
        stack.stop()


@click.command()
def web() -> None:
    """Serve the pages (needs DATABASE_URL and SECRET_KEY); any number may run.

    The process becomes gunicorn with WEB_THREADS threads on HOST:PORT.
    """
    settings = Settings.from_environment()
    settings.get_secret_key()
    _require_database_url(settings)
    arguments = [
        *(sys.executable, "-m", "gunicorn", "app.wsgi:build_application()"),
        *("--bind", f"{settings.host}:{settings.port}"),
        # One process a command, whatever WEB_CONCURRENCY says: each has its own metrics.
        *("--workers", "1", "--worker-class", "gthread", "--threads", str(settings.web_threads)),
        *("--graceful-timeout", "5", "--log-level", settings.log_level),
        *("--config", "python:app.gunicorn_settings"),
        "--no-control-socket",
    ]
    os.execv(sys.executable, arguments)  # noqa: S606 - gunicorn takes this process over


@click.command()
def worker() -> None:
    """Solve plans out of the queue (needs DATABASE_URL); any number may run."""
    # The optimiser takes seconds to import; no other command here needs it.
    from app.jobs import run_worker  # noqa: PLC0415
    from app.services.plans.plan_watch import ChildLimits  # noqa: PLC0415

    settings = Settings.from_environment()
    database = Database(_require_database_url(settings))
    configure_logging(settings.log_level)
    limits = ChildLimits(
        memory_mb=settings.solve_memory_mb,
        import_memory_mb=settings.import_memory_mb,
        import_unpacked_mb=settings.import_unpacked_mb,
    )
    run_worker(database, limits, _build_mail(settings), _build_hooks(settings))
    database.dispose()


def _build_hooks(settings: Settings) -> WebhookRules | None:
    """Return how webhooks are sent; None when they are switched off."""
    from app.services.webhooks.webhook_endpoints import WebhookRules  # noqa: PLC0415

    if not settings.webhooks:
        return None
    return WebhookRules(settings.get_secret_key(), settings.webhook_networks)


def _build_mail(settings: Settings) -> MailServer | None:
    """Return the mail server of the settings; None when they name none."""
    # Only a worker mails.
    from app.services.messages.smtp import MailServer  # noqa: PLC0415

    if not settings.smtp_host:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
        public_url=settings.public_url,
    )


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def import_command(folder: Path) -> None:
    """Import the CSV folder FOLDER: all of it, or nothing.

    Every fault is named with file, line, column, value and expectation; then the exit code
    is 2 and nothing is written.
    """
    from app.importing import FolderRejected  # noqa: PLC0415 - keeps --help fast
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.imports.importing import import_folder  # noqa: PLC0415 - keeps --help fast

    with open_database(Settings.from_environment()) as database, database.session() as session:
        try:
            summary = import_folder(session, folder, actor=Actor.of_system("redeploy import"))
        except FolderRejected as error:
            for note in error.notes:
                click.echo(note, err=True)
            raise BadInput(f"nothing was imported\n{error}") from error
    for line in (*summary.readings, *(f"warning: {text}" for text in summary.warnings)):
        click.echo(line, err=True)
    for counts in summary.tables:
        click.echo(
            f"{counts.table}: {counts.added} added, {counts.changed} changed, "
            f"{counts.unchanged} unchanged, {counts.removed} removed"
        )


@click.group()
def user() -> None:
    """Tend the accounts."""


@user.command("add")
@click.option("--email", required=True, help="What the person signs in with.")
@click.option("--name", required=True, help="How pages and the audit trail name the person.")
@click.option("--role", required=True, help="admin, ops_manager, contractor, payroll or auditor.")
@click.option("--contractor-id", help="Whose assignments these are; the role contractor needs it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_user_command(
    email: str,
    name: str,
    role: str,
    contractor_id: str | None,
    password_stdin: bool,  # noqa: FBT001 - click passes every option by name
) -> None:
    """Add an account; without --password-stdin a random password is printed once."""
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.access.accounts import add_user  # noqa: PLC0415 - keeps --help fast
    from app.services.access.passwords import draw_password  # noqa: PLC0415 - keeps --help fast

    password = sys.stdin.readline().rstrip("\n") if password_stdin else draw_password()
    with open_database(Settings.from_environment()) as database, database.session() as session:
        try:
            add_user(
                session,
                actor=Actor.of_system("redeploy user add"),
                email=email,
                name=name,
                role=role,
                password=password,
                contractor_id=contractor_id,
            )
        except (InvalidValue, NotFound, Refused) as error:
            raise BadInput(str(error)) from error
    click.echo(f"Added {email}.", err=True)
    if not password_stdin:
        click.echo(password)


@user.command("reset-second-factor")
@click.option("--email", required=True, help="Whose phone and recovery codes are lost.")
def reset_second_factor_command(email: str) -> None:
    """Take the second factor from an account; all its sign-ins end."""
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.access.accounts import get_user_id  # noqa: PLC0415 - keeps --help fast
    from app.services.access.second_factor import reset_second_factor  # noqa: PLC0415

    actor = Actor.of_system("redeploy user reset-second-factor")
    with open_database(Settings.from_environment()) as database, database.session() as session:
        try:
            reset_second_factor(session, actor=actor, user_id=get_user_id(session, email))
        except (NotFound, Refused) as error:
            raise BadInput(str(error)) from error
    click.echo(f"{email} signs in without a second factor until it is set up again.", err=True)


def _require_database_url(settings: Settings) -> str:
    if settings.database_url is None:
        problem = Problem("setting DATABASE_URL", "", "the address of a PostgreSQL database")
        raise ConfigurationError([problem])
    return settings.database_url
