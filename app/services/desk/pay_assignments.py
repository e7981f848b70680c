"""Assignments as payroll looks them up: by name, payroll id or contractor id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Project
from app.services.paging import contains_text
from app.services.payroll.pay_rates import get_pay_rate_cents

_SHOWN = 20


@dataclass(frozen=True)
class PayAssignment:
    """An assignment with what it pays now; ends_on None = open-ended."""

    assignment_id: str
    contractor: str
    payroll_id: str
    project_code: str
    starts_on: date
    ends_on: date | None
    rate_cents: int
    currency: str


def find_assignments(session: Session, text: str) -> tuple[PayAssignment, ...]:
    """Return the first assignments of people that match, by name."""
    rows = session.execute(
        select(Assignment, Project, Contractor)
        .join(Project, Project.project_id == Assignment.project_id)
        .join(Contractor, Contractor.contractor_id == Assignment.contractor_id)
        .where(
            contains_text(text, Contractor.name, Contractor.payroll_id)
            | (Contractor.contractor_id == text)
        )
        .order_by(Contractor.name, Contractor.contractor_id, Assignment.starts_on.desc())
        .limit(_SHOWN)
    )
    return tuple(
        PayAssignment(
            assignment.assignment_id,
            contractor.name,
            contractor.payroll_id,
            project.codename,
            assignment.starts_on,
            assignment.ends_on,
            get_pay_rate_cents(assignment, project, contractor),
            contractor.currency,
        )
        for assignment, project, contractor in rows
    )
