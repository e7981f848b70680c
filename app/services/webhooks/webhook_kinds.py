"""The kinds of events that webhooks tell of, and what each one says.

A kind is one entry of WEBHOOK_KINDS and one section of docs/webhooks.md. What it says are ids,
codenames, days and numbers: neither a client nor a person is named, and nothing that somebody
typed is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Data = Mapping[str, Any]
"""What an event says, by name; plain values that JSON has."""


@dataclass(frozen=True)
class WebhookKind:
    """One kind of event.

    code    as receivers get it, and as it is stored
    meaning when it is sent, for people
    fields  what it says; a list of things is followed by the fields of each: `items[id name]`
    """

    code: str
    meaning: str
    fields: tuple[str, ...]

    def check(self, data: Data) -> None:
        """Raise ValueError unless the data are the fields of the kind, no more and no less."""
        found = {self._describe(name, value) for name, value in data.items()}
        unlike = found ^ set(self.fields)
        if unlike:
            raise ValueError(f"{self.code}: {', '.join(sorted(unlike))} is missing or too much")

    def _describe(self, name: str, value: object) -> str:
        """Return what the field should be called in `fields`."""
        if not isinstance(value, list):
            return name
        if not value:
            return next((one for one in self.fields if one.startswith(f"{name}[")), name)
        return f"{name}[{' '.join(sorted({part for one in value for part in one}))}]"


_PROJECTS = "projects[codename project_id]"
_OFFERS = (
    "offers[codename contractor_id ends_on expires_at hours_per_week offer_id project_id starts_on]"
)
_OFFER = ("offer_id", "contractor_id", "project_id", "codename")

WEBHOOK_KINDS: Mapping[str, WebhookKind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            WebhookKind(
                "pause.opened",
                "Projects are paused.",
                ("pause_id", "effective_at", "review_by", "num_assignments", _PROJECTS),
            ),
            WebhookKind(
                "pause.extended",
                "A pause goes on, or takes late hours for longer.",
                ("pause_id", "review_by", "late_hours_until", _PROJECTS),
            ),
            WebhookKind("pause.resumed", "A pause is over.", ("pause_id", _PROJECTS)),
            WebhookKind(
                "pause.terminated",
                "A pause is over, and its work never comes back.",
                ("pause_id", _PROJECTS),
            ),
            WebhookKind(
                "access.removal_due",
                "People must lose access because of a pause.",
                ("pause_id", "items[contractor_id item_id kind name project_id]"),
            ),
            WebhookKind(
                "plan.ready",
                "A plan or a repair has been solved.",
                ("plan_run_id", "pause_id", "is_repair", "num_proposals"),
            ),
            WebhookKind(
                "offers.published",
                "Places are offered to contractors.",
                (_OFFERS,),
            ),
            WebhookKind("offer.accepted", "A contractor takes an offer.", _OFFER),
            WebhookKind("offer.declined", "A contractor turns an offer down.", _OFFER),
            WebhookKind("offer.undone", "A contractor takes an answer back.", _OFFER),
            WebhookKind(
                "batch.exported",
                "A pay period is exported.",
                (
                    "batch_id",
                    "number",
                    "period_id",
                    "period_starts_on",
                    "period_ends_on",
                    "num_lines",
                    "sha256",
                ),
            ),
        )
    }
)
"""Every kind there is, by its code; a test fails when one is missing from docs/webhooks.md."""
