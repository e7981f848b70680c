"""The connection: what a failed statement tells, and to whom."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


def test_failed_statement_keeps_its_values_to_itself_bug(session: Session) -> None:
    """The log had shown a pause's comment, and with it the client."""
    with pytest.raises(DBAPIError) as raised:
        session.execute(text("SELECT 1 / 0, :comment"), {"comment": "CANARY called at nine"})
    assert "CANARY" not in str(raised.value)
