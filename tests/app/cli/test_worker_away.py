"""A real worker goes on by itself when its database has been away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import procrastinate
import psycopg

from app.database import Database
from tests.app.outage import away

_WAIT_S = 300
NOTICED = ("Side task listener failed", "the worker waits for the database")
"""The queue cannot connect again; or its connection ended in the midst of its registration."""

# A worker that has registered has its queue open; a job that is done is deleted.
TELL = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('told', TG_ARGV[0]); RETURN NULL; END $$;
CREATE TRIGGER tell_worker AFTER INSERT ON procrastinate_workers FOR EACH ROW
    EXECUTE FUNCTION tell('ready');
CREATE TRIGGER tell_job AFTER DELETE ON procrastinate_jobs FOR EACH ROW
    WHEN (OLD.queueing_lock = 'ours') EXECUTE FUNCTION tell('done');
"""


def listen(database: Database) -> psycopg.Connection:
    connection = psycopg.connect(database.conninfo, autocommit=True)
    connection.execute("LISTEN told")
    return connection


def wait_for(listener: psycopg.Connection, word: str) -> None:
    for notice in listener.notifies(timeout=_WAIT_S):
        if notice.payload == word:
            return
    raise AssertionError(f"nobody said {word}")


def enqueue(database: Database) -> None:
    queue = procrastinate.App(
        connector=procrastinate.SyncPsycopgConnector(conninfo=database.conninfo)
    )
    with queue.open():
        task = queue.configure_task("recover", queue="upkeep", queueing_lock="ours")
        task.defer(timestamp=0)


def test_worker_works_on_when_the_database_has_been_away(database: Database) -> None:
    """Check 29: neither the process nor a job is lost with a restart of the database."""
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(TELL)
    command = [sys.executable, "-m", "app.cli", "worker"]
    environment = {**os.environ, "DATABASE_URL": database.conninfo}
    with (
        listen(database) as listener,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as worker,
    ):
        assert worker.stdout is not None
        try:
            wait_for(listener, "ready")
            listener.close()
            with away(database):
                assert any(said in line for line in worker.stdout for said in NOTICED)
            with listen(database) as later:
                enqueue(database)
                wait_for(later, "done")
            assert worker.poll() is None
        finally:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(_WAIT_S) == 0
