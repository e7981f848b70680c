"""Rules on pay: currency, the contractor's least rate, the largest cut.

All amounts are cents of the contractor's currency: a project in another one is
already refused by the rule `currency`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from solver.bitsets import Lookup, look_up_reach, look_up_value, pack
from solver.columns import read_whole
from solver.instance import BoolArray, IntArray
from solver.rules.context import NO_RATE, RuleContext
from solver.rules.rule import LookupRule

_CENTS_PER_UNIT = 100


def format_money(cents: int) -> str:
    """Return cents as an amount with two decimals."""
    return f"{cents // _CENTS_PER_UNIT}.{cents % _CENTS_PER_UNIT:02d}"


def build_currency(context: RuleContext) -> LookupRule:
    """Return: the project pays in the contractor's currency."""
    held = context.people["currency"].tolist()
    paid = context.projects["currency"].to_numpy(dtype=object)

    def accept(currency: str) -> BoolArray:
        return np.asarray(paid == currency, dtype=np.bool_)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        return (
            f"paid in {held[contractor_idx]}, the project pays in {paid[project_idx]}",
            f"pay {held[contractor_idx]} on {context.get_codename(project_idx)}",
        )

    return LookupRule(
        "currency",
        "the project pays in another currency",
        look_up_value(held, accept, context.num_projects),
        describe,
    )


def build_min_pay(context: RuleContext) -> LookupRule:
    """Return: the new rate reaches the contractor's min_pay_rate; a blank one asks nothing."""
    return _build_pay_rule(
        context,
        "min_pay",
        "the new rate is below the contractor's least rate",
        _read_least(context),
        "the contractor's least",
    )


def build_pay_cut(context: RuleContext) -> LookupRule:
    """Return: the new rate is at least (1 - max_pay_cut) x the lost rate, exactly."""
    return _build_pay_rule(
        context,
        "pay_cut",
        "the new rate is too far below the lost one",
        _compute_kept(context),
        f"a cut of {float(_read_cut(context) * 100):g} % at most",
    )


def compute_enough_rate(context: RuleContext) -> IntArray:
    """int64[C], cents per hour: the least rate that both rules on pay accept."""
    return np.maximum(_read_least(context), _compute_kept(context))


def _read_cut(context: RuleContext) -> Fraction:
    # The text of a float is the decimal that was written: 0.2 is 1/5, not 0.2000000000000000111.
    return Fraction(str(context.request.policy.max_pay_cut))


def _read_least(context: RuleContext) -> IntArray:
    """int64[C], cents per hour: the contractor's min_pay_rate, 0 where blank."""
    return read_whole(context.people["min_pay_rate_cents"], 0)


def _compute_kept(context: RuleContext) -> IntArray:
    """int64[C], cents per hour: what the policy keeps of the lost rate.

    Rates are whole cents, so the limit may be rounded up to one.
    """
    kept = 1 - _read_cut(context)
    affected = context.affected
    asked = [
        -(-kept.numerator * cents // (kept.denominator * hours))
        for cents, hours in zip(
            affected.paid_cents.tolist(), affected.paid_hours.tolist(), strict=True
        )
    ]
    return np.array(asked, dtype=np.int64)


def _build_pay_rule(
    context: RuleContext, code: str, sentence: str, asked: IntArray, why: str
) -> LookupRule:
    """Return: the new rate reaches asked[C] cents per hour.

    The unlock names a rate that satisfies both rules on pay: half a raise unlocks nothing.
    """
    enough = compute_enough_rate(context)

    def describe(contractor_idx: int, project_idx: int) -> tuple[str, str]:
        offered = format_money(context.get_new_rate(contractor_idx, project_idx))
        least, raised = asked[contractor_idx], enough[contractor_idx]
        codename, currency = context.get_codename(project_idx), context.get_currency(project_idx)
        return (
            f"{offered} an hour offered, {format_money(int(least))} needed ({why})",
            f"pay {format_money(int(raised))} {currency} an hour on {codename}, {offered} now",
        )

    return LookupRule(code, sentence, _look_up_rate(context, asked), describe)


def _look_up_rate(context: RuleContext, asked: IntArray) -> Lookup:
    """Return the lookup of new rate >= asked[C].

    The second half of the table adds the projects that pay the contractor's own rate,
    for those whose own rate reaches what they ask.
    """
    pays_own = context.project_rate == NO_RATE
    by_rate = look_up_reach(-asked, -context.project_rate)
    table = by_rate.table & ~pack(pays_own)
    num_rows = np.int32(len(table))
    row = by_rate.row + num_rows * (context.own_rate >= asked)
    return Lookup(np.concatenate([table, table | pack(pays_own)]), row.astype(np.int32))
