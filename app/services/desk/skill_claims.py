"""Claimed skills as the ops desk sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, cast, func, select
from sqlalchemy.orm import Session

from app.models import Contractor, ContractorSkill, SkillClaim
from app.services.paging import Page, PageRequest, contains_text, read_page


@dataclass(frozen=True)
class ClaimRow:
    """One claim; `known_level` is what plans see now, None without the skill."""

    claim_id: str
    contractor_id: str
    contractor: str
    skill: str
    level: int
    known_level: int | None
    status: str
    claimed_at: datetime
    note: str


def list_claims(session: Session, text: str, status: str, page: PageRequest) -> Page[ClaimRow]:
    """Return the claims whose contractor or skill holds the text, of one status or of any."""
    key = cast(func.jsonb_build_array(SkillClaim.contractor_id, SkillClaim.skill), Text)
    statement = (
        select(
            key.label("claim_id"),
            SkillClaim.contractor_id,
            Contractor.name.label("contractor"),
            SkillClaim.skill,
            SkillClaim.level,
            ContractorSkill.level.label("known_level"),
            SkillClaim.status,
            SkillClaim.claimed_at,
            SkillClaim.note,
        )
        .join(Contractor, Contractor.contractor_id == SkillClaim.contractor_id)
        .outerjoin(
            ContractorSkill,
            and_(
                ContractorSkill.contractor_id == SkillClaim.contractor_id,
                ContractorSkill.skill == SkillClaim.skill,
            ),
        )
    )
    if text:
        statement = statement.where(contains_text(text, Contractor.name, SkillClaim.skill))
    if status:
        statement = statement.where(SkillClaim.status == status)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, key)
    return Page([ClaimRow(*row) for row in found.rows], found.total)
