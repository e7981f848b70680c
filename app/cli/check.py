"""`redeploy check`: is this solution what it claims to be?"""

from __future__ import annotations

from pathlib import Path

import click

from solver.certificate import find_false_claims, hash_instance
from solver.checker import check as run_check
from solver.instance_file import read_instance, read_solution

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("instance_file", type=_FILE)
@click.argument("solution_file", type=_FILE)
def check(instance_file: Path, solution_file: Path) -> None:
    """Verify a solution independently of the solver.

    Counts every constraint and every goal again, with code that the solver does not share, and
    compares the certificate with the result. Prints each violation and ends with exit code 1
    when there is one.

    \b
    Example:
      redeploy check instance.json.gz solution.json
    """
    instance, policy = read_instance(instance_file)
    assignments, certificate = read_solution(solution_file)
    report = run_check(instance, assignments)
    violations = list(report.violations)
    if certificate:
        violations += find_false_claims(certificate, report, hash_instance(instance, policy))
    for tier in policy.tiers:
        click.echo(f"{tier.value}: {report.values[tier]}")
    for violation in violations:
        click.echo(f"{violation.code}: {violation.sentence}")
    if violations:
        noun = "violation" if len(violations) == 1 else "violations"
        raise click.ClickException(f"{len(violations):,} {noun}")
    claims = "the certificate holds" if certificate else "no certificate to compare"
    click.echo(f"{len(assignments):,} assignments keep every constraint; {claims}.")
