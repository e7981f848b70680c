"""Whether a recall still fits: every rule and every limit against the state it is applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Recall
from app.services.recalls.recall_loading import load_recall_roster
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.columns import read_whole
from solver.result import Assignments

Pair = tuple[str, str]
"""(contractor_id, project_id)."""


def refuse_outdated(
    session: Session, recall: Recall, wanted: Mapping[Pair, int], returning: Mapping[Pair, int]
) -> None:
    """Raise Refused (`outdated`) where the recall would break a rule or a limit by now.

    A fault that the places of today have already is none of the recall's.

    wanted     hours a week that places of today would have, 0 for those that end
    returning  hours a week of those who return, by their old place
    """
    problem = build_instance(*load_recall_roster(session, recall))
    # Rules between people are asked of whole plans: who takes somebody off decides alone.
    instance = replace(problem.instance, groups=None)
    contractors = {text: idx for idx, text in enumerate(instance.contractor_ids)}
    projects = {text: idx for idx, text in enumerate(instance.project_ids)}
    for contractor_id, _ in returning:
        if contractor_id not in contractors:
            _refuse(f"contractor {contractor_id} can't be called back any more")
    today = {(one, project): hours for one, project, hours in problem.today.tolist()}
    then = dict(today)
    for (contractor_id, project_id), hours in wanted.items():
        pair = (contractors.get(contractor_id, -1), projects[project_id])
        if pair in today:
            then[pair] = hours
    for (contractor_id, project_id), hours in returning.items():
        then[contractors[contractor_id], projects[project_id]] = hours
    _refuse_longer(problem, today, then)
    rows = [(one, project, hours) for (one, project), hours in then.items() if hours]
    before = check(
        instance, Assignments.build([(*pair, hours) for pair, hours in today.items()])
    ).violations
    after = check(instance, Assignments.build(rows)).violations
    new = [one.sentence for one in after if one not in before]
    if new:
        _refuse(new[0])


def _refuse_longer(
    problem: PlanProblem, today: Mapping[tuple[int, int], int], then: Mapping[tuple[int, int], int]
) -> None:
    """Refuse more hours than the project allows one person.

    The instance makes room for the longest place of today; a raise may not use that.
    """
    most = read_whole(problem.roster.projects["max_hours"], 0).tolist()
    for (one, project), hours in then.items():
        if hours > max(most[project], today.get((one, project), 0)):
            who, where = problem.instance.contractor_ids[one], problem.instance.project_ids[project]
            _refuse(f"contractor {who} would work over {most[project]} h a week on project {where}")


def _refuse(sentence: str) -> None:
    said = f"This recall no longer fits what is known now: {sentence}. Plan the recall again."
    raise Refused("outdated", said)
