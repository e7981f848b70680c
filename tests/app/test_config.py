"""Settings: defaults, every fault in one pass, and no start without a secret."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from app.config import SETTINGS, Settings
from app.errors import ConfigurationError
from tests.secret import SECRET


def test_settings_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.web_threads) == ("127.0.0.1", 8000, 8)
    assert settings.database_url is None
    assert settings.secure_cookies is True
    assert settings.home == Path("instance").absolute()


def test_settings_are_read_from_the_environment() -> None:
    environment = {
        "DATABASE_URL": "postgresql://host/name",
        "SECRET_KEY": SECRET,
        "REDEPLOY_HOME": "/somewhere",
        "HOST": "0.0.0.0",
        "PORT": "80",
        "WEB_THREADS": "2",
        "SECURE_COOKIES": "False",
        "SOLVE_TIME_LIMIT_S": "5",
        "SOLVE_MEMORY_MB": "1024",
        "SOLVE_WORKERS": "1",
        "IMPORT_MAX_MB": "50",
        "IMPORT_UNPACKED_MB": "500",
        "IMPORT_MEMORY_MB": "600",
        "SECOND_APPROVER_ROWS": "20",
        "SECOND_APPROVER_RAISE": "0",
        "API_CALLS_PER_MINUTE": "60",
        "REDEPLOY_PUBLIC_URL": "https://redeploy.example/",
        "REDEPLOY_SMTP_HOST": "mail.example",
        "REDEPLOY_SMTP_PORT": "465",
        "REDEPLOY_SMTP_TLS": "TLS",
        "REDEPLOY_SMTP_USER": "redeploy",
        "REDEPLOY_SMTP_PASSWORD": "swordfish",
        "REDEPLOY_SMTP_FROM": "redeploy@example.org",
        "REDEPLOY_WEBHOOKS": "on",
        "REDEPLOY_WEBHOOK_NETWORKS": "10.20.0.0/16 fd00::/8",
        "REDEPLOY_TWO_FACTOR_ROLES": "admin, payroll",
        "REDEPLOY_OIDC_ISSUER": "https://id.example/",
        "REDEPLOY_OIDC_CLIENT_ID": "redeploy",
        "REDEPLOY_OIDC_CLIENT_SECRET": "open sesame",
        "REDEPLOY_OIDC_NAME": "Example ID",
        "LOG_LEVEL": "DEBUG",
        "REDEPLOY_METRICS_TOKEN": "t" * 32,
    }
    assert set(environment) == {setting.name for setting in SETTINGS}
    assert Settings.from_environment(environment) == Settings(
        database_url="postgresql://host/name",
        secret_key=SECRET,
        home=Path("/somewhere"),
        host="0.0.0.0",
        port=80,
        web_threads=2,
        secure_cookies=False,
        solve_time_limit_s=5,
        solve_memory_mb=1024,
        solve_workers=1,
        import_max_mb=50,
        import_unpacked_mb=500,
        import_memory_mb=600,
        second_approver_rows=20,
        second_approver_raise=0,
        api_calls_per_minute=60,
        public_url="https://redeploy.example",
        smtp_host="mail.example",
        smtp_port=465,
        smtp_tls="tls",
        smtp_user="redeploy",
        smtp_password="swordfish",
        smtp_from="redeploy@example.org",
        webhooks=True,
        webhook_networks=(ip_network("10.20.0.0/16"), ip_network("fd00::/8")),
        two_factor_roles=frozenset({"admin", "payroll"}),
        oidc_issuer="https://id.example",
        oidc_client_id="redeploy",
        oidc_client_secret="open sesame",
        oidc_name="Example ID",
        log_level="debug",
        metrics_token="t" * 32,
    )


def test_token_of_the_metrics_that_is_short_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="METRICS_TOKEN: '31 characters'") as caught:
        Settings.from_environment({"REDEPLOY_METRICS_TOKEN": "t" * 31})
    assert "ttt" not in str(caught.value)


def test_networks_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="REDEPLOY_WEBHOOK_NETWORKS"):
        Settings.from_environment({"REDEPLOY_WEBHOOK_NETWORKS": "10.20.0.1/16 everywhere"})


def test_settings_blank_means_default() -> None:
    assert Settings.from_environment({"PORT": "  "}).port == 8000


def test_settings_name_every_fault_in_one_pass() -> None:
    environment = {"PORT": "70000", "WEB_THREADS": "many", "SECURE_COOKIES": "maybe"}
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(environment)
    assert [(problem.place, problem.value) for problem in caught.value.problems] == [
        ("setting PORT", "70000"),
        ("setting WEB_THREADS", "many"),
        ("setting SECURE_COOKIES", "maybe"),
    ]


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "changeme",
        SECRET[:31],
        "s" * 40,
        "abcabc" * 8,
        "change-me-" + SECRET,
        f"your secret here {SECRET}",
        "0123456789abcdef" * 4,
    ],
)
def test_secret_key_missing_short_or_of_an_example_is_refused_and_not_shown(secret: str) -> None:
    """Check 45: none, a short one, one of a pattern or an example."""
    settings = Settings.from_environment({"SECRET_KEY": secret})
    with pytest.raises(ConfigurationError, match="at least 32") as caught:
        settings.get_secret_key()
    assert not secret or secret not in str(caught.value)


def test_secret_key_long_enough_is_returned() -> None:
    assert Settings.from_environment({"SECRET_KEY": SECRET}).get_secret_key() == SECRET


def test_settings_of_mail_name_every_fault_in_one_pass() -> None:
    environment = {
        "REDEPLOY_PUBLIC_URL": "redeploy.example",
        "REDEPLOY_SMTP_HOST": "mail.example",
        "REDEPLOY_SMTP_PASSWORD": "swordfish",
        "REDEPLOY_SMTP_TLS": "none",
    }
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(environment)
    assert [problem.place for problem in caught.value.problems] == [
        f"setting REDEPLOY_{name}" for name in ("PUBLIC_URL", "SMTP_FROM", "SMTP_USER", "SMTP_TLS")
    ]
    assert "swordfish" not in str(caught.value)


def test_password_of_the_mail_server_stays_out_of_what_is_printed() -> None:
    environment = {"REDEPLOY_SMTP_USER": "redeploy", "REDEPLOY_SMTP_PASSWORD": "swordfish"}
    assert "swordfish" not in repr(Settings.from_environment(environment))
