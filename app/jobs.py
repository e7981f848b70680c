"""The worker: takes jobs out of the queue and calls one service each."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import OperationalError

from app.beside import running_beside
from app.database import Database
from app.errors import Refused
from app.request_ids import REQUEST_ID, bind_request_id
from app.services.access.access import Actor
from app.services.access.denials import record_counts
from app.services.auditing.audit_chain import read_head
from app.services.drills.drilling import recover_drills, request_drill, run_drill
from app.services.imports.import_endings import expire_uploads
from app.services.imports.import_jobs import recover_imports, run_reading, run_writing
from app.services.job_queue import (
    DRILL_QUEUE,
    DRILL_TASK,
    IMPORT_QUEUE,
    IMPORT_READING_TASK,
    IMPORT_WRITING_TASK,
    LIMITS_TASK,
    PLAN_QUEUE,
    PLAN_TASK,
    RECALL_TASK,
    SCENARIO_TASK,
    close_dead_jobs,
)
from app.services.messages.mailing import run_mailer
from app.services.messages.smtp import MailServer
from app.services.offers.offer_endings import settle_offers
from app.services.offers.offer_reminding import remind_of_offers
from app.services.pauses.reminding import remind
from app.services.plans.child_processes import prepare_children
from app.services.plans.plan_limits import recover_limits, run_limits
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.repairing import request_repairs
from app.services.plans.solving import recover_runs, run_plan, run_recall, run_scenario
from app.services.webhooks.webhook_endpoints import WebhookRules
from app.services.webhooks.webhook_sending import run_sender

_SHUTDOWN_S = 1.0
"""How long a running job may go on after the worker is told to end."""

_AWAY_S = 1.0
"""How long a database that is away is left in peace."""

NIGHTLY = "30 2 * * *"
"""When every client is drilled, in UTC (cron)."""

HOURLY = "5 * * * *"
"""When pauses are called to mind whose review is near or over; once a day is enough for each."""

ANCHORING = "10 0 * * *"
"""When the head of the audit chain goes into the log, for hosts that take logs elsewhere."""

_WORKER = Actor.of_system("worker")

_log = structlog.get_logger(__name__)


async def _under_the_id_of_its_request(
    run: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, _worker: object
) -> Any:
    """Give the lines of a job the id of the request that asked for it; tasks know nothing of it."""
    request_id = context.job.task_kwargs.pop(REQUEST_ID, None)
    if isinstance(request_id, str):
        # For the rest of this job, its failure included: each has an asyncio task of its own.
        bind_request_id(request_id)
    return await run()


def build_worker_app(database: Database, limits: ChildLimits) -> procrastinate.App:
    """Return the queue with every task that a worker knows."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database.conninfo, min_size=1, max_size=4
        ),
        worker_defaults={"worker_middleware": [_under_the_id_of_its_request]},
    )

    # A plain function runs in a thread, so the worker's own heartbeat goes on meanwhile.
    @queue.task(name=PLAN_TASK, queue=PLAN_QUEUE, pass_context=True)
    def plan(context: procrastinate.JobContext, plan_run_id: int) -> None:
        _log.info("plan started", plan_run_id=plan_run_id)
        run_plan(database, plan_run_id, limits=limits, should_end=context.should_abort)
        _log.info("plan ended", plan_run_id=plan_run_id)

    @queue.task(name=RECALL_TASK, queue=PLAN_QUEUE, pass_context=True)
    def recall(context: procrastinate.JobContext, recall_id: int) -> None:
        run_recall(database, recall_id, limits=limits, should_end=context.should_abort)
        _log.info("recall ended", recall_id=recall_id)

    @queue.task(name=SCENARIO_TASK, queue=PLAN_QUEUE, pass_context=True)
    def scenario(context: procrastinate.JobContext, scenario_id: int) -> None:
        run_scenario(database, scenario_id, limits=limits, should_end=context.should_abort)
        _log.info("scenario ended", scenario_id=scenario_id)

    @queue.task(name=DRILL_TASK, queue=DRILL_QUEUE, pass_context=True)
    def drill(context: procrastinate.JobContext, result_id: int) -> None:
        run_drill(database, result_id, limits=limits, should_end=context.should_abort)
        _log.info("client drilled", result_id=result_id)

    @queue.task(name=LIMITS_TASK, queue=PLAN_QUEUE, pass_context=True)
    def limits_of_plan(context: procrastinate.JobContext, plan_run_id: int) -> None:
        run_limits(database, plan_run_id, limits=limits, should_end=context.should_abort)
        _log.info("limits found", plan_run_id=plan_run_id)

    @queue.periodic(cron=NIGHTLY)
    @queue.task(name="nightly_drill", queue="upkeep", queueing_lock="nightly_drill")
    def nightly_drill(timestamp: int) -> None:
        with database.session() as session, suppress(Refused):
            today = datetime.fromtimestamp(timestamp, UTC).date()
            drill_id = request_drill(session, actor=_WORKER, today=today)
            _log.info("nightly drill requested", drill_id=drill_id)

    @queue.periodic(cron=HOURLY)
    @queue.task(name="remind", queue="upkeep", queueing_lock="remind")
    def remind_of_reviews(timestamp: int) -> None:
        with database.session() as session:
            today = datetime.fromtimestamp(timestamp, UTC).date()
            num_new = remind(session, actor=_WORKER, today=today)
            _log.info("reminded of reviews", num_reminders=num_new)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="recover", queue="upkeep", queueing_lock="recover")
    def recover(timestamp: int) -> None:
        num_dead = _recover(database)
        if num_dead:
            _log.warning("took care of runs of dead workers", num_runs=num_dead, at=timestamp)

    _add_offer_tasks(queue, database)
    _add_import_tasks(queue, database, limits)
    _add_audit_task(queue, database)
    return queue


