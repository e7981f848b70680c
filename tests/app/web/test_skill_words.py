"""Languages read as words."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.models import ProjectSkill, Skill
from app.web.skill_words import name_skills
from tests.app.web.conftest import Browser


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lang:en", "English"),
        ("LANG:de", "German"),
        ("lang:nb", "Norwegian Bokmål"),
        ("lang:qq", "language qq"),
        ("Skills: lang:en 5 of 5, lang:sw 2 of 5.", "Skills: English 5 of 5, Swahili 2 of 5."),
        ("Raise lang:fr from 2 to 3", "Raise French from 2 to 3"),
        ("Python", "Python"),
        ("erlang:en", "erlang:en"),
        ("lang:english", "lang:english"),
    ],
)
def test_languages_read_as_words(text: str, words: str) -> None:
    assert name_skills(text) == words


def test_project_asks_for_a_language_in_words(ops: Browser, session: Session) -> None:
    session.add(Skill(name="lang:pt"))
    session.flush()
    asked = ProjectSkill(project_id="P2", skill="lang:pt", min_level=2, required=True, weight=1)
    session.add(asked)
    session.commit()
    page = ops.get("/ops/projects/P2")
    assert "Portuguese 2+ Required" in page.text
    assert "lang:" not in page.body
