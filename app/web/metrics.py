"""`/metrics`: how this process and the installation stand, for Prometheus.

Only for whoever has the token of `REDEPLOY_METRICS_TOKEN`: the proxy in front of the pages is
on this machine too, so an address would tell nothing. No label holds an id or a name.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool
from sqlalchemy.exc import OperationalError

from app.config import Settings
from app.services.operating.operating_figures import OperatingFigures, read_operating_figures
from app.web.guard import Audience, permit
from app.web.request_log import describe_route, measure_duration_s
from app.web.sessions import open_own_session

_EXTENSION = "redeploy.metrics"
_COUNTER = "redeploy.metrics.count"
_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

blueprint = Blueprint("metrics", __name__)


class _Installation(Collector):
    """What the database tells when somebody asks; every web process tells the same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with open_own_session() as session:
            engine = session.get_bind()
            if isinstance(engine, Engine) and isinstance(engine.pool, QueuePool):
                yield _gauge(
                    "redeploy_database_connections",
                    "Connections of this process by state.",
                    [(["in_use"], engine.pool.checkedout()), (["idle"], engine.pool.checkedin())],
                    "state",
                )
            try:
                figures = read_operating_figures(session)
            except OperationalError:
                figures = None
        is_up = float(figures is not None)
        yield _gauge("redeploy_database_up", "1 when the database answers.", [([], is_up)])
        if figures is not None:
            yield from _tell(figures)


def init_metrics(app: Flask) -> None:
    """Count the requests of `app` from now on."""
    registry = CollectorRegistry()
    durations = Histogram(
        "redeploy_request_seconds",
        "Requests by method, route and status.",
        ("method", "route", "status"),
        buckets=_BUCKETS_S,
        registry=registry,
    )
    ProcessCollector(registry=registry)
    app.extensions[_EXTENSION] = registry

    def count(response: Response) -> Response:
        method = request.method if request.method in _METHODS else "other"
        labels = (method, describe_route(), str(response.status_code))
        durations.labels(*labels).observe(measure_duration_s())
        return response

    app.extensions[_COUNTER] = count
    app.after_request(count)


def count_beside(app: Flask, other: Flask) -> None:
    """Count the requests of `other`, an application beside `app`, together with those of `app`."""
    other.after_request(app.extensions[_COUNTER])


@blueprint.get("/metrics")
@permit(Audience.EVERYONE)
def metrics() -> ResponseReturnValue:
    """Answer with the metrics; 404 when no token is set, 401 without it."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    if not settings.metrics_token:
        abort(404)
    expected = f"Bearer {settings.metrics_token}".encode()
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, expected):
        return {"status": "the token of the metrics is needed"}, 401, {"WWW-Authenticate": "Bearer"}
    registry: CollectorRegistry = current_app.extensions[_EXTENSION]
    installation = CollectorRegistry()
    installation.register(_Installation())
    body = generate_latest(registry) + generate_latest(installation)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _tell(figures: OperatingFigures) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "redeploy_jobs",
        "Jobs of workers by queue and status.",
        figures.num_jobs.items(),
        "queue",
        "status",
    )
    yield _gauge(
        "redeploy_oldest_job_seconds",
        "How long the longest waiting job has waited; 0 = none waits.",
        [([], figures.oldest_job_s)],
    )
    runs = [([status], count) for status, count in figures.num_plan_runs.items()]
    yield _gauge("redeploy_plan_runs", "Plans by status, since ever.", runs, "status")
    gap = figures.plan_gap
    yield _gauge("redeploy_plan_gap_ratio", "Widest gap of the newest plan.", [([], gap)])
    yield from _tell_outboxes(figures)
    events, age_s = figures.num_audited, figures.audit_age_s
    yield _gauge("redeploy_audit_events", "Events in the audit chain.", [([], events)])
    yield _gauge("redeploy_audit_age_seconds", "Since the last of them.", [([], age_s)])
    workers = figures.num_workers
    yield _gauge("redeploy_workers", "Workers with a recent heartbeat.", [([], workers)])


def _tell_outboxes(figures: OperatingFigures) -> Iterator[GaugeMetricFamily]:
    mails = [([status], count) for status, count in figures.num_mails.items()]
    yield _gauge("redeploy_mails", "Mails that are not sent, by status.", mails, "status")
    hooks = [([status], count) for status, count in figures.num_deliveries.items()]
    yield _gauge("redeploy_webhooks", "Webhooks that have not arrived, by status.", hooks, "status")
    yield _gauge(
        "redeploy_oldest_unsent_seconds",
        "How long the oldest of an outbox has waited; 0 = none waits.",
        [([outbox], age_s) for outbox, age_s in figures.oldest_unsent_s.items()],
        "outbox",
    )


def _gauge(
    name: str, meaning: str, samples: Iterable[tuple[Sequence[str], float]], *labels: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for key, value in samples:
        family.add_metric(key, value)
    return family
