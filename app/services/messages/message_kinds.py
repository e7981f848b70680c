"""The kinds of messages: what each one says, and the page that it leads to.

A kind is one entry of KINDS and one row of docs/messages.md; a fact that no kind had before is
one entry of _SHOW. Facts are codenames, numbers, days and instants. What people type is no
fact: a client's name may stand in it, and mail leaves the house.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter
from types import MappingProxyType
from typing import Any

from app.services.desk.pauses import title_codenames
from app.services.wording import format_day, format_moment

Facts = Mapping[str, Any]
"""Facts by name: texts, numbers, lists of texts, or None; days and instants in ISO form."""

_SHOW: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "answer_by": lambda value: format_moment(datetime.fromisoformat(value)),
        "batch_id": str,
        "by": str,
        "codename": str,
        "codenames": title_codenames,
        "contractor": str,
        "endpoint_id": str,
        "effective_at": lambda value: format_moment(datetime.fromisoformat(value)),
        "ended": title_codenames,
        "ends_on": lambda value: format_day(date.fromisoformat(value)),
        "hours_per_week": str,
        "hours_taken_back": str,
        "late_hours_until": lambda value: format_moment(datetime.fromisoformat(value)),
        "num_rows": lambda value: f"{value:,}",
        "offer_id": str,
        "other_hours": "; ".join,
        "pause_id": str,
        "plan_run_id": str,
        "returned": title_codenames,
        "review_by": lambda value: format_day(date.fromisoformat(value)),
        "starts_on": lambda value: format_day(date.fromisoformat(value)),
        "week": lambda value: format_day(date.fromisoformat(value)),
    }
)
"""Fact -> how it reads. A fact that is not here can't be told."""