@contextmanager
def _sending(
    database: Database, mail: MailServer | None, hooks: WebhookRules | None
) -> Iterator[None]:
    """Send mail and webhooks beside the jobs: a plan takes minutes, and they do not wait for it."""
    with ExitStack() as stack:
        if mail is not None:
            stack.enter_context(running_beside("mail", partial(run_mailer, database, mail)))
        if hooks is not None:
            stack.enter_context(running_beside("webhooks", partial(run_sender, database, hooks)))
        yield


def _add_offer_tasks(queue: procrastinate.App, database: Database) -> None:
    @queue.periodic(cron="* * * * *")
    @queue.task(name="settle_offers", queue="upkeep", queueing_lock="settle_offers")
    def settle(timestamp: int) -> None:
        with database.session() as session:
            num_ended = settle_offers(session, actor=_WORKER)
            num_reminded = remind_of_offers(session, actor=_WORKER)
            run_ids = request_repairs(session, actor=_WORKER)
        if num_ended or num_reminded or run_ids:
            _log.info(
                "offers settled",
                num_ended=num_ended,
                num_reminded=num_reminded,
                repairs=run_ids,
                at=timestamp,
            )


def _add_audit_task(queue: procrastinate.App, database: Database) -> None:
    @queue.periodic(cron=ANCHORING)
    @queue.task(name="audit_head", queue="upkeep", queueing_lock="audit_head")
    def log_audit_head(timestamp: int) -> None:
        with database.session() as session:
            head = read_head(session)
        _log.info("audit head", sequence=head.sequence, hash=head.hash, at=timestamp)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="count_refusals", queue="upkeep", queueing_lock="count_refusals")
    def count_refusals(timestamp: int) -> None:
        with database.session() as session:
            num_people = record_counts(session, actor=_WORKER, now=datetime.now(UTC))
        if num_people:
            _log.warning("refused again and again", num_people=num_people, at=timestamp)


def _add_import_tasks(queue: procrastinate.App, database: Database, limits: ChildLimits) -> None:
    @queue.task(name=IMPORT_READING_TASK, queue=IMPORT_QUEUE, pass_context=True)
    def read_import(context: procrastinate.JobContext, upload_id: int) -> None:
        run_reading(database, upload_id, limits=limits, should_end=context.should_abort)
        _log.info("upload read", upload_id=upload_id)

    @queue.task(name=IMPORT_WRITING_TASK, queue=IMPORT_QUEUE)
    def write_import(upload_id: int) -> None:
        run_writing(database, upload_id)
        _log.info("import ended", upload_id=upload_id)

    @queue.periodic(cron=HOURLY)
    @queue.task(name="expire_imports", queue="upkeep", queueing_lock="expire_imports")
    def expire(timestamp: int) -> None:
        with database.session() as session:
            now = datetime.fromtimestamp(timestamp, UTC)
            num_expired = expire_uploads(session, actor=_WORKER, now=now)
        if num_expired:
            _log.info("uploads expired", num_uploads=num_expired)


def _recover(database: Database) -> int:
    """Take care of all that dead workers left; return how much there was."""
    runs = recover_runs(database) + recover_drills(database) + recover_limits(database)
    runs += recover_imports(database)
    with database.session() as session:
        return runs + close_dead_jobs(session)


def run_worker(
    database: Database,
    limits: ChildLimits,
    mail: MailServer | None = None,
    hooks: WebhookRules | None = None,
) -> None:
    """Work until SIGTERM or SIGINT; a plan being solved then goes back into the queue.

    A database that goes away is waited for; the plan that was being solved is taken up again.

    mail   where mail goes out, None = this worker sends none
    hooks  how webhooks are sent, None = this worker sends none
    """
    # A database that was never there is a wrong setting: that ends the worker at once.
    _recover(database)
    prepare_children()
    with _sending(database, mail, hooks):
        asyncio.run(_work(database, limits))


async def _work(database: Database, limits: ChildLimits) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        try:
            await _work_while_connected(database, limits, stop)
        except (ConnectorException, psycopg.OperationalError, OperationalError) as error:
            _log.warning("the worker waits for the database", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _AWAY_S)


async def _work_while_connected(
    database: Database, limits: ChildLimits, stop: asyncio.Event
) -> None:
    """Work until `stop` is set, or the queue has lost a connection."""
    await asyncio.to_thread(_recover, database)
    queue = build_worker_app(database, limits)
    async with queue.open_async():
        worker = asyncio.create_task(
            queue.run_worker_async(
                install_signal_handlers=False,
                shutdown_graceful_timeout=_SHUTDOWN_S,
                delete_jobs="successful",
                fetch_job_polling_interval=2.0,
            )
        )
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({worker, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        # Its polite end: jobs that run get _SHUTDOWN_S.
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
