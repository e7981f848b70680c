"""The master problem: which bundle does everyone get, if parts of bundles could be given?

A linear program over columns: at most one bundle a contractor, and no resource used
above its limit (Dantzig and Wolfe 1960). Its dual values are prices; they are floats
and prove nothing by themselves: `solver.search.dual_bound` makes an exact bound of them.

Letters: N columns, R rows, C contractors, P projects, W weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from solver.instance import BoolArray, IntArray
from solver.policy import Tier
from solver.search.bundle_columns import Columns
from solver.search.prices import Prices, Resources, Usage

FloatArray = npt.NDArray[np.float64]

INTEGRAL = 1e-6
"""How far from a whole number a share of a column may be."""


@dataclass(frozen=True, eq=False)
class Answer:
    """An optimum of the master problem.

    share   float64[N], how much of each column is chosen, 0..1
    prices  its dual values, all >= 0
    value   of the weighted tiers, without what is fixed
    """

    share: FloatArray
    prices: Prices
    value: float

    @property
    def is_chosen(self) -> BoolArray:
        """bool[N]: columns that are chosen as a whole."""
        chosen: BoolArray = self.share >= 1 - INTEGRAL
        return chosen


@dataclass(frozen=True)
class Floor:
    """What a tier must keep, and what each unit below it costs: columns may be missing."""

    least: int
    penalty: float


@dataclass(frozen=True, eq=False)
class _Rows:
    """The entries of all rows, sorted by row.

    Rows are numbered: contractors, hour-days by project and week, seats, budgets.
    """

    row: IntArray
    column: IntArray
    factor: FloatArray
    limit: FloatArray


def solve_master(
    resources: Resources,
    columns: Columns,
    *,
    weights: Mapping[Tier, float],
    fixed: Usage,
    floors: Mapping[Tier, Floor],
    extra: FloatArray | None = None,
) -> Answer | None:
    """Return an optimum over the columns beside what is fixed; None where there is none.

    weights  worth of a unit of each tier in the objective
    fixed    what others use up and score
    floors   what other tiers must keep, the fixed included
    extra    float64[N], an addition to the worth of each column
    """
    rows = _build_rows(resources, columns, fixed)
    live = _find_live(rows, columns)
    place = np.full(len(rows.limit), -1)
    place[live] = np.arange(len(live))
    kept = place[rows.row] >= 0
    scale = np.where(rows.limit[live] > 0, rows.limit[live], 1.0)
    row = place[rows.row[kept]]
    worth: FloatArray = np.zeros(len(columns)) if extra is None else extra.astype(np.float64)
    for tier, weight in weights.items():
        worth = worth + weight * columns.get_values(tier).astype(np.float64)
    unit = float(np.abs(worth).mean()) or 1.0
    model = _build_model(
        worth / unit,
        (row, rows.column[kept], rows.factor[kept] / scale[row]),
        rows.limit[live] / scale,
        [
            (
                columns.get_values(tier).astype(np.float64),
                float(floor.least - fixed.tiers[tier]),
                floor.penalty / unit,
            )
            for tier, floor in floors.items()
        ],
    )
    result = mathopt.solve(
        model,
        mathopt.SolverType.GLOP,
        params=_PARAMETERS,
        model_params=mathopt.ModelSolveParameters(
            variable_values_filter=mathopt.SparseVectorFilter(skip_zero_values=True),
            dual_values_filter=mathopt.SparseVectorFilter(skip_zero_values=True),
            reduced_costs_filter=mathopt.SparseVectorFilter(filtered_items=()),
        ),
    )
    if not (result.has_primal_feasible_solution() and result.has_dual_feasible_solution()):
        return None
    share = np.zeros(len(columns) + len(floors))
    for variable, value in result.variable_values().items():
        share[variable.id] = value
    share = share[: len(columns)]
    dual = np.zeros(len(live) + len(floors))
    for row_of, value in result.dual_values().items():
        dual[row_of.id] = unit * value
    full = np.zeros(len(rows.limit))
    full[live] = np.maximum(dual[: len(live)] / scale, 0.0)
    multipliers = dict(weights)
    for number, tier in enumerate(floors):
        size = _get_size(columns.get_values(tier))
        multipliers[tier] = multipliers.get(tier, 0.0) + max(
            0.0, -float(dual[len(live) + number]) / size
        )
    tiers = dict.fromkeys(Tier, 0.0) | multipliers
    return Answer(share, _read_prices(resources, full, tiers), float(worth @ share))


_MOST_ITERATIONS = 20_000
"""After so many the simplex method is stalling; a count, so that a seed reproduces a plan."""
_PARAMETERS = mathopt.SolveParameters(
    lp_algorithm=mathopt.LPAlgorithm.PRIMAL_SIMPLEX, iteration_limit=_MOST_ITERATIONS
)


def _build_rows(resources: Resources, columns: Columns, fixed: Usage) -> _Rows:
    """Return every row that the columns have entries in, with what is left of its limit."""
    problem, instance = resources.problem, resources.problem.instance
    num_contractors, num_projects = instance.num_contractors, instance.num_projects
    num_weeks = instance.weeks
    column, pair, hours = columns.entries
    project, contractor = problem.project[pair], problem.contractor[pair]
    first_week = num_contractors
    first_seat = first_week + num_projects * num_weeks
    first_budget = first_seat + num_projects
    row = [columns.contractor]
    place = [np.arange(len(columns))]
    factor = [np.ones(len(columns))]
    for week in range(num_weeks):
        days = hours * instance.active[project, week] * instance.avail_days[contractor, week]
        used = np.flatnonzero((days > 0) & resources.has_hour_days[project, week])
        row.append(first_week + project[used] * num_weeks + week)
        place.append(column[used])
        factor.append(days[used].astype(np.float64))
    used = np.flatnonzero(resources.has_seats[project])
    row.append(first_seat + project[used])
    place.append(column[used])
    factor.append(np.ones(len(used)))
    cents = hours * problem.rate_cents[pair]
    used = np.flatnonzero(resources.has_budget[project] & (cents > 0))
    row.append(first_budget + project[used])
    place.append(column[used])
    factor.append(cents[used].astype(np.float64))
    limit = [
        np.ones(num_contractors),
        (problem.hour_days - fixed.hour_days).ravel().astype(np.float64),
        problem.seats.astype(np.float64) - fixed.seats,
        problem.budget_cents.astype(np.float64) - fixed.budget,
    ]
    rows = np.concatenate(row)
    order = np.argsort(rows, kind="stable")
    return _Rows(
        rows[order],
        np.concatenate(place)[order],
        np.concatenate(factor)[order],
        np.maximum(np.concatenate(limit), 0.0),
    )


def _find_live(rows: _Rows, columns: Columns) -> IntArray:
    """Return the rows that can bind: each contractor's largest entries exceed the limit."""
    num_contractors = len(columns.problem.projects_left)
    key = rows.row * num_contractors + columns.contractor[rows.column]
    order = np.argsort(key, kind="stable")
    start = np.flatnonzero(np.diff(key[order], prepend=-1))
    most = np.maximum.reduceat(rows.factor[order], start) if len(start) else np.zeros(0)
    row = rows.row[order][start]
    total = np.bincount(row, most, minlength=len(rows.limit))
    several = np.bincount(rows.row, minlength=len(rows.limit)) > 0
    of_contractors = np.arange(len(rows.limit)) < num_contractors
    return np.flatnonzero(np.where(of_contractors, several, total > rows.limit))


