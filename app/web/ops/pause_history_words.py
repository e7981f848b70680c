"""The history of a pause in words: a line for each event, without a client's name or id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from app.services.desk.pause_history import HistoryEvent
from app.web.formatting import format_day, format_moment, pluralise


@dataclass(frozen=True)
class HistoryLine:
    """One line: when, who, what, and a detail that may be blank."""

    at: datetime
    actor: str
    title: str
    detail: str


def describe_history(events: Sequence[HistoryEvent]) -> list[HistoryLine]:
    """Return a line for each event that has words; others stay in the audit trail."""
    return [
        HistoryLine(event.at, event.actor, *_WORDS[event.action](event))
        for event in events
        if event.action in _WORDS
    ]


Words = Callable[[HistoryEvent], tuple[str, str]]


def _say(title: str) -> Words:
    return lambda _event: (title, "")


def _count(event: HistoryEvent, name: str, one: str, many: str | None = None) -> str:
    number = int(event.after.get(name) or 0)
    return pluralise(number, one, many) if number else ""


def _count_people(title: str) -> Words:
    return lambda event: (title, _count(event, "people", "person", "people"))


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _quote(event: HistoryEvent) -> str:
    comment = event.after.get("comment")
    return f"“{comment}”" if comment else ""


def _describe_opened(event: HistoryEvent) -> tuple[str, str]:
    people = event.after.get("people")
    detail = _join(
        f"{_count(event, 'assignments_suspended', 'assignment') or 'no assignment'} stopped",
        _count(
            event, "hours_entries_removed", "hours entry taken back", "hours entries taken back"
        ),
        _count(event, "hours_entries_cut", "hours entry cut", "hours entries cut"),
    )
    part = "" if people is None else f" for {pluralise(int(people), 'person', 'people')}"
    return f"Paused{part}", detail


def _describe_extended(event: HistoryEvent) -> tuple[str, str]:
    day = date.fromisoformat(str(event.after["review_by"]))
    until = event.after.get("late_hours_until")
    changed = until != event.before.get("late_hours_until")
    cut_off = ""
    if changed:
        moment = format_moment(datetime.fromisoformat(until)) if until else ""
        cut_off = f"late hours until {moment}" if until else "late hours without an end"
    return f"Extended, to be reviewed by {format_day(day)}", _join(cut_off, _quote(event))


def _describe_resumed(event: HistoryEvent) -> tuple[str, str]:
    title = "Resumed by a recall plan" if event.after.get("recall_id") else "Resumed"
    return title, _join(
        f"{_count(event, 'assignments_restored', 'assignment') or 'no assignment'} active again",
        _count(event, "assignments_ended", "ended", "ended"),
        _count(event, "places_left", "place elsewhere left", "places elsewhere left"),
        _count(event, "assignments_handed_over", "left to another pause", "left to another pause"),
    )


def _describe_terminated(event: HistoryEvent) -> tuple[str, str]:
    ended = _count(event, "assignments_ended", "assignment") or "no assignment"
    return "Terminated", _join(f"{ended} ended for good", _quote(event))


def _describe_reminder(event: HistoryEvent) -> tuple[str, str]:
    day = format_day(date.fromisoformat(str(event.after["review_by"])))
    titles = {
        "soon": f"Reminder: to be reviewed by {day}",
        "due": "Reminder: to be reviewed today",
        "overdue": f"Reminder: the review of {day} is overdue",
    }
    return titles[str(event.after["stage"])], ""


def _describe_access(event: HistoryEvent) -> tuple[str, str]:
    removed = event.action.endswith("removed")
    title = "Access marked as removed" if removed else "Access marked as not removed"
    return title, pluralise(int(event.after["items"]), "item")


def _describe_saved(event: HistoryEvent) -> tuple[str, str]:
    proposals = _count(event, "proposals", "proposal") or "no proposal"
    return f"Plan {event.subject_id} ready", _join(
        proposals, _count(event, "unplaced", "person left short", "people left short")
    )


def _describe_failed(event: HistoryEvent) -> tuple[str, str]:
    return f"Plan {event.subject_id} failed", str(event.after.get("error") or "")


def _describe_ending(event: HistoryEvent) -> tuple[str, str]:
    """What waits for a worker ends at once, what runs ends soon after."""
    what = f"Plan {event.subject_id}" if event.action.startswith("plan.") else "Recall plan"
    is_over = event.after.get("status") == "cancelled"
    return f"{what} cancelled" if is_over else f"{what} asked to end", ""


_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "pause.opened": _describe_opened,
        "pause.extended": _describe_extended,
        "pause.resumed": _describe_resumed,
        "pause.terminated": _describe_terminated,
        "pause.reminded": _describe_reminder,
        "access.removed": _describe_access,
        "access.kept": _describe_access,
        "recall.requested": _say("Recall plan asked for"),
        "recall.left_out": _count_people("Left out of the recall"),
        "recall.chosen": _count_people("Put back into the recall"),
        "recall.saved": _say("Recall plan ready"),
        "recall.stop_requested": _describe_ending,
        "recall.cancel_requested": _describe_ending,
        "recall.cancelled": _say("Recall plan cancelled"),
        "recall.failed": lambda event: ("Recall plan failed", str(event.after.get("error") or "")),
        "plan.requested": lambda event: (f"Plan {event.subject_id} asked for", ""),
        "plan.saved": _describe_saved,
        "plan.failed": _describe_failed,
        "plan.stop_requested": _describe_ending,
        "plan.cancel_requested": _describe_ending,
        "plan.cancelled": lambda event: (f"Plan {event.subject_id} cancelled", ""),
        "proposals.approved": lambda event: (
            f"{pluralise(event.num, 'proposal')} of plan {event.subject_id} approved",
            "",
        ),
        "proposals.rejected": lambda event: (
            f"{pluralise(event.num, 'proposal')} of plan {event.subject_id} rejected",
            "",
        ),
    }
)
