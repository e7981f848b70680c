"""Commands that keep a copy of the database, bring it back, and check that it is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.lazy_group import BadInput
from app.cli.opening import open_bare_database, open_database
from app.config import Settings
from app.errors import Refused

if TYPE_CHECKING:
    from app.services.operating.backup_file import Manifest


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", is_flag=True, help="Write nothing: read FILE and compare every byte.")
def backup(file: Path, *, verify: bool) -> None:
    """Write all that the database holds, as it is at this moment, to the new FILE.

    Work goes on meanwhile. Only the owner of FILE can read it; keep it where nobody else can.
    With --verify a FILE made earlier is compared with its own manifest, without any database:
    a copy that was cut or damaged on its way ends with exit code 1.

    \b
    Example:
      redeploy backup /mnt/elsewhere/redeploy-2026-11-23.zip
      redeploy backup --verify /mnt/elsewhere/redeploy-2026-11-23.zip
    """
    manifest = _verify(file) if verify else _write(file)
    for name, num in manifest.breaches.items():
        click.echo(f"warning: {name} does not hold ({num}); see redeploy db check", err=True)
    sequence, head = manifest.audit_head
    click.echo(f"{file}: {len(manifest.tables)} tables, {manifest.num_rows} rows")
    click.echo(f"schema {manifest.revision}, audit trail up to {sequence}, {head}")


def _verify(file: Path) -> Manifest:
    from app.services.operating.backup_file import verify_backup  # noqa: PLC0415 - keeps --help fast

    return verify_backup(file)


def _write(file: Path) -> Manifest:
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.operating.backing_up import write_backup  # noqa: PLC0415 - keeps --help fast

    with open_database(Settings.from_environment()) as database:
        try:
            return write_backup(database, file, actor=Actor.of_system("redeploy backup"))
        except Refused as error:
            raise BadInput(str(error)) from error


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Bring the backup FILE into an empty database: all of it, or nothing.

    Every byte, foreign key and invariant and the whole audit chain are checked. Everybody has to
    sign in again. A damaged backup ends with exit code 1 and nothing written.

    \b
    Example:
      DATABASE_URL=postgresql://... redeploy restore /mnt/elsewhere/redeploy-2026-11-23.zip
    """
    from app.services.access.access import Actor  # noqa: PLC0415 - keeps --help fast
    from app.services.operating.restoring import restore_backup  # noqa: PLC0415 - keeps --help fast

    with open_bare_database(Settings.from_environment()) as database:
        try:
            restored = restore_backup(database, file, actor=Actor.of_system("redeploy restore"))
        except Refused as error:
            raise BadInput(str(error)) from error
    manifest = restored.manifest
    for breach in restored.breaches:
        click.echo(f"warning: as before the backup: {breach}", err=True)
    click.echo(f"{len(manifest.tables)} tables, {manifest.num_rows} rows of {manifest.made_at}")
    click.echo(f"The audit chain holds up to {manifest.audit_head[0]}.")