@dataclass(frozen=True)
class MessageKind:
    """One kind of message.

    code     its name in the database
    subject  one line; the first that people read, also on a locked phone
    lines    sentences; one whose fact is missing or empty is left out
    path     of the page concerned; facts stand in it as they are
    to_staff whether it goes to accounts of staff, not to contractors
    """

    code: str
    subject: str
    lines: tuple[str, ...]
    path: str
    to_staff: bool = False

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that a message of this kind carries."""
        texts = (self.subject, *self.lines, self.path)
        return frozenset().union(*map(_list_fields, texts))


@dataclass(frozen=True)
class MessageText:
    """A message as people read it; `path` leads to the page concerned."""

    subject: str
    lines: tuple[str, ...]
    path: str


def _index(*kinds: MessageKind) -> Mapping[str, MessageKind]:
    return MappingProxyType({kind.code: kind for kind in kinds})


KINDS = _index(
    MessageKind(
        "work_paused",
        "Your work is paused: {codenames}",
        (
            "From {effective_at} on, no hours can be worked on {codenames}.",
            "Hours of before can still be entered, until {late_hours_until}.",
            "{hours_taken_back} hours entered for later have been taken back.",
            "We are looking for other work for you and will tell you as soon as there is some.",
        ),
        "/my/work",
    ),
    MessageKind(
        "work_resumed",
        "Your work goes on: {returned}",
        (
            "The pause is over. You can work again on {returned}.",
            "With other hours a week: {other_hours}.",
            "Your work has ended on {ended}.",
        ),
        "/my/work",
    ),
    MessageKind(
        "work_ended",
        "Your work has ended: {ended}",
        (
            "The pause is over, and your work has ended on {ended}.",
            "With other hours a week: {other_hours}.",
        ),
        "/my/work",
    ),
    MessageKind(
        "hours_changed",
        "Other hours a week: {other_hours}",
        ("From now on you work other hours a week: {other_hours}.",),
        "/my/work",
    ),
    MessageKind(
        "offer_made",
        "An offer: {codename}, {hours_per_week} hours a week",
        (
            "We offer you work on {codename}: {hours_per_week} hours a week from {starts_on} on.",
            "It ends on {ends_on}.",
            "Please answer until {answer_by}. Accepting and declining are both fine.",
        ),
        "/my/offers/{offer_id}",
    ),
    MessageKind(
        "offer_reminder",
        "Your offer of {codename} is open until {answer_by}",
        ("You have not answered yet. After {answer_by} the place goes to somebody else.",),
        "/my/offers/{offer_id}",
    ),
    MessageKind(
        "offer_expired",
        "The offer of {codename} has expired",
        ("It was open until {answer_by}. Nothing else changes for you.",),
        "/my/offers/{offer_id}",
    ),
    MessageKind(
        "offer_withdrawn",
        "The offer of {codename} has been withdrawn",
        ("The work on {codename} is not there any more. Nothing else changes for you.",),
        "/my/offers/{offer_id}",
    ),
    MessageKind(
        "hours_rejected",
        "Hours of the week of {week}: please look again",
        ("Your hours of the week of {week} were sent back; the page says why.",),
        "/my/hours?week={week}",
    ),
    MessageKind(
        "hours_reopened",
        "Hours of the week of {week} are open again",
        ("You can change your hours of the week of {week} and send them in again.",),
        "/my/hours?week={week}",
    ),
    MessageKind(
        "hours_missing",
        "Hours of the week of {week} are missing",
        ("You have not sent in your hours of the week of {week}.",),
        "/my/hours?week={week}",
    ),
    MessageKind(
        "offer_declined",
        "{contractor} does not take {codename}",
        ("The offer of {codename} to {contractor} was declined or has expired.",),
        "/ops/plans/{plan_run_id}/review",
        to_staff=True,
    ),
    MessageKind(
        "pause_review",
        "Review the pause of {codenames} by {review_by}",
        ("The pause of {codenames} is to be reviewed by {review_by}: extend it, or end it.",),
        "/ops/pauses/{pause_id}",
        to_staff=True,
    ),
    MessageKind(
        "approval_wanted",
        "{by} asks you to confirm {num_rows} decisions",
        ("A batch of {num_rows} proposals waits for somebody else than {by} to confirm it.",),
        "/ops/batches/{batch_id}",
        to_staff=True,
    ),
    MessageKind(
        "approval_given",
        "{by} has confirmed your {num_rows} decisions",
        ("Your batch of {num_rows} proposals has been confirmed and can be carried out.",),
        "/ops/batches/{batch_id}",
        to_staff=True,
    ),
    MessageKind(
        "plan_ready",
        "The plan for {codenames} is ready",
        ("The plan that you asked for is ready to be reviewed.",),
        "/ops/plans/{plan_run_id}",
        to_staff=True,
    ),
    MessageKind(
        "repair_ready",
        "A repair of the plan for {codenames} is ready",
        ("Offers were not taken; what is proposed in their place waits for approval.",),
        "/ops/plans/{plan_run_id}/review",
        to_staff=True,
    ),
    MessageKind(
        "webhook_disabled",
        "Webhook endpoint {endpoint_id} has been switched off",
        ("Endpoint {endpoint_id} has taken nothing for five days. What waits for it is kept.",),
        "/admin/webhooks/{endpoint_id}",
        to_staff=True,
    ),
    MessageKind(
        "plan_failed",
        "The plan for {codenames} has failed",
        ("The plan that you asked for has failed; its page says why.",),
        "/ops/plans/{plan_run_id}",
        to_staff=True,
    ),
)
"""Every kind there is, by its code; a test fails when one is missing from docs/messages.md."""


def write_message(kind: str, facts: Facts) -> MessageText:
    """Return the text of a message; raises KeyError for an unknown kind.

    A fact that its kind did not have yet when it was written reads as missing.
    """
    template = KINDS[kind]
    known = {name: facts.get(name) for name in template.facts}
    shown = {name: "" if _is_empty(value) else _SHOW[name](value) for name, value in known.items()}
    lines = tuple(
        line.format_map(shown)
        for line in template.lines
        if all(shown[name] for name in _list_fields(line))
    )
    return MessageText(template.subject.format_map(shown), lines, template.path.format_map(known))


def check_facts(kind: str, facts: Facts) -> None:
    """Raise ValueError unless the facts are those of the kind, none more and none less."""
    if set(facts) != KINDS[kind].facts:
        expected = ", ".join(sorted(KINDS[kind].facts))
        raise ValueError(f"{kind} takes the facts {expected}; {', '.join(sorted(facts))} found")


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], 0)


def _list_fields(line: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(line) if name}
