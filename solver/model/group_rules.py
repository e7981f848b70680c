"""The rules between people, one function each (rules 8 to 10 of concepts.md).

They are stated on heads: the 0/1 of a pair that brings a new person to a project.
"""

from __future__ import annotations

from ortools.sat.python import cp_model

from solver.groups import NO_LEADS
from solver.model.group_state import GroupState, build_group_state
from solver.model.variables import Variables

Heads = dict[int, list[cp_model.IntVar]]
"""By pair that brings a new person and that the model knows: the literals that sum to its 0/1."""


def add_group_rules(variables: Variables) -> None:
    """Add rules 8 to 10."""
    if not variables.problem.has_group_rules:
        return
    state = build_group_state(variables.problem)
    heads = {
        pair: [variable for variable, _, heads in terms if heads]
        for pair, terms in variables.terms.items()
        if state.is_new[pair]
    }
    add_teams(variables, state, heads)
    by_project: dict[int, list[int]] = {}
    for pair in heads:
        by_project.setdefault(int(variables.problem.project[pair]), []).append(pair)
    for project, pairs in by_project.items():
        own = {pair: heads[pair] for pair in pairs}
        _add_joined(variables, state, project, own)
        add_min_people(variables, state, project, own)
        add_leads(variables, state, project, own)


def add_teams(variables: Variables, state: GroupState, heads: Heads) -> None:
    """Rule 8: on every project either all of a team are, or none."""
    for key, pairs in state.teams.items():
        known = [heads[pair] for pair in pairs if pair in heads]
        if key in state.complete:
            for literals in known:
                _add_least(variables, [(1, literals)], 1)
        elif key in state.blocked or len(known) < len(pairs):
            for literals in known:
                _add_least(variables, [(-1, literals)], 0)
        elif len(known) > 1:
            for one, other in zip(known, known[1:] + known[:1], strict=True):
                _add_least(variables, [(1, one), (-1, other)], 0)


def _add_joined(variables: Variables, state: GroupState, project: int, heads: Heads) -> None:
    """Add the literal that somebody joins the project, where a rule will ask for it."""
    groups = variables.problem.instance.groups
    assert groups is not None
    asks = groups.min_people[project] > 1 or groups.people_per_lead[project] != NO_LEADS
    if state.is_joined[project] or not asks:
        return
    joined = variables.model.new_bool_var("")
    variables.joined[project] = (joined, tuple(heads))
    for literals in heads.values():
        _add_least(variables, [(1, [joined]), (-1, literals)], 0)


def add_min_people(variables: Variables, state: GroupState, project: int, heads: Heads) -> None:
    """Rule 9: nobody joins the project, or as many people are there as it needs."""
    groups = variables.problem.instance.groups
    assert groups is not None
    least = int(groups.min_people[project])
    missing = least - int(state.people[project])
    if least > 1 and missing > 0:
        coming = [(1, literals) for literals in heads.values()]
        _add_least_if_joined(variables, project, coming, missing)


def add_leads(variables: Variables, state: GroupState, project: int, heads: Heads) -> None:
    """Rule 10: nobody joins the project, or each lead stands for `people_per_lead` at most."""
    groups = variables.problem.instance.groups
    assert groups is not None
    ratio = int(groups.people_per_lead[project])
    if ratio == NO_LEADS:
        return
    # A ratio beyond all people there can be asks for one lead, whatever it is.
    ratio = min(ratio, int(state.people[project]) + len(heads))
    short = int(state.people[project]) - ratio * int(state.leads[project])
    spare = [
        (ratio - 1 if state.is_lead[pair] else -1, literals) for pair, literals in heads.items()
    ]
    _add_least_if_joined(variables, project, spare, short)


def _add_least_if_joined(
    variables: Variables, project: int, terms: list[tuple[int, list[cp_model.IntVar]]], least: int
) -> None:
    """Add: the sum is at least `least` once somebody joins; it is 0 before."""
    found = variables.joined.get(project)
    if least > 0 and found is not None:
        _add_least(variables, [*terms, (-least, [found[0]])], 0)
    else:
        _add_least(variables, terms, least)


def _add_least(
    variables: Variables, terms: list[tuple[int, list[cp_model.IntVar]]], least: int
) -> None:
    """Add: the sum of factor * literals is at least `least`."""
    chosen = [literal for _, literals in terms for literal in literals]
    factors = [factor for factor, literals in terms for _ in literals]
    variables.model.add(cp_model.LinearExpr.weighted_sum(chosen, factors) >= least)
