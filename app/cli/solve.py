"""`redeploy solve`: an instance file in, a solution file out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.lazy_group import BadInput
from app.cli.options import build_limits, limit_options
from app.cli.running import run_watched
from app.cli.wording import describe_tiers
from app.exports.output_folder import UnusableOutput, check_output_place
from solver.certificate import build_certificate, find_false_claims, hash_instance
from solver.checker import check
from solver.errors import PlanRejected
from solver.instance import Instance
from solver.instance_file import read_instance, write_solution
from solver.policy import Policy
from solver.result import Assignments, Solution
from solver.search import solve as run_solve


@click.command()
@click.argument("instance_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@limit_options
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="SOLUTION",
    help="Solution file to write; gzipped when its name ends in .gz.",
)
def solve(
    *,
    instance_file: Path,
    out: Path,
    **limit_values: Any,
) -> None:
    """Solve an instance file.

    INSTANCE_FILE is JSON, gzipped when its name ends in .gz (see docs/data-format.md); the order
    of the goals stands in it. The solution holds the assignments and a certificate.

    Ctrl-C stops the solve and keeps the best plan so far.

    \b
    Example:
      redeploy solve instance.json.gz --time-limit 30 -o solution.json
    """
    try:
        check_output_place(out)
    except UnusableOutput as error:
        raise BadInput(str(error)) from error
    instance, policy = read_instance(instance_file)
    limits = build_limits(**limit_values)
    solution = run_watched(lambda control: run_solve(instance, policy, limits, control))
    click.echo("\n".join(describe_tiers(solution.tiers)))
    if solution.assignments is None:
        raise click.ClickException("no plan was found in time, so no file was written")
    certificate = _certify(instance, policy, solution, solution.assignments)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_solution(out, solution.assignments, certificate)
    click.echo(f"Verified. {len(solution.assignments):,} assignments written to {out}")


def _certify(
    instance: Instance, policy: Policy, solution: Solution, assignments: Assignments
) -> dict[str, object]:
    """Return the certificate of a plan; raise PlanRejected when the checker refuses it."""
    report = check(instance, assignments)
    input_hash = hash_instance(instance, policy)
    certificate = build_certificate(
        input_hash=input_hash,
        policy=policy,
        horizon={"weeks": instance.weeks},
        solution=solution,
        report=report,
    )
    broken = [*report.violations, *find_false_claims(certificate, report, input_hash)]
    if broken:
        raise PlanRejected(tuple(violation.sentence for violation in broken))
    return certificate
