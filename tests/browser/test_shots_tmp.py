from __future__ import annotations
from sqlalchemy import text
from app.models import Skill
from app.services.access import Actor
from app.services.availability import add_time_off
from app.services.offer_answers import decline_offer
from app.services.skill_claims import claim_skill
from tests.app.offers import add_bare_offer
from tests.browser.conftest import sign_in
from tests.browser.test_pages import list_faults
from datetime import timedelta

ADA = Actor(None, "Ada", frozenset({"contractor"}), "C1")
OUT = "/tmp/scratch/offers/shots"

def test_shots(new_page, pages_served, session, planned):
    session.add_all([Skill(name="lang:de"), Skill(name="sql")])
    session.flush()
    session.execute(text("INSERT INTO project_skills (project_id, skill, min_level, required, weight) VALUES ('P3','sql',3,true,1),('P3','lang:de',2,true,1)"))
    session.execute(text("INSERT INTO contractor_skills VALUES ('C1','sql',3)"))
    session.commit()
    one = add_bare_offer(session, planned.run_id, "C1", "P3")
    two = add_bare_offer(session, planned.run_id, "C2", "P3")
    three = add_bare_offer(session, planned.run_id, "C1", "P1")
    decline_offer(session, actor=ADA, offer_id=three, reason="rate", note="Less than the market pays for this kind of work.")
    claim_skill(session, actor=ADA, skill="lang:de", level=4)
    add_time_off(session, actor=ADA, starts_on=planned.today + timedelta(days=30), ends_on=planned.today + timedelta(days=37), today=planned.today)
    found = []
    page = new_page(reduced_motion="reduce")
    sign_in(page, pages_served, "contractor@vendor.example")
    def shoot(path, name):
        page.goto(pages_served + path)
        found.extend(list_faults(page))
        for width in (390, 1440):
            for theme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=theme)
                page.screenshot(path=f"{OUT}/{name}-{width}-{theme}.png", full_page=True)
    shoot("/my/work", "work") if False else None

    shoot(f"/my/offers/{one}", "offer")
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="light")
    page.get_by_text("Decline", exact=True).click()
    page.screenshot(path=f"{OUT}/offer-decline-390.png", full_page=True)
    page = new_page(reduced_motion="reduce")
    sign_in(page, pages_served, "ops_manager@vendor.example")
    shoot("/ops/offers", "ops-offers")
    assert found == [], "\n".join(found)
