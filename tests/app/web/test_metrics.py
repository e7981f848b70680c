"""`/metrics` and `/readyz`: who may read, what they count, and that they name nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.config import Settings
from app.database import Database
from tests.app.web.conftest import CLIENT_NAME, Browser, Vendor
from tests.secret import SECRET

TOKEN = "a token for the one who scrapes the metrics"
PASS = {"Authorization": f"Bearer {TOKEN}"}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def scraped(app: Flask) -> Browser:
    """Somebody without an account, of an installation that has metrics."""
    settings: Settings = app.extensions["redeploy.settings"]
    app.extensions["redeploy.settings"] = replace(settings, metrics_token=TOKEN)
    return Browser(app)


def scrape(browser: Browser) -> Samples:
    answer = browser.send("GET", "/metrics", headers=PASS)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def get_value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def test_metrics_are_off_without_a_token(visitor: Browser) -> None:
    assert visitor.send("GET", "/metrics", headers=PASS).status_code == 404


def test_metrics_need_the_token(scraped: Browser) -> None:
    for given in ("", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer \xfc"):
        answer = scraped.send("GET", "/metrics", headers={"Authorization": given})
        assert answer.status_code == 401, given
        assert "redeploy_" not in answer.get_data(as_text=True)


def test_account_of_an_administrator_opens_no_metrics(scraped: Browser, people: None) -> None:
    scraped.enter("admin@vendor.example")
    assert scraped.send("GET", "/metrics").status_code == 401


def test_requests_are_counted_by_route_and_status(scraped: Browser) -> None:
    for path in ("/login", "/login", "/ops/", "/no/such/page", "/nor/this"):
        scraped.send("GET", path)
    scraped.send("BREW", "/login")
    samples = scrape(scraped)

    def count(route: str, status: str, method: str = "GET") -> float:
        labels = {"method": method, "route": route, "status": status}
        return get_value(samples, "redeploy_request_seconds_count", **labels)

    assert count("/login", "200") == 2
    assert count("/ops/", "302") == 1
    assert count("none", "404") == 2
    assert count("none", "405", method="other") == 1


def test_figures_tell_how_the_installation_stands(scraped: Browser, paused: Vendor) -> None:
    samples = scrape(scraped)
    assert get_value(samples, "redeploy_database_up") == 1
    assert get_value(samples, "redeploy_jobs", queue="plans", status="todo") == 1
    assert get_value(samples, "redeploy_plan_runs", status="queued") == 1
    assert get_value(samples, "redeploy_plan_gap_ratio") == 0
    assert get_value(samples, "redeploy_oldest_unsent_seconds", outbox="mails") == 0
    assert get_value(samples, "redeploy_audit_events") > 0
    assert get_value(samples, "redeploy_audit_age_seconds") >= 0
    assert get_value(samples, "redeploy_workers") == 0
    assert get_value(samples, "redeploy_oldest_job_seconds") >= 0
    assert get_value(samples, "redeploy_database_connections", state="in_use") >= 0
    assert get_value(samples, "process_resident_memory_bytes") > 0


def test_no_label_names_an_id_or_a_person(scraped: Browser, planned: Vendor) -> None:
    scraped.enter("ops_manager@vendor.example")
    for path in ("/ops/projects/P1", "/ops/projects?q=Ada", f"/ops/plans/{planned.run_id}"):
        assert scraped.send("GET", path).status_code == 200
    told = scraped.send("GET", "/metrics", headers=PASS).get_data(as_text=True)
    for name in ("P1", "Ada", "Chordus", "vendor.example", CLIENT_NAME):
        assert name not in told
    labels = {label for _name, labels in scrape(scraped) for label, _value in labels}
    assert labels == {"method", "route", "status", "queue", "state", "outbox", "le"}


def test_metrics_and_readiness_when_the_database_is_away() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    settings = {"SECRET_KEY": SECRET, "REDEPLOY_METRICS_TOKEN": TOKEN}
    browser = Browser(create_app(Settings.from_environment(settings), away))
    assert browser.get("/readyz").status == 503
    samples = scrape(browser)
    assert get_value(samples, "redeploy_database_up") == 0
    assert not any(name == "redeploy_jobs" for name, _labels in samples)


def test_process_is_ready_once_the_schema_is_there(visitor: Browser) -> None:
    page = visitor.get("/readyz")
    assert (page.status, page.body.strip()) == (200, '{"status":"ready"}')
