"""A group of commands that loads each one when it is called, and turns errors into exit codes.

OR-Tools and pandas take a second or two to load; `redeploy --help` needs neither.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from app.errors import AppError
from solver.errors import InvalidInput, SolverError, UnknownScope


@dataclass(frozen=True)
class LazyCommand:
    """Where a command lives (`module:attribute`) and the line that `--help` shows for it."""

    target: str
    summary: str


class BadInput(click.ClickException):
    """Something given by the user is wrong; ends the program with exit code 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """A click group over `LazyCommand`s."""

    def __init__(
        self, *args: Any, commands_by_name: Mapping[str, LazyCommand], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._lazy = commands_by_name

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self._lazy)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now."""
        if cmd_name not in self._lazy:
            return None
        module, attribute = self._lazy[cmd_name].target.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command named first in `args`; an unknown name lists those there are."""
        if args and args[0] not in self._lazy and not args[0].startswith("-"):
            known = ", ".join(self._lazy)
            raise click.UsageError(f"no command {args[0]!r}; there are {known}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._lazy.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; expected errors become one message and an exit code."""
        try:
            return super().invoke(ctx)
        except (InvalidInput, UnknownScope) as error:
            raise BadInput(str(error)) from error
        except (AppError, SolverError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            # A reader that closed the pipe is click's own business.
            if error.errno == errno.EPIPE:
                raise
            raise click.ClickException(str(error)) from error
