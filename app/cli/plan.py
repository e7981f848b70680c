"""`redeploy plan`: the CSV folder in, the plan folder out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app.cli.folder_reading import read_roster
from app.cli.options import aim_options, build_limits, day_option, limit_options
from app.cli.output_option import check_output, output_option
from app.cli.running import run_watched
from app.cli.wording import describe_share, describe_tiers
from app.exports.plan_folder import PLAN_FILES, write_plan_folder
from solver.affected import build_scope
from solver.planning import Plan, make_plan
from solver.policy import get_policy
from solver.request import PlanRequest
from solver.result import StopReason


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--pause", "codenames", multiple=True, metavar="CODENAME", help="Project to pause; repeatable."
)
@click.option(
    "--pause-client", "client_id", metavar="CLIENT_ID", help="Pause every project of this client."
)
@day_option(
    "--on", "paused_on", "First day of the pause; planning starts on the Monday on or after it."
)
@aim_options
@limit_options
@output_option(
    "Folder for the plan; an earlier plan there is replaced, anything else is left alone."
)
def plan(
    *,
    folder: Path,
    codenames: tuple[str, ...],
    client_id: str | None,
    paused_on: datetime,
    policy_name: str,
    weeks: int,
    out: Path,
    **limit_values: Any,
) -> None:
    """Plan a pause from a CSV folder, without a database.

    Reads the roster in FOLDER (see docs/data-format.md), pauses the named projects, and writes
    proposals.csv, unplaced.csv, certificate.json and request.json into OUT. Every plan is verified
    by a checker that shares no code with the solver before a file is written.

    Ctrl-C stops the solve and keeps the best plan so far.

    \b
    Example:
      redeploy plan sample_data/chordus --pause Chordus --on 2026-11-23 -o out
    """
    if not codenames and client_id is None:
        raise click.UsageError("say what to pause: --pause CODENAME or --pause-client CLIENT_ID")
    check_output(out, PLAN_FILES)
    roster = read_roster(folder)
    request = PlanRequest(
        scope=build_scope(roster, codenames=codenames, client_id=client_id),
        pause_date=paused_on.date(),
        policy=get_policy(policy_name),
        weeks=weeks,
    )
    limits = build_limits(**limit_values)
    made = run_watched(lambda control: make_plan(roster, request, limits, control))
    if made.solution.assignments is None:
        click.echo("\n".join(describe_tiers(made.solution.tiers)))
        raise click.ClickException("no plan was found in time, so nothing was written")
    write_plan_folder(made, out, folder)
    click.echo("\n".join(describe_plan(made)))
    click.echo(f"Written to {out}: {', '.join(sorted(PLAN_FILES))}")


def describe_plan(made: Plan) -> list[str]:
    """Return a plan that was found in the words of a manager, a text per line."""
    summary, horizon = made.summary, made.request.horizon
    planned = summary.num_affected - summary.num_away
    away = f", {summary.num_away:,} of them on leave throughout" if summary.num_away else ""
    length = "1 week" if horizon.weeks == 1 else f"{horizon.weeks} weeks"
    weeks = f"Horizon {horizon.starts_on} to {horizon.ends_on} ({length})"
    lines = [
        f"{weeks}, policy {made.request.policy.name}",
        "",
        f"Affected contractors   {summary.num_affected:,}{away}",
        f"Keep their floor       {describe_share(summary.num_covered, planned)}",
        f"Hours a week restored  {describe_share(summary.restored_hours, summary.lost_hours)}",
        f"New assignments        {len(made.proposals):,}",
        *_explain_nobody(made),
        "",
        "Goals, the most important first:",
        *describe_tiers(summary.tiers),
    ]
    if summary.top_blockers:
        lines += ["", f"What stops the {len(made.unplaced):,} contractors below their lost hours:"]
        lines += [
            f"  {blocker.num_people:>6,}  {blocker.code}: {blocker.sentence}"
            for blocker in summary.top_blockers
        ]
    lines.append("")
    if any(tier.stop_reason is StopReason.STOPPED for tier in summary.tiers):
        lines.append("Stopped by you: this is the best plan found until then.")
    if any(tier.stop_reason is StopReason.MEMORY_LIMIT for tier in summary.tiers):
        lines.append("Stopped at the memory limit: this is the best plan found until then.")
    lines.append("Verified: the independent checker found every rule kept.")
    return lines


def _explain_nobody(made: Plan) -> list[str]:
    """Return why a pause touches nobody: most often a wrong name or date."""
    if made.summary.num_affected:
        return []
    projects, day = ", ".join(made.request.scope.project_ids), made.request.pause_date
    reason = f"no active contractor has an active assignment on {projects} on {day}"
    return ["", f"Nobody is affected: {reason}."]
