"""The constraints and tiers of the model in Timefold's constraint streams.

One hard level for every broken limit, and a soft level for each tier in the policy's order.
The solver translates the small functions here to Java, so they use plain Python only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers.timefold.model import Person, Project, Slot, Week, score
from solver.policy import Tier

_HARD = score.BendableScore.of((1,), (0, 0, 0))
_SUM, _COUNT = score.ConstraintCollectors.sum, score.ConstraintCollectors.count


def build_constraints(tiers: Sequence[Tier], switch_cost: int) -> Callable[[Any], list[Any]]:
    """Return what gives the solver its constraints, for these tiers."""

    @score.constraint_provider  # type: ignore[untyped-decorator]  # the package has no types here
    def provide(factory: Any) -> list[Any]:
        return [
            _limit_person(factory),
            _limit_project(factory),
            _limit_seats(factory),
            _limit_budget(factory),
            _forbid_pairs(factory),
            *(_GOALS[tier](factory, _weigh(level)) for level, tier in enumerate(tiers)),
            _pay_switches(factory, _weigh(tiers.index(Tier.FIT)), switch_cost),
        ]

    provided: Callable[[Any], list[Any]] = provide
    return provided


def _weigh(level: int) -> Any:
    return score.BendableScore.of_soft(1, 3, level, 1)


def _placed(factory: Any) -> Any:
    """Return the slots that have a place: the stream leaves the others out by itself."""
    return factory.for_each(Slot)


def _limit_person(factory: Any) -> Any:
    def person(slot: Slot, _week: Week) -> Person:
        return slot.person

    def same(_slot: Slot, week: Week) -> Week:
        return week

    def hours(slot: Slot, week: Week) -> int:
        return slot.hours_in(week.idx)

    def is_over(person: Person, _week: Week, hours: int) -> bool:
        return hours > person.lost_hours

    def excess(person: Person, _week: Week, hours: int) -> int:
        return hours - person.lost_hours

    over = _placed(factory).join(Week).group_by(person, same, _SUM(hours)).filter(is_over)
    return over.penalize(_HARD, excess).as_constraint("hours of a contractor in a week")


def _limit_project(factory: Any) -> Any:
    def project(slot: Slot, _week: Week) -> Project:
        return slot.project()

    def same(_slot: Slot, week: Week) -> Week:
        return week

    def load(slot: Slot, week: Week) -> int:
        return slot.load_in(week.idx)

    def is_over(project: Project, week: Week, load: int) -> bool:
        return load > project.room[week.idx]

    def excess(project: Project, week: Week, load: int) -> int:
        return load - project.room[week.idx]

    over = _placed(factory).join(Week).group_by(project, same, _SUM(load)).filter(is_over)
    return over.penalize(_HARD, excess).as_constraint("open hours of a project in a week")


def _limit_seats(factory: Any) -> Any:
    def project(slot: Slot) -> Project:
        return slot.project()

    def is_over(project: Project, people: int) -> bool:
        return people > project.seats

    def excess(project: Project, people: int) -> int:
        return people - project.seats

    over = _placed(factory).group_by(project, _COUNT()).filter(is_over)
    return over.penalize(_HARD, excess).as_constraint("seats")


def _limit_budget(factory: Any) -> Any:
    def project(slot: Slot) -> Project:
        return slot.project()

    def cents(slot: Slot) -> int:
        return slot.cents()

    def is_over(project: Project, cents: int) -> bool:
        return cents > project.budget_cents

    def excess(project: Project, cents: int) -> int:
        return cents - project.budget_cents

    over = _placed(factory).group_by(project, _SUM(cents)).filter(is_over)
    return over.penalize(_HARD, excess).as_constraint("budget")


def _forbid_pairs(factory: Any) -> Any:
    """A contractor's slots hold different projects, of clients that do not compete."""

    def person(slot: Slot) -> Person:
        return slot.person

    def clash(one: Slot, other: Slot) -> bool:
        return one.project() is other.project() or other.project().idx in one.project().rivals

    pairs = factory.for_each_unique_pair(Slot, score.Joiners.equal(person))
    return pairs.filter(clash).penalize(_HARD).as_constraint("one project once, walls")


def _cover(factory: Any, weight: Any) -> Any:
    def person(slot: Slot) -> Person:
        return slot.person

    def earned(slot: Slot) -> int:
        return slot.earned()

    def is_covered(person: Person, earned: int) -> bool:
        return 0 < person.least_earned <= earned

    covered = _placed(factory).group_by(person, _SUM(earned)).filter(is_covered)
    return covered.reward(weight).as_constraint("coverage")


def _restore(factory: Any, weight: Any) -> Any:
    def weighted(slot: Slot) -> int:
        return slot.weighted()

    return _placed(factory).reward(weight, weighted).as_constraint("hours")


def _suit(factory: Any, weight: Any) -> Any:
    """Fit may be negative, so it is an impact either way."""

    def fit(slot: Slot) -> int:
        return slot.fit_score()

    return _placed(factory).impact(weight, fit).as_constraint("fit")


def _pay_switches(factory: Any, weight: Any, switch_cost: int) -> Any:
    def cost(_slot: Slot) -> int:
        return switch_cost

    return _placed(factory).penalize(weight, cost).as_constraint("switches")


_GOALS = {Tier.COVERAGE: _cover, Tier.HOURS: _restore, Tier.FIT: _suit}
