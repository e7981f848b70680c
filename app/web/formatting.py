"""How numbers, money, dates and states read on a page; filters and globals of Jinja."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from flask import Flask

from app.exports.cell_safety import drop_direction_marks
from app.services import wording
from app.web.skill_words import name_skills

Number = int | float | Decimal

format_day = wording.format_day
format_moment = wording.format_moment
"""Messages, which know no page, write days and instants the same way."""

_SINGULARS: Mapping[str, str] = MappingProxyType({"people": "person", "policies": "policy"})

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"

_STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "open": ("Open", "good"),
        "paused": ("Paused", "warn"),
        "closed": ("Closed", ""),
        "resumed": ("Resumed", "good"),
        "terminated": ("Terminated", ""),
        "active": ("Active", "good"),
        "suspended": ("Paused", "warn"),
        "ended": ("Ended", ""),
        "inactive": ("Inactive", ""),
        "queued": ("Waiting for a worker", "info"),
        "running": ("Running", "info"),
        "succeeded": ("Ready", "good"),
        "failed": ("Failed", "bad"),
        "cancelled": ("Cancelled", ""),
        "proposed": ("Proposed", "info"),
        "approved": ("Approved", "good"),
        "published": ("Published", "good"),
        "rejected": ("Rejected", "bad"),
        "superseded": ("Superseded", ""),
        "claimed": ("To be confirmed", "info"),
        "confirmed": ("Confirmed", "good"),
        "refused": ("Not confirmed", ""),
        "pending": ("Not answered", "info"),
        "accepted": ("Accepted", "good"),
        "declined": ("Declined", ""),
        "expired": ("Expired", ""),
        "withdrawn": ("Withdrawn", ""),
        "stopped": ("Stopped", "warn"),
        "disabled": ("Disabled", ""),
        "submitted": ("Submitted", "info"),
        "locked": ("Locked", ""),
        "reopened": ("Reopened", "warn"),
        "to_match": ("Columns to match", "warn"),
        "to_mend": ("To be mended", "bad"),
        "ready": ("Ready to confirm", "info"),
        "writing": ("Being written", "info"),
        "imported": ("Imported", "good"),
    }
)
"""Status in the database -> word on the page and tone of its chip."""

REASON_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "security_breach": "Security breach",
        "contract_dispute": "Contract dispute",
        "funding": "Funding",
        "other": "Other",
    }
)

_ROLE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "ops_manager": "Ops manager",
        "contractor": "Contractor",
        "payroll": "Payroll",
        "admin": "Administrator",
        "auditor": "Auditor",
    }
)

_AMOUNT = re.compile(r"\b\d{4,}(?=\.\d\d\b)")
"""The whole units of an amount of money of four digits and more."""


def format_number(value: Number, places: int = 0) -> str:
    """Return `value` with thousands separators; `places` is the most decimals shown."""
    text = f"{value:,.{places}f}".replace("-", MINUS)
    return text.rstrip("0").rstrip(".") if places else text


def format_money(cents: int, currency: str = "", *, whole: bool = False) -> str:
    """Return an amount in cents as `1,234.50 USD`; `whole` rounds half up to units."""
    sign = MINUS if cents < 0 else ""
    units, rest = divmod(abs(cents), 100)
    text = f"{units + (rest >= 50):,}" if whole else f"{units:,}.{rest:02d}"
    return f"{sign}{text} {currency}".rstrip()


def format_share(part: float, whole: float) -> str:
    """Return a share in whole percent; only what is really all reads 100 %."""
    if whole <= 0:
        return NONE
    percent = 100 * part / whole
    return f"{int(percent) if percent > 99 else round(percent)} %"


def format_span(first: date, last: date) -> str:
    """Return two days and what lies between as `Mon 23 to Sun 29 Nov 2026`."""
    start = f"{first:%a} {first.day}"
    if (first.month, first.year) != (last.month, last.year):
        start += f" {first:%b}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {format_day(last)}"


def format_offset(hours: float | None) -> str:
    """Return an offset from UTC as `UTC+5:30`; None is UTC."""
    minutes = round(abs(hours or 0) * 60)
    if not minutes:
        return "UTC"
    sign = "+" if (hours or 0) > 0 else MINUS
    tail = f":{minutes % 60:02d}" if minutes % 60 else ""
    return f"UTC{sign}{minutes // 60}{tail}"


def format_duration(seconds: float) -> str:
    """Return a span as `8 s`, `2 min 5 s` or `1 h 3 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def get_status_word(status: str) -> str:
    """Return the word that a page shows for a status."""
    return _STATUSES.get(status, (status.replace("_", " ").capitalize(), ""))[0]


def get_status_tone(status: str) -> str:
    """Return the tone of a status chip: good, warn, bad, info or none."""
    return _STATUSES.get(status, ("", ""))[1]


def get_role_word(role: str) -> str:
    """Return a role's name as people say it."""
    return _ROLE_WORDS.get(role, role)


def make_sentence(text: str) -> str:
    """Return `text` with a capital first letter, a full stop and amounts as pages write them."""
    if not text:
        return ""
    text = _AMOUNT.sub(lambda found: f"{int(found[0]):,}", text)
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def pluralise(count: Number, one: str, many: str | None = None) -> str:
    """Return the count with its noun: `1 person`, `1,204 people`."""
    noun = one if count == 1 else (many or one + "s")
    return f"{format_number(count, 1)} {noun}"


def count_of(count: Number, nouns: str) -> str:
    """Return the count with a noun given in the plural: `1 pause`, `41 pauses`, `1 person`."""
    return pluralise(count, _SINGULARS.get(nouns, nouns.removesuffix("s")), nouns)


def finish_text(value: object) -> object:
    """Return a value as a page shows it: no name may turn round the words beside it."""
    return drop_direction_marks(value) if isinstance(value, str) else value


def init_formatting(app: Flask) -> None:
    """Register every filter and global of this module with Jinja."""
    app.jinja_env.finalize = finish_text
    app.jinja_env.filters.update(
        number=format_number,
        money=format_money,
        day=format_day,
        moment=format_moment,
        offset=format_offset,
        duration=format_duration,
        share=format_share,
        plural=pluralise,
        counted=count_of,
        sentence=make_sentence,
        role_word=get_role_word,
        skill_words=name_skills,
    )
    app.jinja_env.globals.update(
        span=format_span,
        status_word=get_status_word,
        status_tone=get_status_tone,
        role_word=get_role_word,
        reason_words=REASON_WORDS,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
