"""The option --output of the commands that write a folder, and its check before any work."""

from __future__ import annotations

from collections.abc import Callable, Set
from pathlib import Path

import click

from app.cli.lazy_group import BadInput
from app.cli.options import AnyFunction
from app.exports.output_folder import OccupiedFolder, UnusableOutput, check_output_folder


def output_option(help_text: str, *, metavar: str = "OUT") -> Callable[[AnyFunction], AnyFunction]:
    """Return the option `-o`, `--output`; the command gets it as `out`."""
    return click.option(
        "-o",
        "--output",
        "out",
        required=True,
        type=click.Path(path_type=Path),
        metavar=metavar,
        help=help_text,
    )


def check_output(out: Path, files: Set[str]) -> None:
    """Raise BadInput when the folder `out` cannot take `files`; nothing is written yet."""
    try:
        check_output_folder(out, files)
    except (OccupiedFolder, UnusableOutput) as error:
        raise BadInput(str(error)) from error
