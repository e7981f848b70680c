"""`redeploy recall`: a resumed project calls its people back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app.cli.folder_reading import read_roster
from app.cli.options import DAY, aim_options, build_limits, day_option, limit_options
from app.cli.output_option import check_output, output_option
from app.cli.running import run_watched
from app.cli.wording import describe_tiers
from app.exports.recall_folder import RECALL_FILES, write_recall_folder
from solver.affected import build_scope
from solver.instance import WORKDAYS_PER_WEEK
from solver.policy import get_policy
from solver.recall_plan import Change, RecallPlan, make_recall_plan
from solver.request import PlanRequest

_FULL_WEEK_HOURS = 40
_MAX_POINTS = 100


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--resume",
    "codenames",
    multiple=True,
    required=True,
    metavar="CODENAME",
    help="Project that resumes; repeatable.",
)
@click.option(
    "--paused-since",
    type=DAY,
    required=True,
    metavar="DATE",
    help="First day of the pause. Work begun elsewhere since then may be left again.",
)
@day_option(
    "--on", "resumed_on", "Day of the resume; planning starts on the Monday on or after it."
)
@click.option(
    "--switch-cost",
    "switch_points",
    type=click.IntRange(0, _MAX_POINTS),
    default=5,
    show_default=True,
    metavar="POINTS",
    help="What a new place costs the goal fit: so many points of fit of a full-time place.",
)
@aim_options
@limit_options
@output_option(
    "Folder for the recall; an earlier one there is replaced, anything else is left alone."
)
def recall(
    *,
    folder: Path,
    codenames: tuple[str, ...],
    paused_since: datetime,
    resumed_on: datetime,
    switch_points: int,
    policy_name: str,
    weeks: int,
    out: Path,
    **limit_values: Any,
) -> None:
    """Plan who returns when a paused project resumes.

    Reads the roster in FOLDER, opens the projects' demand again, and plans whoever the pause
    interrupted: today's places may be left, at a switching cost. Writes recall.csv, proposals.csv,
    unplaced.csv, certificate.json and request.json into OUT. Nothing changes until somebody acts
    on it.

    \b
    Example:
      redeploy recall roster --resume Chordus --paused-since 2026-09-14 --on 2026-11-23 -o out
    """
    check_output(out, RECALL_FILES)
    roster = read_roster(folder)
    switch_cost = switch_points * _FULL_WEEK_HOURS * WORKDAYS_PER_WEEK * weeks
    request = PlanRequest(
        scope=build_scope(roster, codenames=codenames),
        pause_date=resumed_on.date(),
        policy=replace(get_policy(policy_name), switch_cost=switch_cost),
        weeks=weeks,
        paused_since=paused_since.date(),
    )
    limits = build_limits(**limit_values)
    made = run_watched(lambda control: make_recall_plan(roster, request, limits, control))
    if made.plan.solution.assignments is None:
        click.echo("\n".join(describe_tiers(made.plan.solution.tiers)))
        raise click.ClickException("no plan was found in time, so nothing was written")
    write_recall_folder(made, out, folder)
    click.echo("\n".join(describe_recall(made)))
    click.echo(f"Written to {out}: {', '.join(sorted(RECALL_FILES))}")


def describe_recall(made: RecallPlan) -> list[str]:
    """Return a recall in the words of a manager, a text per line."""
    changes, problem = made.changes, made.plan.problem
    people = changes.groupby("change")["contractor_id"].nunique()
    returning = changes[changes["change"] == Change.RETURNS.value]
    num_returning, hours = returning["contractor_id"].nunique(), returning["hours_per_week"].sum()
    lines = [
        f"Recalled contractors   {problem.affected.num_affected:,}",
        f"Return                 {num_returning:,}, {hours:,} hours a week",
        f"Leave a place of today {people.get(Change.LEAVES.value, 0):,}",
        f"Move elsewhere         {people.get(Change.MOVES.value, 0):,}",
    ]
    codenames = dict(
        zip(problem.roster.projects["project_id"], problem.roster.projects["codename"], strict=True)
    )
    losses = made.list_losses()
    if losses:
        lines += ["", "What other projects lose, in hours a week:"]
        lines += [f"  {hours:>6,}  {codenames[project]}" for project, hours in losses.items()]
    lines += ["", "Goals, the most important first:", *describe_tiers(made.plan.solution.tiers), ""]
    lines.append("Verified: the independent checker found every rule kept.")
    return lines
