"""Reading the CSV folder for a command."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.lazy_group import BadInput
from app.importing import FolderRejected, read_folder
from solver.roster import Roster


def read_roster(folder: Path) -> Roster:
    """Return the folder's roster, saying on standard error how each file was read."""
    try:
        result = read_folder(folder)
    except FolderRejected as error:
        _tell(error.notes)
        raise BadInput(f"nothing was planned, for {folder} has faults:\n{error}") from error
    _tell(result.notes)
    return result.roster


def _tell(notes: tuple[str, ...]) -> None:
    for note in notes:
        click.echo(note, err=True)
