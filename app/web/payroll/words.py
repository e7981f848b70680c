"""What stands in the way of an export, in sentences with people and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.exports.payroll_manifest import ControlTotal
from app.services.payroll.payroll_readiness import MoneyOfPeople, Readiness
from app.web.formatting import format_money, pluralise
from app.web.list_columns import to_units


@dataclass(frozen=True)
class ReadinessLine:
    """A sentence of the report; `kind` names the rows behind it, `tone` how much it matters."""

    kind: str
    tone: str
    sentence: str


def describe_readiness(readiness: Readiness) -> list[ReadinessLine]:
    """Return the report, what blocks first."""
    lines = []
    if readiness.without_id:
        who = _say_people(readiness.without_id, "lacks", "lack")
        lines.append(
            ReadinessLine(
                "no_id",
                "bad",
                f"{who} a usable payroll id, with {_say_money(readiness.without_id)} to pay: "
                "nothing can be exported before.",
            )
        )
    if readiness.unapproved:
        who = _say_people(readiness.unapproved, "has", "have")
        lines.append(
            ReadinessLine(
                "unapproved",
                "warn",
                f"{who} unapproved hours worth {_say_money(readiness.unapproved)}: "
                "the next export leaves them out.",
            )
        )
    if readiness.adjustments:
        num_lines = sum(money.num_lines for money in readiness.adjustments)
        verb = "adjusts" if num_lines == 1 else "adjust"
        lines.append(
            ReadinessLine(
                "adjustments",
                "info",
                f"{pluralise(num_lines, 'line')} {verb} what was paid before, "
                f"by {_say_money(readiness.adjustments)}.",
            )
        )
    if readiness.due:
        who = _say_people(readiness.due, "is", "are")
        lines.append(ReadinessLine("due", "good", f"{who} due {_say_money(readiness.due)} in all."))
    return lines


def describe_totals(totals: Sequence[ControlTotal]) -> str:
    """Return the sums of a batch in one cell: `2280.32 EUR for 63.00 h; ...`."""
    return "; ".join(
        f"{to_units(total.amount_cents)} {total.currency} for {total.hours} h" for total in totals
    )


def _say_people(sums: Sequence[MoneyOfPeople], one: str, many: str) -> str:
    count = sum(money.num_people for money in sums)
    return f"{pluralise(count, 'person', 'people')} {one if count == 1 else many}"


def _say_money(sums: Sequence[MoneyOfPeople]) -> str:
    return " and ".join(format_money(money.amount_cents, money.currency) for money in sums)
