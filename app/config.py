"""Settings, read once from the environment; docs/operating.md explains each."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from app.errors import ConfigurationError
from solver.errors import Problem

MIN_SECRET_LENGTH = 32
MIN_SECRET_CHARACTERS = 8
"""Different ones: 32 random hexadecimal digits have fewer once in ten billion times."""

_KNOWN_SECRETS = re.compile(
    r"change.?me|change.?this|replace|default|example|placeholder|insecure|your.?secret"
    r"|secret.?key|password|redeploy|0123456789",
    re.IGNORECASE,
)
"""What stands in examples and templates: everybody knows it."""

_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_PRIVATE_URL = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)")
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, the text it has when unset, and what it does."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "DATABASE_URL", "", "PostgreSQL to use; unset = the embedded one under the home folder"
    ),
    Setting("SECRET_KEY", "", "signs sessions; at least 32 characters, the demo draws its own"),
    Setting("REDEPLOY_HOME", "instance", "folder of the embedded database and of the demo's state"),
    Setting("HOST", "127.0.0.1", "address that the web server binds"),
    Setting("PORT", "8000", "port that the web server binds"),
    Setting("WEB_THREADS", "8", "requests that one web process answers at a time"),
    Setting("SECURE_COOKIES", "true", "send the session cookie over HTTPS only"),
    Setting(
        "SOLVE_TIME_LIMIT_S", "60", "seconds that a plan may take unless its request says less"
    ),
    Setting("SOLVE_MEMORY_MB", "4096", "memory that the process of a solve may take"),
    Setting("SOLVE_WORKERS", "2", "threads of a solve"),
    Setting("IMPORT_MAX_MB", "200", "megabytes that one upload of an import may have"),
    Setting("IMPORT_UNPACKED_MB", "1024", "megabytes that the files of an uploaded zip may have"),
    Setting("IMPORT_MEMORY_MB", "2048", "memory that the process that reads an upload may take"),
    Setting(
        "SECOND_APPROVER_ROWS",
        "500",
        "proposals that one person may approve at once; 0 = any number",
    ),
    Setting(
        "SECOND_APPROVER_RAISE",
        "10",
        "percent by which one person may raise a pay rate; 0 = by any",
    ),
    Setting(
        "API_CALLS_PER_MINUTE", "600", "calls that a token of the JSON API may make in a minute"
    ),
    Setting("REDEPLOY_PUBLIC_URL", "", "address of the pages, for links in mail; unset = no links"),
    Setting("REDEPLOY_SMTP_HOST", "", "mail server; unset = messages stay in the inbox"),
    Setting("REDEPLOY_SMTP_PORT", "587", "port of the mail server"),
    Setting("REDEPLOY_SMTP_TLS", "starttls", "starttls, tls from the first byte, or none"),
    Setting("REDEPLOY_SMTP_USER", "", "name to sign in to the mail server with"),
    Setting("REDEPLOY_SMTP_PASSWORD", "", "password to sign in to the mail server with"),
    Setting("REDEPLOY_SMTP_FROM", "", "address that mail comes from; needed with a mail server"),
    Setting("REDEPLOY_WEBHOOKS", "off", "on lets administrators have other systems told of events"),
    Setting(
        "REDEPLOY_WEBHOOK_NETWORKS",
        "",
        "private networks that webhooks may go to, with spaces between; unset = none",
    ),
    Setting("REDEPLOY_TWO_FACTOR_ROLES", "", "roles that sign in with a second factor only"),
    Setting("REDEPLOY_OIDC_ISSUER", "", "provider of single sign-on; unset = passwords only"),
    Setting("REDEPLOY_OIDC_CLIENT_ID", "", "name of this application at the provider"),
    Setting("REDEPLOY_OIDC_CLIENT_SECRET", "", "its secret there"),
    Setting("REDEPLOY_OIDC_NAME", "single sign-on", "what the sign-in page calls the provider"),
    Setting("REDEPLOY_METRICS_TOKEN", "", "opens /metrics; at least 32 characters, unset = off"),
    Setting("LOG_LEVEL", "info", "least severe log line written: debug, info, warning or error"),
)
"""Every setting there is; a test fails when one is missing from docs/operating.md."""


@dataclass(frozen=True)
class Settings:
    """The parsed settings."""

    database_url: str | None
    secret_key: str
    home: Path
    host: str
    port: int
    web_threads: int
    secure_cookies: bool
    solve_time_limit_s: float
    solve_memory_mb: int
    solve_workers: int
    import_max_mb: int
    import_unpacked_mb: int
    import_memory_mb: int
    second_approver_rows: int
    second_approver_raise: int
    api_calls_per_minute: int
    public_url: str
    smtp_host: str
    smtp_port: int
    smtp_tls: str
    smtp_user: str
    smtp_password: str = field(repr=False)
    smtp_from: str
    webhooks: bool
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    two_factor_roles: frozenset[str]
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_name: str
    log_level: str
    metrics_token: str = field(repr=False)

    @property
    def import_max_bytes(self) -> int:
        """The most that one upload of an import may have."""
        return self.import_max_mb * 1024 * 1024

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read every setting; a blank one takes its default.

        Raises ConfigurationError with every unusable value.
        """
        reader = _Reader(os.environ if environment is None else environment)
        settings = cls(
            database_url=reader.text("DATABASE_URL") or None,
            secret_key=reader.text("SECRET_KEY"),
            home=Path(reader.text("REDEPLOY_HOME")).absolute(),
            host=reader.text("HOST"),
            port=reader.whole("PORT", 0, 65_535),
            web_threads=reader.whole("WEB_THREADS", 1, 256),
            secure_cookies=reader.choice("SECURE_COOKIES", ("true", "false")) == "true",
            solve_time_limit_s=reader.whole("SOLVE_TIME_LIMIT_S", 1, 86_400),
            solve_memory_mb=reader.whole("SOLVE_MEMORY_MB", 512, 1_048_576),
            solve_workers=reader.whole("SOLVE_WORKERS", 1, 256),
            import_max_mb=reader.whole("IMPORT_MAX_MB", 1, 4096),
            import_unpacked_mb=reader.whole("IMPORT_UNPACKED_MB", 1, 65_536),
            import_memory_mb=reader.whole("IMPORT_MEMORY_MB", 512, 1_048_576),
            second_approver_rows=reader.whole("SECOND_APPROVER_ROWS", 0, 1_000_000),
            second_approver_raise=reader.whole("SECOND_APPROVER_RAISE", 0, 1000),
            api_calls_per_minute=reader.whole("API_CALLS_PER_MINUTE", 1, 1_000_000),
            public_url=reader.url("REDEPLOY_PUBLIC_URL"),
            smtp_host=reader.text("REDEPLOY_SMTP_HOST"),
            smtp_port=reader.whole("REDEPLOY_SMTP_PORT", 1, 65_535),
            smtp_tls=reader.choice("REDEPLOY_SMTP_TLS", ("starttls", "tls", "none")),
            smtp_user=reader.text("REDEPLOY_SMTP_USER"),
            smtp_password=reader.text("REDEPLOY_SMTP_PASSWORD"),
            smtp_from=reader.text("REDEPLOY_SMTP_FROM"),
            webhooks=reader.choice("REDEPLOY_WEBHOOKS", ("on", "off")) == "on",
            webhook_networks=reader.networks("REDEPLOY_WEBHOOK_NETWORKS"),
            two_factor_roles=reader.names("REDEPLOY_TWO_FACTOR_ROLES"),
            oidc_issuer=reader.url("REDEPLOY_OIDC_ISSUER"),
            oidc_client_id=reader.text("REDEPLOY_OIDC_CLIENT_ID"),
            oidc_client_secret=reader.text("REDEPLOY_OIDC_CLIENT_SECRET"),
            oidc_name=reader.text("REDEPLOY_OIDC_NAME"),
            log_level=reader.choice("LOG_LEVEL", ("debug", "info", "warning", "error")),
            metrics_token=reader.secret("REDEPLOY_METRICS_TOKEN"),
        )
        reader.problems += settings._list_mail_problems() + settings._list_sign_on_problems()
        if reader.problems:
            raise ConfigurationError(reader.problems)
        return settings

    def _list_mail_problems(self) -> list[Problem]:
        """Return what keeps mail from going out, or would send a password in plain text."""
        problems = []
        if self.smtp_host and not _ADDRESS.fullmatch(self.smtp_from):
            expected = "an address to send from, such as redeploy@example.org"
            problems.append(Problem("setting REDEPLOY_SMTP_FROM", self.smtp_from, expected))
        if bool(self.smtp_user) != bool(self.smtp_password):
            found = self.smtp_user or "a password alone"
            expected = "a name and a password, or neither"
            problems.append(Problem("setting REDEPLOY_SMTP_USER", found, expected))
        if self.smtp_password and self.smtp_tls == "none":
            expected = "starttls or tls: the password would go in plain text"
            problems.append(Problem("setting REDEPLOY_SMTP_TLS", "none", expected))
        return problems

    def _list_sign_on_problems(self) -> list[Problem]:
        """Return what keeps the provider of single sign-on from being asked."""
        if not self.oidc_issuer:
            return []
        needed = {
            "REDEPLOY_OIDC_CLIENT_ID": self.oidc_client_id,
            "REDEPLOY_OIDC_CLIENT_SECRET": self.oidc_client_secret,
            "REDEPLOY_PUBLIC_URL": self.public_url,
        }
        expected = "a value, for single sign-on"
        missing = [name for name, value in needed.items() if not value]
        problems = [Problem(f"setting {name}", "", expected) for name in missing]
        if not _PRIVATE_URL.match(self.oidc_issuer):
            expected = "an address with https, or one of this machine"
            problems.append(Problem("setting REDEPLOY_OIDC_ISSUER", self.oidc_issuer, expected))
        return problems

    def get_secret_key(self) -> str:
        """Return the key that signs sessions.

        Raises ConfigurationError when it is missing, short, or one that can be guessed; what it
        is, is not said.
        """
        found = f"{len(self.secret_key)} characters"
        expected = f"at least {MIN_SECRET_LENGTH} random characters"
        if len(self.secret_key) >= MIN_SECRET_LENGTH:
            if not _is_guessed(self.secret_key):
                return self.secret_key
            found += " of an example or a pattern"
        raise ConfigurationError([Problem("setting SECRET_KEY", found, expected)])


