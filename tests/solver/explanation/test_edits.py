from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from solver.explanation.edits import Edit, apply_edits
from tests.factories import Row
from tests.solver.explanation.plans import make_problem


def test_cells_change_in_copies_only() -> None:
    problem = make_problem([{"min_hours": 8}], contractors=[{}, {"clearance": 1}])
    edits = [
        Edit("projects", "P1", "min_hours", 4),
        Edit("contractors", "C1", "clearance", 3),
        Edit("contractors", "C1", "clearance_expires_on", pd.Timestamp(date(2027, 1, 17))),
    ]

    roster, request = apply_edits(problem.roster, problem.request, edits)

    assert roster.projects["min_hours"].tolist() == [5, 4]
    assert roster.contractors["clearance"].tolist() == [0, 3]
    assert roster.contractors["clearance_expires_on"].tolist()[1] == pd.Timestamp("2027-01-17")
    assert problem.roster.projects["min_hours"].tolist() == [5, 8]
    assert problem.roster.contractors["clearance"].tolist() == [0, 1]
    assert request == problem.request
    for name, frame in roster.frames().items():
        assert frame.dtypes.to_dict() == problem.roster.frames()[name].dtypes.to_dict()


def test_skill_is_raised_where_held_and_added_where_not() -> None:
    held: list[Row] = [{"contractor_id": "C0", "skill": "Python", "level": 2}]
    problem = make_problem([{}], contractor_skills=held)
    edits = [Edit("contractor_skills", "C0", name, 4) for name in ("Python", "Go")]

    roster, _ = apply_edits(problem.roster, problem.request, edits)

    rows = roster.contractor_skills[["contractor_id", "skill", "level"]].to_numpy().tolist()
    assert rows == [["C0", "Python", 4], ["C0", "Go", 4]]
    assert problem.roster.contractor_skills["level"].tolist() == [2]


def test_rejection_is_taken_back_in_the_request() -> None:
    problem = make_problem([{}, {}], rejected=[("C0", "P1"), ("C0", "P2")])

    roster, request = apply_edits(
        problem.roster, problem.request, [Edit("rejected", "C0", "P1", 0)]
    )

    assert request.rejected == {("C0", "P2")}
    assert roster.contractors is problem.roster.contractors


def test_unknown_id_is_refused() -> None:
    problem = make_problem([{}])
    with pytest.raises(KeyError, match="P9"):
        apply_edits(problem.roster, problem.request, [Edit("projects", "P9", "min_hours", 4)])
