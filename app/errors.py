"""Domain errors of the application, all under one root; none of them knows HTTP.

Bad files and bad solver input raise `solver.errors.InvalidInput`, which carries every
problem of one pass. What is below is raised by services on behalf of one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from solver.errors import Problem


class AppError(Exception):
    """Root of every error that `app` raises on purpose; its text is fit for a person."""


class ConfigurationError(AppError):
    """Settings are missing or unusable, so nothing starts; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class InvalidValue(AppError):
    """One value of a request breaks its contract."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        super().__init__(f"{field}: {value!r} found, {expected} expected")


class NotFound(AppError):
    """There is no such thing, or the actor may not know of it: both read the same."""

    def __init__(self, kind: str, subject_id: object) -> None:
        self.kind = kind
        self.subject_id = subject_id
        super().__init__(f"no {kind} {subject_id}")


class Forbidden(AppError):
    """The actor's roles do not carry the permission."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"this needs the permission {permission}")


class Refused(AppError):
    """A rule of the field says no; `code` names the rule, `sentence` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True)
class WallBreach:
    """Work that would cross a wall.

    first_day   of the days that would be added
    other_id    the assignment on the other side of the wall
    free_after  last day of the cooling-off; None while the other work has no end
    """

    assignment_id: str
    first_day: date
    other_id: str
    free_after: date | None


class WallBreached(Refused):
    """The database refused work across a wall; nothing was changed."""

    def __init__(self, breaches: tuple[WallBreach, ...]) -> None:
        self.breaches = breaches
        super().__init__(
            "wall",
            "Somebody would work for a client whose competitor's data they know, within the "
            "cooling-off. A wall is never overridden.",
        )


class Stale(AppError):
    """Someone else changed it since the actor saw it."""

    def __init__(self, kind: str, subject_id: object, sentence: str) -> None:
        self.kind = kind
        self.subject_id = subject_id
        self.sentence = sentence
        super().__init__(sentence)


class Busy(AppError):
    """Others were changing the same rows, time and again; nothing was changed."""

    sentence = "Others were changing the same things at that moment. Try again."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class SchemaNewer(AppError):
    """The database was brought to a schema that this release does not know."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__(
            f"the database has the schema {revision} of a newer release, which this one does not "
            "know: run that release"
        )


class SchemaBusy(AppError):
    """A table was not free for an upgrade of the schema within the seconds; nothing was changed."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(
            f"a backup, an import or another long statement has kept a table for {wait_s} seconds; "
            "nothing was changed: try again once it is done"
        )
