"""One place against every rule and every limit as they are now, and which a person may override."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.services.review.review_ledger import ReviewLedger, Row
from solver.build import PlanProblem

SOFT_RULES = frozenset({"skill", "utc_distance", "hours"})
SOFT_LIMITS = frozenset({"hours", "max_projects", "open_hours", "seats", "budget"})
"""What a manager may override, with a reason. Never walls, clearances, access, countries, pay
or closed projects; a rejected pair is allowed again by undoing the rejection."""

LIMIT_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "hours": "The hours a week are outside what the project and the lost hours allow now.",
        "lost_hours": "The contractor has no room for these hours any more.",
        "open_hours": "The project has not so many open hours any more.",
        "seats": "The project has no free seat any more.",
        "max_projects": "The contractor would get more new projects than allowed.",
        "budget": "The project's weekly budget has no room for it any more.",
        "wall": "The contractor would work for two competing clients.",
        "duplicate": "The contractor has just been assigned to this project.",
    }
)
"""By the codes of `ReviewLedger.list_faults`."""

_LEFT_OUT = "The plan's policy leaves this project out: it gets nobody new."
"""Instead of the sentence on open hours, which such a project has none of."""


@dataclass(frozen=True)
class Finding:
    """One rule or limit that a place breaks.

    is_soft   whether a person may override it
    sentence  why, without the name of a client
    """

    code: str
    is_soft: bool
    sentence: str


class Judge:
    """Judges one place after the other; what is booked counts for the next."""

    def __init__(self, problem: PlanProblem, left_out: Collection[str] = ()) -> None:
        """Start with what is approved.

        left_out  ids of projects that the plan's policy excludes
        """
        instance = problem.instance
        self._left_out = frozenset(left_out)
        self.problem = problem
        self.ledger = ReviewLedger(instance, problem.context.get_new_rate)
        self._contractors = {text: idx for idx, text in enumerate(instance.contractor_ids)}
        self._projects = {text: idx for idx, text in enumerate(instance.project_ids)}

    def find_row(self, contractor_id: str, project_id: str, hours: int) -> Row | None:
        """Return a place as the instance names it; None when the pause does not affect them."""
        contractor_idx = self._contractors.get(contractor_id)
        if contractor_idx is None:
            return None
        return contractor_idx, self._projects[project_id], hours

    def list_broken_rules(self, row: Row) -> list[Finding]:
        """Return every rule that refuses a contractor on a project."""
        if self.ledger.find_pair(row[0], row[1]) is not None:
            return []
        sentences = self.problem.eligibility.sentences
        return [
            Finding(
                refusal.code,
                refusal.code in SOFT_RULES,
                # A wall's details name clients, which not every reviewer may know.
                sentences[refusal.code]
                + ("" if refusal.code == "wall" else f" ({refusal.reason})"),
            )
            for refusal in self.problem.eligibility.list_refusals(row[0], row[1])
        ]

    def list_broken_limits(self, row: Row) -> list[Finding]:
        """Return every limit that a place would break beside what is booked."""
        return [
            Finding(code, code in SOFT_LIMITS, self._say(code, row))
            for code in self.ledger.list_faults(row)
        ]

    def _say(self, code: str, row: Row) -> str:
        project_id = self.problem.instance.project_ids[row[1]]
        if code == "open_hours" and project_id in self._left_out:
            return _LEFT_OUT
        return LIMIT_SENTENCES[code]


def list_hard(findings: Collection[Finding], overridden: Collection[str]) -> list[Finding]:
    """Return the findings that stand in the way: what nobody overrode, or nobody may."""
    return [one for one in findings if not (one.is_soft and one.code in overridden)]
