"""What a contractor reads of own availability, leave and skills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Availability, Contractor, ContractorSkill, Skill, SkillClaim, TimeOff
from app.services.own_work.skill_claims import build_is_claimable


@dataclass(frozen=True)
class OwnLeave:
    """One leave; `is_own` when the contractor entered it and may take it back."""

    time_off_id: int
    starts_on: date
    ends_on: date
    is_own: bool


@dataclass(frozen=True)
class OwnClaim:
    """A skill that the contractor claimed, as far as it is not held by now."""

    skill: str
    level: int
    status: str
    note: str


@dataclass(frozen=True)
class OwnAvailability:
    """All that the page shows; rates in cents an hour of `currency`.

    hours_per_week, least_rate_cents  what the contractor entered, None = nothing
    max_weekly_hours, roster_rate_cents  what holds without it
    skills  (skill, level) that plans see
    """

    max_weekly_hours: int
    hours_per_week: int | None
    currency: str
    roster_rate_cents: int | None
    least_rate_cents: int | None
    leaves: tuple[OwnLeave, ...]
    skills: tuple[tuple[str, int], ...]
    claims: tuple[OwnClaim, ...]


def get_own_availability(session: Session, contractor_id: str, *, today: date) -> OwnAvailability:
    """Return what a contractor entered, and the leave that is not over by `today`."""
    contractor = session.get(Contractor, contractor_id, populate_existing=True)
    if contractor is None:
        raise NotFound("contractor", contractor_id)
    own = session.get(Availability, contractor_id, populate_existing=True)
    leaves = session.execute(
        select(TimeOff.id, TimeOff.starts_on, TimeOff.ends_on, TimeOff.is_own)
        .where(TimeOff.contractor_id == contractor_id, TimeOff.ends_on >= today)
        .order_by(TimeOff.starts_on, TimeOff.id)
    )
    skills = session.execute(
        select(ContractorSkill.skill, ContractorSkill.level)
        .where(ContractorSkill.contractor_id == contractor_id)
        .order_by(ContractorSkill.skill)
    )
    claims = session.execute(
        select(SkillClaim.skill, SkillClaim.level, SkillClaim.status, SkillClaim.note)
        .where(SkillClaim.contractor_id == contractor_id, SkillClaim.status != "confirmed")
        .order_by(SkillClaim.claimed_at.desc(), SkillClaim.skill)
    )
    return OwnAvailability(
        max_weekly_hours=contractor.max_weekly_hours,
        hours_per_week=None if own is None else own.hours_per_week,
        currency=contractor.currency,
        roster_rate_cents=contractor.min_pay_rate_cents,
        least_rate_cents=None if own is None else own.least_rate_cents,
        leaves=tuple(OwnLeave(*row) for row in leaves),
        skills=tuple((row[0], row[1]) for row in skills),
        claims=tuple(OwnClaim(*row) for row in claims),
    )


def list_skill_names(session: Session, contractor_id: str) -> list[str]:
    """Return the skills that may be claimed: those that people have, and that own work asks for."""
    names = select(Skill.name).where(build_is_claimable(contractor_id)).order_by(Skill.name)
    return list(session.scalars(names))
