"""`redeploy demo`: the whole product on sample data, with one command."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from app.cli.demo_state import DemoState, SignIn, load_state, save_state
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


@click.command()
@click.option("--reset", is_flag=True, help="Throw the demo's data away and set it up anew.")
def demo(reset: bool) -> None:  # noqa: FBT001 - click passes every option by name
    """Show everything on sample data: Chordus is paused and its plan is solved.

    Runs an embedded PostgreSQL, a worker and the web under REDEPLOY_HOME, whatever
    DATABASE_URL says, and prints the address and a sign-in for each role. Run it again to
    go on with the same data. Ctrl-C stops everything.
    """
    settings = replace(Settings.from_environment(), secure_cookies=False)
    with stop_signals():
        try:
            with _only_one(settings.home):
                require_free_port(settings)
                if reset:
                    _throw_away(settings.home)
                _run(settings)
        except StopRequested:
            click.echo("Stopped. `make demo` goes on with the same data.", err=True)


def _run(settings: Settings) -> None:
    state = load_state(settings.home)
    save_state(settings.home, state)
    _say("Starting PostgreSQL")
    with EmbeddedPostgres(settings.home).running() as url:
        database = Database(url)
        if not state.is_ready:
            # A set-up that was interrupted is not patched up but begun again.
            database.downgrade("base")
        _say("Bringing the schema up to date")
        database.upgrade()
        stack = _build_stack(settings, state, database)
        try:
            stack.start("worker")
            stack.start("web")
            if not state.is_ready:
                state = state.with_sign_ins(_set_up(database, settings, stack))
                save_state(settings.home, state)
            stack.wait_for_web(settings)
            _print_sign_ins(settings, state)
            stack.wait()
        except ProcessEnded as error:
            log = settings.home / f"{error.name}.log"
            raise click.ClickException(f"{error}; see {log}") from error
        finally:
            _say("Stopping")
            stack.stop()
            database.dispose()


def _build_stack(settings: Settings, state: DemoState, database: Database) -> Stack:
    environment = {
        "DATABASE_URL": database.conninfo,
        "SECRET_KEY": state.secret_key,
        # The demo is served over plain HTTP on this machine.
        "SECURE_COOKIES": "false",
    }
    return Stack(environment, log_folder=settings.home)


def _set_up(database: Database, settings: Settings, stack: Stack) -> tuple[SignIn, ...]:
    # pandas takes a second to import; a demo that is set up does without it.
    from app.cli import demo_data  # noqa: PLC0415 - keeps --help fast
    from app.services.plans.planning import PlanOptions  # noqa: PLC0415 - keeps --help fast

    options = PlanOptions(
        time_limit_s=min(30.0, settings.solve_time_limit_s), workers=settings.solve_workers
    )
    with database.session() as session:
        count = demo_data.import_sample(session)
        _say(f"Imported {count} contractors of an invented vendor")
        staff = demo_data.add_staff(session)
        plan_run_id = demo_data.pause_chordus(session, options)
        _say(f"Paused Chordus; a worker plans for up to {options.time_limit_s:g} seconds")
        run = demo_data.wait_for_plan(session, plan_run_id, stack.check)
        summary = run.summary or {}
        _say(
            f"Planned: {summary['num_affected']} people affected, "
            f"{summary['num_covered']} of them keep at least their floor"
        )
        return (*staff, demo_data.add_contractor(session, plan_run_id))


def _print_sign_ins(settings: Settings, state: DemoState) -> None:
    width = max(len(sign_in.email) for sign_in in state.sign_ins)
    click.echo(f"\nRedeploy is on {build_address(settings)}\n")
    for sign_in in state.sign_ins:
        click.echo(f"  {sign_in.role:<12} {sign_in.email:<{width}}  {sign_in.password}")
    click.echo("\nCtrl-C stops it.")


def _say(text: str) -> None:
    click.echo(text, err=True)


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the instance folder; a second demo on it would stop the first one's PostgreSQL."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"a demo is running on {home}; stop it first, or set REDEPLOY_HOME"
            raise click.ClickException(message) from None
        yield


def _throw_away(home: Path) -> None:
    postgres = EmbeddedPostgres(home)
    if postgres.is_running():
        postgres.start()
        postgres.stop()
    shutil.rmtree(home / "postgres", ignore_errors=True)
    (home / "demo.json").unlink(missing_ok=True)
    _say("Threw the old data away")
