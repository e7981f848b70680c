"""The rule on skills: every required one at the level asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.bitsets import Bits, pack
from solver.columns import locate, read_whole
from solver.instance import IntArray
from solver.rules.context import RuleContext
from solver.rules.rule import Refusal

_NUM_LEVELS = 6
"""Levels 0 (not held) to 5."""


@dataclass(frozen=True, eq=False)
class SkillRule:
    """Every required skill of the project is held at its min_level or above.

    column   int64[R], columns of `context.levels`: the skills required anywhere
    needed   int64[P, R], the level required, 0 where the skill is not
    table    uint64[R, 6, words]: the projects that a level of a skill is enough for
    """

    context: RuleContext
    column: IntArray
    needed: IntArray
    table: Bits
    everything: Bits
    code: str = "skill"
    sentence: str = "a required skill is missing or below the level asked for"

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects that the rule allows each contractor."""
        allowed = np.repeat(self.everything, stop - start, axis=0)
        levels = self.context.levels[start:stop]
        for required, column in enumerate(self.column.tolist()):
            allowed &= self.table[required].take(levels[:, column], axis=0)
        return allowed

    def blocker(self, contractor_idx: int, project_idx: int) -> Refusal:
        """Return the refusal of a pair that the rule does not allow."""
        levels = self.context.levels[contractor_idx, self.column]
        reasons, unlocks = [], []
        for required in np.flatnonzero(levels < self.needed[project_idx]).tolist():
            name = self.context.skills[self.column[required]]
            held, needed = levels[required], self.needed[project_idx, required]
            if held:
                reasons.append(f"{name} {held} held, {needed} needed")
                unlocks.append(f"raise {name} from {held} to {needed}")
            else:
                reasons.append(f"{name} not held, {needed} needed")
                unlocks.append(f"learn {name} to level {needed}")
        return Refusal(self.code, ", ".join(reasons), " and ".join(unlocks))


def build_skill(context: RuleContext) -> SkillRule:
    """Return the rule on every skill that some project requires."""
    rows = context.roster.project_skills
    rows = rows[rows["required"]]
    project = locate(context.projects["project_id"], rows["project_id"])
    names = {name: column for column, name in enumerate(context.skills)}
    column, required = np.unique(
        np.array([names[name] for name in rows["skill"].tolist()], dtype=np.int64),
        return_inverse=True,
    )
    needed = np.zeros((context.num_projects, len(column)), dtype=np.int64)
    needed[project, required] = read_whole(rows["min_level"], 0)
    enough = needed.T[:, np.newaxis, :] <= np.arange(_NUM_LEVELS)[np.newaxis, :, np.newaxis]
    everything = pack(np.ones((1, context.num_projects), dtype=np.bool_))
    return SkillRule(context, column, needed, pack(enough), everything)
