"""Own availability on its page, and claimed skills on the ops desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Availability, ContractorSkill, TimeOff
from tests.app.web.conftest import Browser, Vendor
from tests.app.world import add_held_skills


def test_contractor_enters_hours_rate_and_leave(
    contractor: Browser, session: Session, paused: Vendor
) -> None:
    form = {"hours_per_week": "24", "least_rate": "41,50"}
    page = contractor.post("/my/availability", form)
    assert "Saved: the next plan keeps to it." in page.text
    assert (page.inputs["hours_per_week"], page.inputs["least_rate"]) == ("24", "41.50")
    assert session.scalars(select(Availability.least_rate_cents)).one() == 4150
    first = paused.today + timedelta(days=3)
    days = {"starts_on": first.isoformat(), "ends_on": first.isoformat()}
    assert "Your leave is entered." in contractor.post("/my/availability/leave", days).text
    time_off_id = session.scalars(select(TimeOff.id)).one()
    path = f"/my/availability/leave/{time_off_id}/remove"
    assert "The leave is taken back." in contractor.post(path, {}).text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/my/availability", {"hours_per_week": "41"}),
        ("/my/availability", {"hours_per_week": "many"}),
        ("/my/availability", {"least_rate": "4.555"}),
        ("/my/availability", {"clearance": "4"}),
        ("/my/availability/leave", {"starts_on": "2026-13-01", "ends_on": ""}),
        ("/my/availability/skills", {"skill": "none such", "level": "3"}),
    ],
)
def test_unusable_entries_are_refused(
    contractor: Browser, session: Session, paused: Vendor, path: str, form: dict[str, str]
) -> None:
    assert contractor.post(path, form).status == 400
    assert session.scalars(select(Availability)).all() == []


def test_claimed_skill_is_confirmed_by_ops(
    contractor: Browser, ops: Browser, session: Session, paused: Vendor
) -> None:
    add_held_skills(session, "C3", "lang:de")
    page = contractor.post("/my/availability/skills", {"skill": "lang:de", "level": "4"})
    assert "German , level 4 To be confirmed" in page.text
    assert "1 claimed skill to be confirmed" in ops.get("/ops/").text
    (row,) = ops.get("/ops/claims?status=claimed").rows[1:]
    assert "Ada German 4 none To be confirmed" in row
    form = {"row": "C1\nlang:de", "verb": "confirm"}
    assert "1 claim confirmed" in ops.post("/ops/claims", form).text
    assert (
        session.scalars(
            select(ContractorSkill.level).where(ContractorSkill.contractor_id == "C1")
        ).one()
        == 4
    )
    assert "German Level 4" in contractor.get("/my/availability").text
    assert "Nothing changed" in ops.post("/ops/claims", form).text
