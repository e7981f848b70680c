"""What a format makes of the first lines of the latest batch, or of invented ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exports.payroll_formats.cells import UnusableLines
from app.exports.payroll_formats.column_map import read_map
from app.exports.payroll_line import HoursKind, PayrollBatch, PayrollLine
from app.models import ExportBatch
from app.services.payroll.batch_files import build_parts
from app.services.payroll.batch_lines import build_batch, stream_lines
from app.services.payroll.receiver_formats import COLUMNS

NUM_LINES = 5

_BATCH = PayrollBatch(7, date(2026, 11, 16), date(2026, 11, 29))
_LINE = PayrollLine(
    number=1,
    contractor_id="C001",
    payroll_id="004211",
    contractor="Ada Mae Brandt",
    project_code="Larkspur",
    hours_kind=HoursKind.REGULAR,
    starts_on=_BATCH.starts_on,
    ends_on=_BATCH.ends_on,
    hours=Decimal("38.50"),
    rate_cents=4250,
    amount_cents=163_625,
    currency="USD",
)
_LINES = (
    _LINE,
    replace(_LINE, number=2, payroll_id="004212", contractor="Bo Lindqvist", hours=Decimal(20),
            amount_cents=85_000),
    replace(_LINE, number=3, hours=Decimal("-1.50"), amount_cents=-6375, is_adjustment=True),
)  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """The first lines of a file as text.

    batch_number  of the batch whose lines they are; None for invented ones
    refusal       why the receiver could not take them; `text` is then blank
    """

    batch_number: int | None
    text: str
    refusal: str = ""


def build_preview(
    session: Session, kind: str, settings: Mapping[str, Any], *, with_real_lines: bool
) -> Preview:
    """Return how a file of these settings would begin."""
    latest = select(ExportBatch).order_by(ExportBatch.number.desc()).limit(1)
    batch = session.scalars(latest).first() if with_real_lines else None
    if batch is not None:
        lines = tuple(stream_lines(session, batch.id, limit=NUM_LINES))
        if lines:
            return _write_preview(kind, settings, build_batch(batch), lines, batch.number)
    return _write_preview(kind, settings, _BATCH, _LINES, None)


def _write_preview(
    kind: str,
    settings: Mapping[str, Any],
    batch: PayrollBatch,
    lines: Sequence[PayrollLine],
    number: int | None,
) -> Preview:
    own = [line for line in lines if line.currency == lines[0].currency]
    try:
        content = b"".join(build_parts(kind, settings, batch, own))
    except UnusableLines as error:
        return Preview(number, "", str(error))
    encoding = read_map(settings).encoding if kind == COLUMNS else "utf-8"
    return Preview(number, content.decode(encoding).removeprefix("\ufeff"))
