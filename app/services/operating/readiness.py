"""Whether this process can serve: the database answers, with a schema that suits this code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session


def find_hindrance(session: Session) -> str | None:
    """Return why no request should come here yet; None = let them come.

    A revision that this code does not know is of a newer release: migrations come first
    when machines are upgraded one by one, and the code of before goes on with them.
    """
    try:
        applied = session.scalar(text("SELECT version_num FROM alembic_version"))
    except OperationalError:
        return "the database does not answer"
    except ProgrammingError:
        return "the database has no schema"
    if applied in _list_earlier_revisions():
        return "migrations are missing"
    return None


@cache
def _list_earlier_revisions() -> frozenset[str | None]:
    """Return every revision below the latest one that comes with this code, and none at all."""
    scripts = ScriptDirectory(str(files("migrations")))
    revisions = {script.revision for script in scripts.walk_revisions()}
    return frozenset({None, *revisions} - {scripts.get_current_head()})
