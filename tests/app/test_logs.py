"""Lines of the log: one JSON object each, whoever writes them."""

from __future__ import annotations

import json
import subprocess
import sys

WRITE = """
import logging
import warnings
import structlog
from app.logs import configure_logging
from app.request_ids import bind_request_id

configure_logging("info")
bind_request_id("request-1")
structlog.get_logger().info("ours", number=1)
structlog.get_logger().debug("not written")
logging.getLogger("some.library").warning("theirs %s", 2)
logging.getLogger("some.library").info("not written")
logging.getLogger("gunicorn.error").info("of the server")
warnings.warn("of Python")
name_of_a_person = "Ada Lovelace"
try:
    raise ValueError("two\\nlines")
except ValueError:
    logging.getLogger("some.library").exception("failed")
    structlog.get_logger().exception("failed too")
"""


def test_every_line_is_one_object_with_time_level_and_request() -> None:
    written = subprocess.run(
        [sys.executable, "-c", WRITE], capture_output=True, text=True, check=True
    )
    assert written.stdout == ""
    lines = [json.loads(line) for line in written.stderr.splitlines()]
    assert [(line["level"], line["event"].strip()) for line in lines] == [
        ("info", "ours"),
        ("warning", "theirs 2"),
        ("info", "of the server"),
        ("warning", "<string>:15: UserWarning: of Python"),
        ("error", "failed"),
        ("error", "failed too"),
    ]
    assert {line["request_id"] for line in lines} == {"request-1"}
    assert all(line["time"].endswith("Z") for line in lines)
    assert all("ValueError: two\nlines" in line["exception"] for line in lines[4:])
    assert "Ada Lovelace" not in written.stderr
