"""Who may work where: all rules together, in the order of data-format.md, section 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from solver.bitsets import Bits, unpack
from solver.rules.context import RuleContext
from solver.rules.demand import build_hours, build_not_open, build_rejected, build_same_project
from solver.rules.pay import build_currency, build_min_pay, build_pay_cut
from solver.rules.place import build_country, build_utc_distance
from solver.rules.rule import Refusal, Rule
from solver.rules.security import build_clearance, build_clearance_expiry, build_compartment
from solver.rules.skills import build_skill
from solver.rules.walls import build_wall

CHUNK = 1024
"""Contractors taken at a time, so that what is computed for their pairs stays in the cache."""

_BUILDERS: tuple[Callable[[RuleContext], Rule], ...] = (
    build_not_open,
    build_skill,
    build_clearance,
    build_clearance_expiry,
    build_compartment,
    build_wall,
    build_country,
    build_utc_distance,
    build_currency,
    build_min_pay,
    build_pay_cut,
    build_hours,
    build_rejected,
    build_same_project,
)


@dataclass(frozen=True, eq=False)
class Eligibility:
    """The rules of one request; a pair is eligible when every rule allows it."""

    context: RuleContext
    rules: tuple[Rule, ...]

    @property
    def sentences(self) -> Mapping[str, str]:
        """The rules in plain words, by code."""
        return MappingProxyType({rule.code: rule.sentence for rule in self.rules})

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects for which each contractor is eligible."""
        allowed = self.rules[0].allow(start, stop)
        for rule in self.rules[1:]:
            allowed = allowed & rule.allow(start, stop)
        return allowed

    def build_mask(self, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """bool[stop - start, P]: the pairs of contractors start..stop - 1 that are eligible."""
        return unpack(self.allow(start, stop), self.context.num_projects)

    def build_refused(self, start: int, stop: int) -> npt.NDArray[np.bool_]:
        """bool[rules, stop - start, P]: the pairs that each rule refuses."""
        num_projects = self.context.num_projects
        return np.stack([~unpack(rule.allow(start, stop), num_projects) for rule in self.rules])

    def list_refusals(self, contractor_idx: int, project_idx: int) -> list[Refusal]:
        """Return every rule that refuses the pair; an eligible pair has none."""
        refused = self.build_refused(contractor_idx, contractor_idx + 1)[:, 0, project_idx]
        return [
            rule.blocker(contractor_idx, project_idx)
            for rule, refuses in zip(self.rules, refused.tolist(), strict=True)
            if refuses
        ]


def build_eligibility(context: RuleContext) -> Eligibility:
    """Return the rules for the affected contractors and the projects of `context`."""
    return Eligibility(context, tuple(build(context) for build in _BUILDERS))
