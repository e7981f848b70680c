"""What the review desk offers to choose from: projects, countries and skills."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select, text, true
from sqlalchemy.orm import Session

from app.models import ContractorSkill, Project, Proposal, Skill

_COUNTRIES = """
    WITH RECURSIVE countries (country) AS (
        SELECT min(country) FROM contractors WHERE country > ''
        UNION ALL
        SELECT (SELECT min(c.country) FROM contractors c WHERE c.country > b.country)
        FROM countries b WHERE b.country IS NOT NULL
    )
    SELECT b.country FROM countries b
    CROSS JOIN LATERAL (
        SELECT FROM contractors c
        WHERE c.country = b.country AND EXISTS (
            SELECT FROM proposals q
            WHERE q.plan_run_id = :run_id AND q.contractor_id = c.contractor_id)
        LIMIT 1
    ) AS one
    ORDER BY b.country
"""
"""One person of each country is enough: countries are stepped through by their index."""


@dataclass(frozen=True)
class FilterChoices:
    """What the proposals of a run can be narrowed to.

    projects  (project_id, codename)
    """

    projects: tuple[tuple[str, str], ...]
    countries: tuple[str, ...]
    skills: tuple[str, ...]


def list_filter_choices(session: Session, run_id: int) -> FilterChoices:
    """Return the projects, countries and skills that a run's proposals have."""
    proposed = select(Proposal.project_id).where(Proposal.plan_run_id == run_id)
    projects = session.execute(
        select(Project.project_id, Project.codename)
        .where(Project.project_id.in_(proposed))
        .order_by(Project.codename, Project.project_id)
    )
    countries = session.scalars(text(_COUNTRIES), {"run_id": run_id})
    named = tuple((row.project_id, row.codename) for row in projects)
    return FilterChoices(named, tuple(countries), _list_skills(session, run_id))


def _list_skills(session: Session, run_id: int) -> tuple[str, ...]:
    # One holder is enough: each skill's holders are looked through up to the first with a
    # proposal. All pairs of holders and proposals would be a hundred times as many.
    proposed = exists().where(
        Proposal.plan_run_id == run_id, Proposal.contractor_id == ContractorSkill.contractor_id
    )
    holder = (
        select(ContractorSkill.contractor_id)
        .where(ContractorSkill.skill == Skill.name, proposed)
        .limit(1)
        .lateral()
    )
    return tuple(session.scalars(select(Skill.name).join(holder, true()).order_by(Skill.name)))


def has_earlier_plan(session: Session, run_id: int) -> bool:
    """Return whether a run's proposals were compared with those of an earlier plan."""
    compared = exists().where(Proposal.plan_run_id == run_id, Proposal.since_last != "")
    return bool(session.scalar(select(compared)))


def list_open_projects(session: Session) -> list[tuple[str, str]]:
    """Return (project_id, codename) of the projects that take people, by codename."""
    rows = session.execute(
        select(Project.project_id, Project.codename)
        .where(Project.status == "open")
        .order_by(Project.codename, Project.project_id)
    )
    return [(row.project_id, row.codename) for row in rows]
