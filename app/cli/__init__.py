"""The command line: `redeploy COMMAND`.

Exit codes: 0 good, 2 bad input, 1 any other failure. Results go to standard output, progress
and errors to standard error.
"""

from __future__ import annotations

import click

from app.cli.lazy_group import LazyCommand, LazyGroup

COMMANDS = {
    "plan": LazyCommand("app.cli.plan:plan", "Plan a pause from a CSV folder, without a database."),
    "recall": LazyCommand("app.cli.recall:recall", "Plan who returns to a resumed project."),
    "solve": LazyCommand("app.cli.solve:solve", "Solve an instance file."),
    "check": LazyCommand("app.cli.check:check", "Verify a solution independently of the solver."),
    "explain": LazyCommand("app.cli.explain:explain", "Say why a plan is what it is."),
    "sample": LazyCommand("app.cli.sample:sample", "Draw an invented roster as a CSV folder."),
    "demo": LazyCommand("app.cli.demo:demo", "Show everything on sample data, on this machine."),
    "up": LazyCommand("app.cli.server:up", "Serve everything on this machine."),
    "web": LazyCommand("app.cli.server:web", "Serve the pages."),
    "worker": LazyCommand("app.cli.server:worker", "Solve the plans in the queue."),
    "db": LazyCommand("app.cli.database:db", "Tend the database."),
    "import": LazyCommand("app.cli.server:import_command", "Import a CSV folder."),
    "user": LazyCommand("app.cli.server:user", "Tend the accounts."),
    "token": LazyCommand("app.cli.token:token", "Tend the tokens of the JSON API."),
    "audit": LazyCommand("app.cli.audit:audit", "Anchor, verify and show the audit trail."),
    "backup": LazyCommand("app.cli.backup:backup", "Keep a copy of the database in a file."),
    "restore": LazyCommand("app.cli.backup:restore", "Bring a backup into an empty database."),
}
"""Every command by name; a module is imported when its command is called, not before."""


@click.group(cls=LazyGroup, commands_by_name=COMMANDS)
@click.version_option(package_name="redeploy")
def main() -> None:
    """When a client pauses a project, find its contractors new work.

    \b
    Try it on the sample that comes with the source:
      redeploy plan sample_data/chordus --pause Chordus --on 2026-11-23 -o out
    """