def _is_guessed(secret: str) -> bool:
    few = len(set(secret)) < MIN_SECRET_CHARACTERS
    return few or _KNOWN_SECRETS.search(secret) is not None


class _Reader:
    """Looks settings up by name and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._defaults = {setting.name: setting.default for setting in SETTINGS}
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        return self._environment.get(name, "").strip() or self._defaults[name]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        found = self.text(name).lower()
        if found not in choices:
            self._refuse(name, "one of " + ", ".join(choices))
        return found

    def whole(self, name: str, minimum: int, maximum: int) -> int:
        found = self.text(name)
        number = int(found) if found.isascii() and found.isdigit() else minimum - 1
        if not minimum <= number <= maximum:
            self._refuse(name, f"a whole number from {minimum} to {maximum}")
        return number

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        try:
            return tuple(ip_network(part) for part in self.text(name).split())
        except ValueError:
            self._refuse(name, "networks such as 10.20.0.0/16 192.168.7.12/32")
            return ()

    def names(self, name: str) -> frozenset[str]:
        """Return the names in a list with commas."""
        return frozenset(part for one in self.text(name).split(",") if (part := one.strip()))

    def secret(self, name: str) -> str:
        found = self.text(name)
        if found and len(found) < MIN_SECRET_LENGTH:
            # The problem is printed, the secret never is.
            expected = f"at least {MIN_SECRET_LENGTH} random characters"
            self.problems.append(Problem(f"setting {name}", f"{len(found)} characters", expected))
        return found

    def url(self, name: str) -> str:
        found = self.text(name).rstrip("/")
        if found and not _URL.fullmatch(found):
            self._refuse(name, "an address such as https://redeploy.example.org")
        return found

    def _refuse(self, name: str, expected: str) -> None:
        self.problems.append(Problem(f"setting {name}", self.text(name), expected))
