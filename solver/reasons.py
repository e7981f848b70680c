"""Why this contractor on this project: the parts of the fit in sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.build import PlanProblem
from solver.rules.context import NO_RATE
from solver.rules.pay import format_money
from solver.rules.place import NO_OFFSET, SECONDS_PER_HOUR, measure_utc_distance


@dataclass(frozen=True)
class Reason:
    """One part of the fit of a pair.

    part      skills, rate, time_zone or known_client
    sentence  what it rests on
    points    what it adds to the fit, 0..most, before rounding
    most      the part's weight in the policy
    """

    part: str
    sentence: str
    points: float
    most: int


def list_reasons(problem: PlanProblem, contractor_id: str, project_id: str) -> tuple[Reason, ...]:
    """Return the four parts of a pair's fit; their points sum to the fit before rounding.

    Raises KeyError for a contractor or project that the problem does not hold.
    """
    contractor_idx = problem.idx_by_contractor_id[contractor_id]
    project_idx = problem.idx_by_project_id[project_id]
    parts = problem.fit_scale.compute_parts(
        np.array([contractor_idx], dtype=np.int32), np.array([project_idx], dtype=np.int32)
    )
    weights = problem.request.policy.fit_weights
    sentences = (
        ("skills", _describe_skills(problem, contractor_idx, project_idx), weights.skills),
        ("rate", _describe_rate(problem, contractor_idx, project_idx), weights.rate),
        ("time_zone", _describe_time_zone(problem, contractor_idx, project_idx), weights.time_zone),
        (
            "known_client",
            _describe_client(problem, contractor_idx, project_idx),
            weights.known_client,
        ),
    )
    shares = (
        parts.skills[0] / parts.skills_of[0],
        parts.rate[0] / parts.rate_of[0],
        parts.time_zone[0] / parts.time_zone_of[0],
        parts.known_client[0],
    )
    return tuple(
        Reason(part, sentence, float(share * most), most)
        for (part, sentence, most), share in zip(sentences, shares, strict=True)
    )


def _describe_skills(problem: PlanProblem, contractor_idx: int, project_idx: int) -> str:
    scale, context = problem.fit_scale, problem.context
    columns = scale.skill_column[project_idx][scale.skill_weight[project_idx] > 0].tolist()
    if not columns:
        return "the project asks for no particular skill"
    levels = context.levels[contractor_idx, columns].tolist()
    named = sorted(
        zip([context.skills[column] for column in columns], levels, strict=True),
        key=lambda skill: -skill[1],
    )
    return ", ".join(f"{name} {level} of 5" for name, level in named)


def _describe_rate(problem: PlanProblem, contractor_idx: int, project_idx: int) -> str:
    context = problem.context
    new = context.get_new_rate(contractor_idx, project_idx)
    lost = problem.affected.get_lost_rate(contractor_idx)
    source = "own rate" if context.project_rate[project_idx] == NO_RATE else "project's rate"
    before = format_money(int(problem.affected.lost_rate_cents[contractor_idx]))
    if lost == 0:
        return f"{format_money(new)} an hour ({source}), unpaid before"
    change = float((new / lost - 1) * 100)
    return f"{format_money(new)} an hour ({source}), {before} before ({change:+.1f} %)"


def _describe_time_zone(problem: PlanProblem, contractor_idx: int, project_idx: int) -> str:
    scale = problem.fit_scale
    theirs, wanted = scale.offset[[contractor_idx]], scale.project_offset[[project_idx]]
    if wanted[0] == NO_OFFSET:
        return "the project names no time zone"
    if theirs[0] == NO_OFFSET:
        return "the contractor's time zone is missing"
    return f"{measure_utc_distance(theirs, wanted)[0] / SECONDS_PER_HOUR:g} hours apart"


def _describe_client(problem: PlanProblem, contractor_idx: int, project_idx: int) -> str:
    # Never by name: those who read it need not know whose work a codename is.
    client = int(problem.context.client[project_idx])
    known = problem.fit_scale.knows[contractor_idx, client]
    return "worked for this client before" if known else "new to this client"
