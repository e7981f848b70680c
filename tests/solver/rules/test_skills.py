from __future__ import annotations

import pytest

from tests.solver.pairs import get_refusal, list_codes, make_pair_problem


@pytest.mark.parametrize(("level", "codes"), [(2, ["skill"]), (3, []), (4, [])])
def test_skill_asks_for_the_level(level: int, codes: list[str]) -> None:
    problem = make_pair_problem(
        asked=[{"skill": "Python", "min_level": 3}], held=[{"skill": "Python", "level": level}]
    )

    assert list_codes(problem) == codes


def test_skill_asks_for_every_required_one() -> None:
    problem = make_pair_problem(
        asked=[{"skill": "Python", "min_level": 2}, {"skill": "lang:de", "min_level": 1}],
        held=[{"skill": "Python", "level": 5}, {"skill": "Go", "level": 5}],
    )

    assert list_codes(problem) == ["skill"]


def test_skill_does_not_ask_for_a_wished_one() -> None:
    problem = make_pair_problem(asked=[{"skill": "Python", "min_level": 3, "required": False}])

    assert list_codes(problem) == []


def test_skill_tells_names_apart_by_case() -> None:
    problem = make_pair_problem(asked=[{"skill": "Python"}], held=[{"skill": "python"}])

    assert list_codes(problem) == ["skill"]


def test_skill_names_what_is_short_and_what_is_missing() -> None:
    problem = make_pair_problem(
        asked=[
            {"skill": "Python", "min_level": 3},
            {"skill": "Go", "min_level": 2},
            {"skill": "SQL", "min_level": 1},
        ],
        held=[{"skill": "Python", "level": 2}, {"skill": "SQL", "level": 1}],
    )

    refusal = get_refusal(problem)

    assert refusal.reason == "Python 2 held, 3 needed, Go not held, 2 needed"
    assert refusal.unlock == "raise Python from 2 to 3 and learn Go to level 2"
