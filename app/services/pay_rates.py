"""What an hour of an assignment pays."""

from __future__ import annotations

from app.models import Assignment, Contractor, Project


def get_pay_rate_cents(assignment: Assignment, project: Project, contractor: Contractor) -> int:
    """Return cents an hour, in the contractor's currency.

    The assignment's own rate, else the project's where it pays in that currency, else the
    contractor's: the order of `solver.staffing`.
    """
    if assignment.pay_rate_cents is not None:
        return assignment.pay_rate_cents
    if project.pay_rate_cents is not None and project.currency == contractor.currency:
        return project.pay_rate_cents
    return contractor.pay_rate_cents
