"""Skills name contractors and skills that exist, whoever writes either side of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from tests.app.services.plans.crossing import wait_until_done_or_waiting
from tests.app.world import add_world

ADD = "INSERT INTO contractor_skills VALUES"


@pytest.fixture
def held(session: Session) -> None:
    """C1 can weld; nobody holds the skill Drawing."""
    add_world(session, num_contractors=2)
    session.execute(text("INSERT INTO skills VALUES ('Welding'), ('Drawing')"))
    session.execute(text(f"{ADD} ('C1', 'Welding', 2)"))
    session.commit()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"{ADD} ('C2', 'Welding', 1), ('C9', 'Welding', 1)", "no contractor"),
        (f"{ADD} ('C2', 'Welding', 1), ('C2', 'Sewing', 1)", "not exist"),
        ("UPDATE contractor_skills SET contractor_id = 'C2'", "the key of a row stays"),
        ("UPDATE contractor_skills SET skill = 'Drawing'", "the key of a row stays"),
        ("DELETE FROM skills", "names name Welding"),
        ("UPDATE skills SET name = 'Sewing' WHERE name = 'Welding'", "names name Welding"),
        ("DELETE FROM contractors WHERE contractor_id = 'C1'", "names contractor_id C1"),
        (
            "UPDATE contractors SET contractor_id = 'C9' WHERE contractor_id = 'C1'",
            "names contractor_id C1",
        ),
    ],
)
def test_dangling_skill_is_refused(
    session: Session, held: None, statement: str, words: str
) -> None:
    # Other references to the contractor would refuse first.
    session.execute(text("DELETE FROM assignments"))
    with pytest.raises(IntegrityError, match=words):
        session.execute(text(statement))


def test_what_no_skill_names_may_go(session: Session, held: None) -> None:
    session.execute(text("UPDATE contractor_skills SET level = 5"))
    session.execute(text("UPDATE skills SET name = 'Sketching' WHERE name = 'Drawing'"))
    session.execute(text("DELETE FROM skills WHERE name = 'Sketching'"))
    session.execute(text("DELETE FROM contractor_skills"))
    session.execute(text("DELETE FROM skills"))
    session.commit()


def test_skill_is_not_taken_away_from_one_who_writes(
    database: Database, session: Session, held: None
) -> None:
    """Neither sees the other's rows before the commit: whoever comes second waits and is told."""
    session.execute(text(f"{ADD} ('C1', 'Drawing', 1)"))

    def take_away() -> None:
        with database.session() as other:
            other.execute(text("DELETE FROM skills WHERE name = 'Drawing'"))
            other.commit()

    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(take_away)
        wait_until_done_or_waiting(database, taken)
        session.commit()
        with pytest.raises(IntegrityError, match="names name Drawing"):
            taken.result()