def _build_model(
    worth: FloatArray,
    entries: tuple[IntArray, IntArray, FloatArray],
    limit: FloatArray,
    floors: list[tuple[FloatArray, float, float]],
) -> mathopt.Model:
    penalties = [-penalty * _get_size(values) for values, _, penalty in floors]
    num_bundles, num_limits = len(worth), len(limit)
    worth = np.append(worth, penalties)
    num_columns = len(worth)
    num_rows = num_limits + len(floors)
    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(num_columns))
    model.variables.lower_bounds.extend([0.0] * num_columns)
    model.variables.upper_bounds.extend([float("inf")] * num_columns)
    model.variables.integers.extend([False] * num_columns)
    model.objective.maximize = True
    used = np.flatnonzero(worth)
    model.objective.linear_coefficients.ids.extend(used.tolist())
    model.objective.linear_coefficients.values.extend(worth[used].tolist())
    model.linear_constraints.ids.extend(range(num_rows))
    row, column, factor = entries
    lower = [-float("inf")] * num_limits
    upper = limit.tolist()
    rows, places, factors = [row], [column], [factor]
    for number, (values, floor, _) in enumerate(floors):
        size = _get_size(values)
        adding = np.flatnonzero(values)
        rows.append(np.full(len(adding) + 1, num_limits + number))
        places.append(np.append(adding, num_bundles + number))
        factors.append(np.append(values[adding] / size, 1.0))
        lower.append(floor / size)
        upper.append(float("inf"))
    model.linear_constraints.lower_bounds.extend(lower)
    model.linear_constraints.upper_bounds.extend(upper)
    matrix = model.linear_constraint_matrix
    order = np.lexsort((np.concatenate(places), np.concatenate(rows)))
    matrix.row_ids.extend(np.concatenate(rows)[order].tolist())
    matrix.column_ids.extend(np.concatenate(places)[order].tolist())
    matrix.coefficients.extend(np.concatenate(factors)[order].tolist())
    return mathopt.Model.from_model_proto(model)


def _get_size(values: npt.NDArray[np.float64] | IntArray) -> float:
    return float(np.abs(values).mean()) or 1.0


def _read_prices(resources: Resources, dual: FloatArray, tiers: dict[Tier, float]) -> Prices:
    """Return the duals of the shared rows; the contractors' own are not prices."""
    instance = resources.problem.instance
    num_projects, shape = instance.num_projects, resources.problem.hour_days.shape
    rest = dual[instance.num_contractors :]
    hour_days, rest = (
        rest[: num_projects * shape[1]].reshape(shape),
        rest[num_projects * shape[1] :],
    )
    return Prices(hour_days, rest[:num_projects], rest[num_projects:], tiers)
