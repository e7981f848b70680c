"""Why contractors decline, as they choose it and as the ops desk reads it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DECLINE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "hours": "The hours don't suit me",
        "rate": "The rate is too low",
        "dates": "The dates don't suit me",
        "work": "It is not my kind of work",
        "other_work": "I have other work",
        "personal": "Personal reasons",
        "other": "Something else",
    }
)
