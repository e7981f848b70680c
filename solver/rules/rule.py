"""What an eligibility rule is, and the common kind that looks one value up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from solver.bitsets import Bits, Lookup


@dataclass(frozen=True)
class Refusal:
    """Why one rule refuses one pair.

    code    the rule's
    reason  with the values: "clearance 2 held, 3 needed"
    unlock  the change that would remove it: "raise clearance from 2 to 3"
    """

    code: str
    reason: str
    unlock: str


class Rule(Protocol):
    """One rule: a code, a sentence for a manager, its sets of projects, its refusals."""

    @property
    def code(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects that the rule allows each contractor."""

    def blocker(self, contractor_idx: int, project_idx: int) -> Refusal:
        """Return the refusal of a pair that the rule does not allow."""


Describe = Callable[[int, int], tuple[str, str]]
"""(contractor position, project position) of a refused pair -> (reason, unlock)."""


@dataclass(frozen=True, eq=False)
class LookupRule:
    """A rule on one value of the contractor."""

    code: str
    sentence: str
    lookup: Lookup
    describe: Describe

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects that the rule allows each contractor."""
        return self.lookup.allow(start, stop)

    def blocker(self, contractor_idx: int, project_idx: int) -> Refusal:
        """Return the refusal of a pair that the rule does not allow."""
        return Refusal(self.code, *self.describe(contractor_idx, project_idx))
