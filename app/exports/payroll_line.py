"""The line of pay that every payroll format renders, whatever the receiver calls its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class HoursKind(StrEnum):
    """A kind of hours; each receiver has a pay code of its own for it."""

    REGULAR = "regular"
    OVERTIME = "overtime"


@dataclass(frozen=True)
class PayrollLine:
    """Hours of one contractor on one project, of one kind, at one rate, in one pay period.

    A batch holds a line once. Its amount is the one that the ledger rounded: a format writes it
    as it is and never works out its own.

    number          place of the line in its batch, from 1, without gaps
    contractor_id   our id; files for receivers use `payroll_id`
    payroll_id      the receiver's id of the contractor; safe in a file as it is
    contractor      name, for people to read
    project_code    codename
    starts_on, ends_on  the pay period that the hours belong to, both days included; for an
                    adjustment the earlier period that it corrects
    hours           at most two decimals; negative where an adjustment takes hours back
    rate_cents      per hour, in `currency`, as of the days that were worked
    amount_cents    negative where an adjustment takes money back
    is_adjustment   against hours that an earlier batch holds, or a period that is closed
    """

    number: int
    contractor_id: str
    payroll_id: str
    contractor: str
    project_code: str
    hours_kind: HoursKind
    starts_on: date
    ends_on: date
    hours: Decimal
    rate_cents: int
    amount_cents: int
    currency: str
    is_adjustment: bool = False


@dataclass(frozen=True)
class PayrollBatch:
    """What a file says of the batch as a whole.

    number    of the batch, from 1, without gaps
    starts_on, ends_on  the pay period that the batch pays, both days included
    """

    number: int
    starts_on: date
    ends_on: date
