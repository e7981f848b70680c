"""How well an eligible pair suits: 0-100, rounded half up (data-format.md, section 2).

fit = 70 S + 15 R + 10 T + 5 K, the weights being the policy's:

- S  weighted mean of level / 5 over all the project's skills, a skill not held counts 0;
     1 where the project names none
- R  clip((new rate / lost rate - 0.5) / 0.5, 0, 1); 1 where the lost rate is 0
- T  1 - utc distance / 12 hours; 1 where the project names no offset, 0 where only the
     contractor names none
- K  1 where the contractor worked for the client before: an assignment begun by the pause date

Rounding is exact. Each part is a fraction of integers. The sum is first taken in
floats, whose error is below 1e-12; where it comes within 1e-9 of a half, the sign of
the integer numerator decides. That numerator is a difference of products that may pass
64 bits, but is itself below 2e-9 of the common denominator. As long as that is below
1e27 (5 x skill weights x weekly lost pay in cents x 43,200 stays far below), arithmetic
modulo 2^64, as numpy's int64 arrays do it, gives the numerator exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.columns import get_day, locate, read_seconds, read_whole
from solver.instance import BoolArray, IntArray, PairArray
from solver.policy import FitWeights
from solver.rules.context import NO_RATE, RuleContext
from solver.rules.place import HALF_DAY_SECONDS, NO_OFFSET, measure_utc_distance

_TOP_LEVEL = 5
_TIE_WIDTH = 1e-9


@dataclass(frozen=True, eq=False)
class FitParts:
    """The four parts of the fit of E pairs, as exact fractions.

    skills, skills_of        int64[E], S = skills / skills_of
    rate, rate_of            int64[E], R = rate / rate_of
    time_zone, time_zone_of  int64[E], T = time_zone / time_zone_of
    known_client             int64[E], K, 0 or 1
    """

    skills: IntArray
    skills_of: IntArray
    rate: IntArray
    rate_of: IntArray
    time_zone: IntArray
    time_zone_of: IntArray
    known_client: IntArray


@dataclass(frozen=True, eq=False)
class FitScale:
    """What the parts are computed from, prepared once for all pairs.

    skill_column   int64[P, N], columns of `context.levels`, padded with its empty column
    skill_weight   int64[P, N], 0 in the padding
    offset         int64[C], seconds, NO_OFFSET where missing
    project_offset int64[P], likewise
    knows          bool[C, K], worked for the client before
    """

    context: RuleContext
    skill_column: IntArray
    skill_weight: IntArray
    offset: IntArray
    project_offset: IntArray
    knows: BoolArray

    def compute_parts(self, contractor: IntArray, project: IntArray) -> FitParts:
        """Return the parts of the pairs (contractor[E], project[E])."""
        skills, skills_of = self._compute_skills(contractor, project)
        rate, rate_of = self._compute_rate(contractor, project)
        theirs, wanted = self.offset[contractor], self.project_offset[project]
        near = HALF_DAY_SECONDS - measure_utc_distance(theirs, wanted)
        near = np.where(theirs == NO_OFFSET, 0, near)
        return FitParts(
            skills=skills,
            skills_of=skills_of,
            rate=rate,
            rate_of=rate_of,
            time_zone=np.where(wanted == NO_OFFSET, HALF_DAY_SECONDS, near),
            time_zone_of=np.full(len(contractor), HALF_DAY_SECONDS, dtype=np.int64),
            known_client=self.knows[contractor, self.context.client[project]].astype(np.int64),
        )

    def compute_fit(
        self, contractor: IntArray, project: IntArray, weights: FitWeights
    ) -> PairArray:
        """int32[E]: the fit of the pairs, 0..100."""
        return round_fit(self.compute_parts(contractor, project), weights)

    def _compute_skills(self, contractor: IntArray, project: IntArray) -> tuple[IntArray, IntArray]:
        total = np.zeros(len(contractor), dtype=np.int64)
        levels = self.context.levels
        row = contractor * np.int64(levels.shape[1])
        for column, weight in zip(self.skill_column.T, self.skill_weight.T, strict=True):
            total += levels.ravel()[row + column[project]] * weight[project]
        most = _TOP_LEVEL * self.skill_weight.sum(axis=1)[project]
        return np.where(most == 0, 1, total), np.where(most == 0, 1, most)

    def _compute_rate(self, contractor: IntArray, project: IntArray) -> tuple[IntArray, IntArray]:
        new_rate = compute_new_rate(self.context, contractor, project)
        cents = self.context.affected.paid_cents[contractor]
        hours = self.context.affected.paid_hours[contractor]
        # (new / lost - 1/2) / (1/2) with lost = cents / hours
        rate = np.clip(2 * new_rate * hours - cents, 0, cents)
        return np.where(cents == 0, 1, rate), np.where(cents == 0, 1, cents)


def compute_new_rate(context: RuleContext, contractor: IntArray, project: IntArray) -> IntArray:
    """int64[E], cents per hour: the project's rate, else the contractor's own."""
    rate = context.project_rate[project]
    return np.where(rate == NO_RATE, context.own_rate[contractor], rate)


def round_fit(parts: FitParts, weights: FitWeights) -> PairArray:
    """int32[E]: the weighted sum of the parts, rounded half up, exactly."""
    score = (
        weights.skills * parts.skills / parts.skills_of
        + weights.rate * parts.rate / parts.rate_of
        + weights.time_zone * parts.time_zone / parts.time_zone_of
        + weights.known_client * parts.known_client
    )
    score += 0.5
    nearest = np.rint(score)
    score -= nearest
    near = nearest.astype(np.int32)
    fit = near - (score < 0)
    close = np.flatnonzero(np.abs(score) < _TIE_WIDTH)
    fit[close] = near[close] - _is_below_half(parts, weights, near[close], close)
    return fit


def _is_below_half(
    parts: FitParts, weights: FitWeights, near: PairArray, close: IntArray
) -> BoolArray:
    """Whether fit + 1/2 < near, both of the pairs `close`: the sign of twice the numerator."""
    skills_of, rate_of = parts.skills_of[close], parts.rate_of[close]
    time_zone_of = parts.time_zone_of[close]
    whole = skills_of * rate_of * time_zone_of
    numerator = (
        weights.skills * parts.skills[close] * rate_of * time_zone_of
        + weights.rate * parts.rate[close] * skills_of * time_zone_of
        + weights.time_zone * parts.time_zone[close] * skills_of * rate_of
        + weights.known_client * parts.known_client[close] * whole
    )
    below: BoolArray = 2 * numerator - (2 * near.astype(np.int64) - 1) * whole < 0
    return below


def build_fit_scale(context: RuleContext) -> FitScale:
    """Return what the fit of any pair of `context` is computed from."""
    skill_column, skill_weight = _build_skill_table(context)
    return FitScale(
        context,
        skill_column,
        skill_weight,
        read_seconds(context.people["utc_offset"], NO_OFFSET),
        read_seconds(context.projects["utc_offset"], NO_OFFSET),
        _build_known_clients(context),
    )


def _build_skill_table(context: RuleContext) -> tuple[IntArray, IntArray]:
    """int64[P, N] twice: each project's skills as columns of the levels, and their weights."""
    rows = context.roster.project_skills
    project = locate(context.projects["project_id"], rows["project_id"])
    names = {name: column for column, name in enumerate(context.skills)}
    order = np.argsort(project, kind="stable")
    project = project[order]
    place = np.arange(len(order)) - np.searchsorted(project, project)
    shape = (context.num_projects, int(place.max(initial=-1)) + 1)
    column = np.full(shape, len(names), dtype=np.int64)
    weight = np.zeros(shape, dtype=np.int64)
    named = np.array([names[name] for name in rows["skill"].tolist()], dtype=np.int64)
    column[project, place] = named[order]
    weight[project, place] = read_whole(rows["weight"], 0)[order]
    return column, weight


def _build_known_clients(context: RuleContext) -> BoolArray:
    """bool[C, K]: the contractor has an assignment for the client begun by the pause date."""
    staffing = context.staffing
    who = context.position[staffing.contractor_row]
    earlier = (who >= 0) & (staffing.start_day <= get_day(context.request.pause_date))
    knows = np.zeros((context.num_contractors, len(context.roster.clients)), dtype=np.bool_)
    knows[who[earlier], context.client[staffing.project_row[earlier]]] = True
    return knows
