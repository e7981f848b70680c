"""`redeploy explain`: why this, why not, and what would help, of a plan folder."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.explain_wording import (
    describe_bottlenecks,
    describe_grouped,
    describe_people,
    describe_person,
    describe_projects,
    describe_runner_ups,
    describe_skill_gaps,
    describe_unlocks,
)
from app.cli.lazy_group import BadInput
from app.exports.saved_plan import SavedPlan, StrayProposal, UnreadablePlan, read_plan_folder
from app.importing import FolderRejected, read_folder
from solver.build import PlanProblem, build_instance
from solver.certificate import hash_instance
from solver.explanation.bottlenecks import list_bottlenecks, list_skill_gaps
from solver.explanation.contributions import compute_contributions
from solver.explanation.grouped_unlocks import MOST_VERIFIED, list_grouped_unlocks
from solver.explanation.person_unlocks import list_unlocks
from solver.explanation.price_estimate import compute_prices
from solver.explanation.ranking import rank_people, rank_projects
from solver.explanation.runner_ups import list_runner_ups
from solver.explanation.standing import StandingPlan, build_standing_plan

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("plan_folder", metavar="PLAN", type=_FOLDER)
@click.argument("contractor_id", metavar="[CONTRACTOR]", required=False)
@click.option(
    "--project", "codename", metavar="CODENAME", help="Rank the people eligible for this project."
)
@click.option(
    "--roster",
    "roster_folder",
    type=_FOLDER,
    metavar="FOLDER",
    help="The CSV folder, where it has moved since the plan.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Lines of each list.",
)
@click.option(
    "--verify",
    "most_verified",
    type=click.IntRange(min=0),
    default=MOST_VERIFIED,
    show_default=True,
    help="Grouped unlocks to verify by solving again; the others are estimates.",
)
@click.option(
    "--prices",
    "with_prices",
    is_flag=True,
    help="Estimate from resource prices what the runner-ups cost that are not solved again.",
)
def explain(
    *,
    plan_folder: Path,
    contractor_id: str | None,
    codename: str | None,
    roster_folder: Path | None,
    most: int,
    most_verified: int,
    with_prices: bool,
) -> None:
    """Explain what `redeploy plan` or `redeploy recall` wrote into the folder PLAN.

    With CONTRACTOR: why these projects, what each runner-up would cost the plan, and what stands
    in the way of more. Without: what limits the plan, and which changes would help most.

    \b
    Examples:
      redeploy explain out
      redeploy explain out C004
      redeploy explain out --project Umbra
    """
    try:
        saved = read_plan_folder(plan_folder)
        problem = _rebuild(saved, roster_folder)
        plan = build_standing_plan(problem.instance, saved.build_assignments(problem.instance))
    except (UnreadablePlan, StrayProposal) as error:
        raise BadInput(str(error)) from error
    if codename is not None:
        lines = _explain_project(problem, plan, codename, most)
    elif contractor_id is not None:
        lines = _explain_person(problem, plan, contractor_id, most, with_prices=with_prices)
    else:
        lines = _explain_plan(problem, plan, most, most_verified)
    click.echo("\n".join(lines))


def _rebuild(saved: SavedPlan, roster_folder: Path | None) -> PlanProblem:
    """Return the problem that was solved, built anew from its CSV folder."""
    folder = roster_folder or saved.roster_folder
    if folder is None or not folder.is_dir():
        raise BadInput(f"the CSV folder {folder or ''} is not there; name it with --roster FOLDER")
    try:
        roster = read_folder(folder).roster
    except FolderRejected as error:
        raise BadInput(f"{folder} has faults:\n{error}") from error
    problem = build_instance(roster, saved.request)
    if hash_instance(problem.instance, saved.request.policy) != saved.input_hash:
        raise BadInput(f"{folder} has changed since the plan was made: plan again")
    return problem


def _explain_plan(
    problem: PlanProblem, plan: StandingPlan, most: int, most_verified: int
) -> list[str]:
    prices = compute_prices(plan, problem.request.policy)
    unlocks = list_grouped_unlocks(problem, plan, most_verified=most_verified)
    return [
        "What limits the plan, by resource prices (estimates at the margin):",
        *describe_bottlenecks(problem, list_bottlenecks(plan, prices), most),
        "",
        "Skills that alone keep people with hours missing off other projects:",
        *describe_skill_gaps(list_skill_gaps(unlocks), most),
        "",
        "What would help, most hours per change first:",
        *describe_grouped(unlocks, most),
    ]


def _explain_person(
    problem: PlanProblem,
    plan: StandingPlan,
    contractor_id: str,
    most: int,
    *,
    with_prices: bool,
) -> list[str]:
    ids = problem.affected.contractor_ids
    if contractor_id not in ids:
        away = contractor_id in {person.contractor_id for person in problem.affected.away}
        is_recall = problem.request.paused_since is not None
        other = "is not recalled" if is_recall else "is not affected by the pause"
        reason = "is on leave for the whole horizon" if away else other
        raise BadInput(f"contractor {contractor_id} {reason}")
    contractor_idx = ids.index(contractor_id)
    policy = problem.request.policy
    prices = compute_prices(plan, policy) if with_prices else None
    runner_ups = list_runner_ups(plan, policy.tiers, contractor_idx, prices=prices)
    return [
        *describe_person(problem, compute_contributions(plan, contractor_idx)),
        "",
        "Runner-ups, and what the plan would gain (+) or lose (-) with each:",
        *describe_runner_ups(problem, runner_ups, most),
        "",
        "What would bring more hours, the least effort first:",
        *describe_unlocks(list_unlocks(problem, plan, contractor_id), most),
        "",
        "Eligible projects, best fit first:",
        *describe_projects(rank_projects(problem, plan, contractor_id, most=most)),
    ]


def _explain_project(
    problem: PlanProblem, plan: StandingPlan, codename: str, most: int
) -> list[str]:
    projects = problem.context.projects
    named = projects["project_id"][projects["codename"].eq(codename)]
    if named.empty:
        raise BadInput(f"no project has the codename {codename}")
    ranked = rank_people(problem, plan, str(named.iat[0]), most=most)
    return [f"People eligible for {codename}, best fit first:", *describe_people(ranked)]
