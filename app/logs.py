"""Log lines: one JSON object a line on standard error, whoever writes it.

Each has `time`, `level` and `event`; lines that belong to a request or to a job that a request
asked for have its `request_id`.
"""

from __future__ import annotations

import logging.config
import sys
from typing import Any

import structlog
from structlog.typing import Processor

_COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    # Without the values of variables: they are people's.
    structlog.processors.format_exc_info,
)


def configure_logging(level: str) -> None:
    """Write lines from `level` on (`debug`, `info`, ...); of libraries, warnings at most."""
    logging.config.dictConfig(build_logging_config(level))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*_COMMON, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_get_number(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def build_logging_config(level: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes to write the lines of libraries like ours."""
    number = _get_number(level)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": build_formatter}},
        "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": max(number, logging.WARNING), "handlers": ["errors"]},
        "loggers": {"gunicorn.error": {"level": number, "handlers": [], "propagate": True}},
    }


def build_formatter() -> structlog.stdlib.ProcessorFormatter:
    """Return what turns a line of Python's own logging into one of ours."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_COMMON],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )


def _get_number(level: str) -> int:
    number: int = logging.getLevelNamesMapping()[level.upper()]
    return number
