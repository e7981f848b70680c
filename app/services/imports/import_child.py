"""The process that reads an upload: it is held to its memory, whatever the files hold."""

from __future__ import annotations

from multiprocessing.connection import Connection

from app.database import Database
from app.services.imports.import_reading import read_upload
from app.services.plans.child_limits import Failed, limit_child

SECONDS = 300.0


def read_in_child(
    max_unpacked_bytes: int, database_url: str, upload_id: int, memory_mb: int, pipe: Connection
) -> None:
    """Read an upload and send `ReadingFigures` or `Failed` through `pipe`."""
    limit_child(memory_mb, pipe)
    database = Database(database_url)
    try:
        pipe.send(read_upload(database, upload_id, max_unpacked_bytes=max_unpacked_bytes))
    except MemoryError:
        pipe.send(
            Failed(f"The files need more than the {memory_mb} MB of memory that reading may take.")
        )
    finally:
        database.dispose()
