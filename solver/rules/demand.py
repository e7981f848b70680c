"""Rules on the project itself, its least hours, and what people decided before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.bitsets import Bits, Lookup, look_up_reach, pack
from solver.columns import locate, read_whole
from solver.instance import BoolArray, IntArray
from solver.rules.context import RuleContext
from solver.rules.rule import Describe, LookupRule, Refusal


def _build_project_rule(
    code: str, sentence: str, accepted: BoolArray, context: RuleContext, describe: Describe
) -> LookupRule:
    """Return a rule that allows everybody the projects of `accepted` (bool[P])."""
    everybody = np.zeros(context.num_contractors, dtype=np.int32)
    return LookupRule(code, sentence, Lookup(pack(accepted[np.newaxis, :]), everybody), describe)


def build_not_open(context: RuleContext) -> LookupRule:
    """Return: the project is open and runs on a Monday of the horizon."""
    status = context.projects["status"].tolist()
    is_open = context.projects["status"].eq("open").to_numpy(dtype=np.bool_)

    def describe(_contractor_idx: int, project_idx: int) -> tuple[str, str]:
        codename = context.get_codename(project_idx)
        if not is_open[project_idx]:
            return f"the project is {status[project_idx]}", f"reopen {codename}"
        first, last = context.horizon.starts_on, context.horizon.ends_on
        return (
            f"the project does not run from {first} to {last}",
            f"move the dates of {codename} into {first} to {last}",
        )

    return _build_project_rule(
        "not_open",
        "the project is not open in these weeks",
        is_open & context.active.any(axis=1),
        context,
        describe,
    )


def build_same_project(context: RuleContext) -> LookupRule:
    """Return: the project is not a paused one."""

    def describe(_contractor_idx: int, project_idx: int) -> tuple[str, str]:
        return "the project is paused itself", f"resume {context.get_codename(project_idx)}"

    return _build_project_rule(
        "same_project", "the project is paused itself", ~context.paused, context, describe
    )


def build_hours(context: RuleContext) -> LookupRule:
    """Return: the project's min_hours are at most the lost hours."""
    needed = read_whole(context.projects["min_hours"], 0)
    lost = context.affected.lost_hours

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        held, least = lost[contractor_idx], needed[project_idx]
        codename = context.get_codename(project_idx)
        return (
            f"{held} hours a week lost, {least} at least",
            f"lower the least weekly hours of {codename} from {least} to {held}",
        )

    return LookupRule(
        "hours",
        "fewer hours were lost than the project asks for at least",
        look_up_reach(lost, needed),
        describe,
    )


@dataclass(frozen=True, eq=False)
class RejectedRule:
    """The pair was not turned down before.

    contractor, project  int64[N], the rejected pairs, sorted by contractor
    everything           uint64[1, words], all projects
    """

    context: RuleContext
    contractor: IntArray
    project: IntArray
    everything: Bits
    code: str = "rejected"
    sentence: str = "the match was turned down before"

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the projects that the rule allows each contractor."""
        allowed = np.repeat(self.everything, stop - start, axis=0)
        first, last = np.searchsorted(self.contractor, [start, stop])
        refused = np.zeros(self.context.num_projects, dtype=np.bool_)
        for contractor_idx in np.unique(self.contractor[first:last]).tolist():
            refused[:] = False
            refused[self.project[self.contractor == contractor_idx]] = True
            allowed[contractor_idx - start] &= ~pack(refused)
        return allowed

    def blocker(self, _contractor_idx: int, project_idx: int) -> Refusal:
        """Return the refusal of a pair that the rule does not allow."""
        codename = self.context.get_codename(project_idx)
        return Refusal(self.code, "turned down before", f"take back the rejection for {codename}")


def build_rejected(context: RuleContext) -> RejectedRule:
    """Return the rule on the request's rejected pairs; ids not planned for are left out."""
    pairs = sorted(context.request.rejected)
    contractor = context.find_contractors(pd.Series([pair[0] for pair in pairs], dtype="str"))
    project = locate(
        context.projects["project_id"], pd.Series([pair[1] for pair in pairs], dtype="str")
    )
    known = (contractor >= 0) & (project >= 0)
    order = np.argsort(contractor[known], kind="stable")
    everything = pack(np.ones((1, context.num_projects), dtype=np.bool_))
    return RejectedRule(context, contractor[known][order], project[known][order], everything)
