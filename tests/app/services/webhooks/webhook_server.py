"""A real receiver of webhooks on loopback for tests, and what it was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Thread

from app.services.webhooks.webhook_endpoints import WebhookRules

RULES = WebhookRules("a key of at least 32 characters, for tests", (ip_network("127.0.0.0/8"),))


@dataclass(frozen=True)
class Received:
    """One post as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes every post; `answer` says with which status, or does worse.

    location  where an answer redirects to
    """

    url: str = ""
    posts: list[Received] = field(default_factory=list)
    answer: Callable[[Received], int] = lambda _post: 204
    location: str = ""

    @property
    def event_ids(self) -> list[str]:
        """The ids of the events, in the order of arrival."""
        return [post.headers["webhook-id"] for post in self.posts]


@contextmanager
def serve_webhooks(receiver: Receiver) -> Iterator[Receiver]:
    """Serve `receiver` on loopback; it knows its address then."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): text for name, text in self.headers.items()}
            post = Received(self.path, headers, self.rfile.read(length))
            receiver.posts.append(post)
            self.send_response(receiver.answer(post))
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook?of=redeploy"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
