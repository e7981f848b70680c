"""What a grouped unlock says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from solver.build import PlanProblem
from solver.explanation.candidates import Candidate
from solver.explanation.changes import Change
from solver.explanation.edits import Edit


@dataclass(frozen=True)
class GroupedUnlock:
    """One kind of change for a group.

    code            a rule's code, `pay`, `max_projects` or `capacity`
    sentence        "renew 37 clearances"
    num_changes     single decisions that it takes
    contractor_ids  whom the estimate gives hours; others may get them when solved again
    project_ids     where
    hours_per_week  restored, averaged over each contractor's workdays; as an estimate at most
                    what was counted greedily
    num_covered     more people at their floor; None in an estimate
    verified        whether the hours come from solving again
    proved          whether that found the best plan of the people concerned
    edits           the cells that change
    """

    code: str
    sentence: str
    num_changes: int
    contractor_ids: tuple[str, ...]
    project_ids: tuple[str, ...]
    hours_per_week: float
    num_covered: int | None
    verified: bool
    proved: bool
    edits: tuple[Edit, ...]

    @property
    def hours_per_change(self) -> float:
        """What the ranking goes by."""
        return self.hours_per_week / self.num_changes


def build_estimate(problem: PlanProblem, candidate: Candidate, change: Change) -> GroupedUnlock:
    """Return the unlock with the hours of the greedy estimate."""
    instance = problem.instance
    projects = sorted({one.project_idx for one in candidate.placements})
    return GroupedUnlock(
        code=candidate.code,
        sentence=change.sentence,
        num_changes=change.num_changes,
        contractor_ids=tuple(
            instance.contractor_ids[one.contractor_idx] for one in candidate.placements
        ),
        project_ids=tuple(instance.project_ids[idx] for idx in projects),
        hours_per_week=float(candidate.hours),
        num_covered=None,
        verified=False,
        proved=False,
        edits=change.edits,
    )
