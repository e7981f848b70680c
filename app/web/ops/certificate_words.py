"""A plan's certificate in plain words: what it reached, and how far any plan could go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.web.formatting import format_duration, format_number
from app.web.ops.certificate_chart import TierBar, build_bar
from app.web.ops.policy_words import TIER_TITLES, TIER_UNITS

HOUR_DAYS_PER_HOUR_WEEK = 5

STOP_WORDS = {
    "proved": "The search ended because nothing better exists.",
    "gap reached": "The search ended because it was close enough.",
    "nothing left to try": "The search ended because it found nothing more to try.",
    "time limit": "The search ended at its time limit.",
    "memory limit": "The search ended at its memory limit.",
    "stopped by a person": "The search was ended by hand.",
}


@dataclass(frozen=True)
class TierWords:
    """One goal of the certificate.

    bar      value, gap and bound as a picture
    gap      the share still open, "proved", or "" without a plan
    seconds  that the search spent on it
    """

    title: str
    unit: str
    value: str
    bound: str
    verdict: str
    why_stopped: str
    condition: str
    given_up: str
    gap: str
    seconds: str
    bar: TierBar


@dataclass(frozen=True)
class CertificateWords:
    """The whole certificate as a page says it."""

    lede: str
    restored: str
    tiers: tuple[TierWords, ...]
    checker: str
    is_checked: bool
    provenance: str


class Certified(Protocol):
    """What a plan run and a scenario have in common once they are solved."""

    @property
    def certificate(self) -> Mapping[str, Any] | None:
        """As the worker saved it; None until then."""

    @property
    def summary(self) -> Mapping[str, Any] | None:
        """As the worker saved it; None until then."""


def build_certificate_words(run: Certified) -> CertificateWords | None:
    """Return the certificate of a finished solve in words; None while it has none."""
    if run.certificate is None or run.summary is None:
        return None
    certificate, summary = run.certificate, run.summary
    verdict = certificate.get("checker")
    return CertificateWords(
        lede=_say_coverage(certificate, summary),
        restored=_say_hours(summary),
        tiers=tuple(
            _build_tier(tier, certificate["tiers"][:place])
            for place, tier in enumerate(certificate["tiers"])
        ),
        checker=_say_verdict(verdict),
        is_checked=verdict is not None and bool(verdict["ok"]),
        provenance=(
            f"Solved in {format_duration(certificate['wall_s'])}, seed {certificate['seed']}, "
            f"input {certificate['input_hash'][:19]}."
        ),
    )


def scale_tier(tier: str, value: int | float) -> float:
    """Return a tier's value in the unit of the pages: people, or hour-weeks for the others."""
    return value if tier == "coverage" else value / HOUR_DAYS_PER_HOUR_WEEK


def _say_coverage(certificate: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    tier = next(tier for tier in certificate["tiers"] if tier["name"] == "coverage")
    planned = summary["num_affected"] - summary["num_away"]
    bound = min(tier["bound"], planned)
    if tier["value"] is None:
        return (
            f"No plan was found in time. No plan can let more than {format_number(bound)} of "
            f"{format_number(planned)} people keep their floor."
        )
    kept = (
        f"{format_number(tier['value'])} of {format_number(planned)} people keep at least "
        "their floor of weekly hours."
    )
    if bound <= tier["value"]:
        return f"{kept} No plan can do better."
    return f"{kept} No plan can do better than {format_number(bound)}."


def _say_hours(summary: Mapping[str, Any]) -> str:
    lost = summary["lost_hour_weeks"]
    restored = summary["restored_hour_weeks"]
    share = f" ({int(100 * restored / lost)} %)" if lost else ""
    away = summary["num_away"]
    text = (
        f"{format_number(restored)} of {format_number(lost)} lost hour-weeks are restored{share}."
    )
    if away:
        verb = "person is" if away == 1 else "people are"
        text += f" {format_number(away)} more {verb} on leave throughout and not planned."
    return text


def _build_tier(tier: Mapping[str, Any], earlier: list[Mapping[str, Any]]) -> TierWords:
    name, value, bound = tier["name"], tier["value"], tier["bound"]
    return TierWords(
        title=TIER_TITLES[name],
        unit=TIER_UNITS[name],
        value="none" if value is None else format_number(math.floor(scale_tier(name, value))),
        bound=format_number(math.ceil(scale_tier(name, bound))),
        verdict=_say_gap(tier),
        why_stopped=STOP_WORDS.get(tier["stop_reason"], ""),
        condition=_say_condition(tier, earlier),
        given_up=_say_given_up(tier),
        gap="" if tier["gap"] is None else say_share(tier["gap"]) if tier["gap"] > 0 else "proved",
        seconds=format_duration(tier["wall_s"]) if "wall_s" in tier else "",
        bar=build_bar(value, tier.get("reached"), bound),
    )


def _say_gap(tier: Mapping[str, Any]) -> str:
    gap = tier["gap"]
    if gap is None:
        return "No plan was found in time."
    if gap <= 0:
        return "Proved: no plan does better."
    return f"Within {say_share(gap)} of what any plan could reach."


def say_share(share: float) -> str:
    """Return a share as `1.25 %`; a very small one as `less than 0.01 %`."""
    return f"{'less than 0.01' if 0 < share < 0.0001 else format_number(100 * share, 2)} %"


def _say_given_up(tier: Mapping[str, Any]) -> str:
    """Tell what the goals below were given by the policy's tolerance."""
    value, reached = tier["value"], tier.get("reached")
    if value is None or reached is None or reached <= value:
        return ""
    given = format_number(math.ceil(scale_tier(tier["name"], reached - value)))
    best = format_number(math.floor(scale_tier(tier["name"], reached)))
    return f"{best} was reached; the policy let {given} of it go for the goals below."


def _say_condition(tier: Mapping[str, Any], earlier: list[Mapping[str, Any]]) -> str:
    unproved = [before["name"] for before in earlier if before["gap"] != 0]
    if not tier["conditional"] or not unproved:
        return ""
    names = " and ".join(TIER_TITLES[name].lower() for name in unproved)
    return (
        f"Holds for plans that keep what was reached for {names}, which is not proved best: "
        "a plan better there could score otherwise here."
    )


def _say_verdict(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "There was no plan to check."
    if verdict["ok"]:
        return (
            "A second program, which shares no code with the optimiser, checked every rule and "
            "recomputed every number above: all hold."
        )
    return "The independent checker found a broken rule; this plan must not be used."
