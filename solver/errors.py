"""Errors of the optimiser, all under one root."""

from __future__ import annotations

from dataclasses import dataclass


class SolverError(Exception):
    """Root of every error that `solver` raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One fault in an input: where it is, what stands there, what was expected."""

    place: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: {self.value!r} found, {self.expected} expected"


class InvalidInput(SolverError):
    """An input breaks its contract; carries every problem found in one pass."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class UnknownScope(SolverError):
    """The pause names a project or client that the roster does not hold, or names nothing.

    what         "project" (by codename), "client", or "project of client"
    name         as it was given; "" when nothing was named
    suggestions  known names that look like it, the nearest first
    """

    def __init__(self, what: str, name: str, suggestions: tuple[str, ...] = ()) -> None:
        self.what = what
        self.name = name
        self.suggestions = suggestions
        if not name:
            message = "a pause names at least one project or a client"
        else:
            message = f"no {what} {name!r}"
        if suggestions:
            message += "; did you mean " + " or ".join(repr(text) for text in suggestions) + "?"
        super().__init__(message)


class PlanRejected(SolverError):
    """The independent checker refused a plan; it must not reach a person."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        self.violations = violations
        super().__init__("the checker refused the plan: " + "; ".join(violations))
