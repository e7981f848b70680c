"""Skills that contractors claim, and managers confirm before any plan sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import (
    Assignment,
    Contractor,
    ContractorSkill,
    ProjectSkill,
    Skill,
    SkillClaim,
)
from app.services.access.access import Actor, Permission, require
from app.services.access.client_names import refuse_client_names
from app.services.auditing.audit import Event, record, record_all
from app.services.transaction import retried, transaction

LEVELS = range(1, 6)
MAX_NOTE = 500

Key = tuple[str, str]
"""(contractor_id, skill)."""

_KEEP_CONFIRMED = """
    INSERT INTO contractor_skills (contractor_id, skill, level)
    SELECT contractor_id, skill, confirmed_level FROM skill_claims
    WHERE confirmed_level IS NOT NULL
    ON CONFLICT (contractor_id, skill)
    DO UPDATE SET level = greatest(contractor_skills.level, excluded.level)
    WHERE contractor_skills.level < excluded.level
"""


def build_is_claimable(contractor_id: str) -> ColumnElement[bool]:
    """Return the condition that a contractor may know of a Skill: who claims it tells nothing new.

    Somebody has it, or the contractor's own work asks for it. What other projects alone ask for
    would tell of clients that the contractor knows nothing of.
    """
    held = select(ContractorSkill.skill).where(ContractorSkill.skill == Skill.name)
    asked = (
        select(ProjectSkill.skill)
        .join(Assignment, Assignment.project_id == ProjectSkill.project_id)
        .where(ProjectSkill.skill == Skill.name, Assignment.contractor_id == contractor_id)
    )
    return held.exists() | asked.exists()


@retried
def claim_skill(session: Session, *, actor: Actor, skill: str, level: int) -> None:
    """Claim a level in a skill that the vendor knows; a claim that waits is replaced.

    Raises InvalidValue, or Refused (`held`) for a level that the actor has already.
    """
    require(actor, Permission.EDIT_OWN_AVAILABILITY)
    mine = actor.contractor_id
    if mine is None:
        raise NotFound("contractor", "of this account")
    if level not in LEVELS:
        raise InvalidValue("level", level, "a level from 1 to 5")
    with transaction(session):
        known = select(Skill.name).where(Skill.name == skill, build_is_claimable(mine))
        if session.scalar(known) is None:
            raise InvalidValue("skill", skill, "a skill from the list")
        session.get_one(Contractor, mine, with_for_update={"key_share": True})
        held = session.get(ContractorSkill, (mine, skill), populate_existing=True)
        if held is not None and held.level >= level:
            raise Refused("held", f"You are known for {skill} at level {held.level} already.")
        values = {"level": level, "status": "claimed", "claimed_at": datetime.now(UTC), "note": ""}
        session.execute(
            insert(SkillClaim)
            .values(contractor_id=mine, skill=skill, **values)
            .on_conflict_do_update(index_elements=["contractor_id", "skill"], set_=values)
        )
        record(
            session,
            actor=actor,
            action="skill.claimed",
            subject=("contractor", mine),
            after={"skill": skill, "level": level},
        )


@retried
def decide_claims(
    session: Session, *, actor: Actor, keys: Sequence[Key], confirmed: bool, note: str = ""
) -> int:
    """Confirm or refuse claims that wait; return how many. Nobody decides on their own.

    note  which the contractor reads, at most MAX_NOTE characters

    Raises InvalidValue.
    """
    require(actor, Permission.REVIEW)
    if len(note) > MAX_NOTE:
        raise InvalidValue("note", f"{len(note)} characters", f"at most {MAX_NOTE}")
    with transaction(session):
        refuse_client_names(session, "note", note)
        claims = session.scalars(
            select(SkillClaim)
            .where(
                tuple_(SkillClaim.contractor_id, SkillClaim.skill).in_(keys),
                SkillClaim.status == "claimed",
                SkillClaim.contractor_id.is_distinct_from(actor.contractor_id),
            )
            .order_by(SkillClaim.contractor_id, SkillClaim.skill)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        for claim in claims:
            claim.status = "confirmed" if confirmed else "refused"
            claim.decided_by, claim.decided_at = actor.user_id, datetime.now(UTC)
            claim.note = note.strip()
            if confirmed:
                claim.confirmed_level = claim.level
        session.flush()
        if confirmed:
            keep_confirmed_skills(session)
        events = [
            Event(
                ("contractor", claim.contractor_id),
                {"status": "claimed"},
                {"skill": claim.skill, "level": claim.level, "status": claim.status, "note": note},
            )
            for claim in claims
        ]
        action = "skill.confirmed" if confirmed else "skill.refused"
        record_all(session, actor=actor, action=action, events=events)
    return len(claims)


def keep_confirmed_skills(session: Session) -> None:
    """Give everybody at least the levels confirmed; an import may not have known of them."""
    session.execute(text(_KEEP_CONFIRMED))
