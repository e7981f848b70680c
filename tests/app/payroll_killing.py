"""A program that exports a pay period and is killed before each of its statements in turn.

    python -m tests.app.payroll_killing DATABASE_URL PERIOD_ID

Every try is a process of its own that ends by SIGKILL, as by `kill -9`; the last one gets
through. After each try it writes the number of batches.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event, text

from app.database import Database
from app.services.payroll_export import export_period
from tests.app.world import SYSTEM


def export_until(url: str, period_id: int, last: int) -> None:
    """Export, and be killed before statement number `last`, the COMMIT included."""
    database = Database(url)
    seen = count()

    def die_at_last(*_arguments: Any) -> None:
        if next(seen) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", die_at_last)
    event.listen(database.engine, "commit", die_at_last)
    with database.session() as session:
        export_period(session, actor=SYSTEM, period_id=period_id, idempotency_key="the key")
    os._exit(0)


def count_batches(url: str) -> int:
    """Return how many batches others can see."""
    database = Database(url)
    with database.session() as session:
        number: int = session.execute(text("SELECT count(*) FROM export_batches")).scalar_one()
    database.dispose()
    return number


def main(url: str, period_id: int) -> None:
    """Try until an export lives to its end."""
    for last in count():
        child = os.fork()
        if child == 0:
            export_until(url, period_id, last)
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"{count_batches(url)}\n")
        sys.stdout.flush()
        if os.WIFEXITED(status):
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
