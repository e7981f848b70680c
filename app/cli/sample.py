"""`redeploy sample`: an invented roster of any size."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from app.cli.options import SEED, day_option
from app.cli.output_option import check_output, output_option
from app.exports.output_folder import replacing_folder
from app.exports.roster_folder import write_roster_folder
from app.sampling import SIZES, build_sample_roster
from solver.roster import TABLES


@click.command()
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="S",
    show_default=True,
    help="; ".join(
        f"{name} = {size.contractors:,} contractors, {size.projects:,} projects"
        for name, size in SIZES.items()
    ),
)
@click.option(
    "--seed",
    type=SEED,
    default=1,
    show_default=True,
    help="The same size, seed and starting day give the same files, byte for byte.",
)
@day_option(
    "--starting",
    "starting",
    "Day on which the roster stands; all other dates are drawn around it.",
)
@output_option("Folder for the CSV files; an earlier roster there is replaced.", metavar="FOLDER")
def sample(size: str, seed: int, starting: datetime, out: Path) -> None:
    """Draw an invented roster as a CSV folder.

    Skills and wages come from real occupations (O*NET, BLS); people, clients and projects are
    invented. A third of the contractors work on the first project, Chordus: pause it.

    \b
    Example:
      redeploy sample --size S --seed 7 --starting 2026-11-23 -o roster
      redeploy plan roster --pause Chordus --on 2026-11-23 -o out
    """
    files = {f"{name}.csv" for name in TABLES}
    check_output(out, files)
    roster = build_sample_roster(SIZES[size], seed=seed, starting=starting.date())
    with replacing_folder(out, files) as fresh:
        write_roster_folder(roster, fresh)
    click.echo(
        f"{len(roster.contractors):,} contractors, {len(roster.projects):,} projects and "
        f"{len(roster.clients):,} clients written to {out}, as of {starting.date()}"
    )
