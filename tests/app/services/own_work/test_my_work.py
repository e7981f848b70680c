"""What a contractor reads of own work."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.models import Project
from app.services.own_work.my_work import get_my_work
from tests.app.world import PAUSE_DATE, add_world


def test_rate_of_a_project_in_another_currency_is_not_shown_bug(session: Session) -> None:
    """6,000 yen an hour had been shown as 6,000 dollars."""
    add_world(session)
    project = session.get_one(Project, "P1")
    project.pay_rate_cents, project.currency = 600_000, "JPY"
    session.commit()
    (row,) = get_my_work(session, "C1", today=PAUSE_DATE).current
    assert (row.rate_cents, row.currency) == (4000, "USD")
    project.currency = "USD"
    session.commit()
    (row,) = get_my_work(session, "C1", today=PAUSE_DATE).current
    assert row.rate_cents == 600_000
