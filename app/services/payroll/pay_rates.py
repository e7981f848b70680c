"""What an hour of an assignment pays."""

from __future__ import annotations

from app.models import Assignment, Contractor, Project


def get_pay_rate_cents(assignment: Assignment, project: Project, contractor: Contractor) -> int:
    """Return cents an hour, in the contractor's currency; see `choose_pay_rate_cents`."""
    return choose_pay_rate_cents(
        assignment.pay_rate_cents,
        (project.pay_rate_cents, project.currency),
        (contractor.pay_rate_cents, contractor.currency),
    )


def choose_pay_rate_cents(
    of_assignment: int | None,
    of_project: tuple[int | None, str],
    of_contractor: tuple[int, str],
) -> int:
    """Return cents an hour, in the contractor's currency, of three rates as far as there are any.

    The assignment's own rate, else the project's where it pays in that currency, else the
    contractor's: the order of `solver.staffing`.
    """
    project_cents, project_currency = of_project
    contractor_cents, currency = of_contractor
    if of_assignment is not None:
        return of_assignment
    if project_cents is not None and project_currency == currency:
        return project_cents
    return contractor_cents
