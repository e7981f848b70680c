"""Requests that come when they come, however slow the answers are, and how long each took.

A closed loop, in which everybody waits for the answer before the next click, hides a slow
server: it is asked less. Here every request has its moment beforehand, and its time counts from
that moment, so a queue in front of the server shows.
"""

from __future__ import annotations

import http.client
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from threading import Lock
from urllib.parse import urlencode

from benchmarks.web_processes import AGENT, SignedIn

_THREADS = 200
"""Requests that may be under way at once; beyond them they wait, and the wait counts."""
_TIMEOUT_S = 60.0
NO_ANSWER = 599
"""Stands for the status of an answer that did not come in time."""


@dataclass(frozen=True)
class Request:
    """A request of somebody; with a form it is a POST."""

    kind: str
    path: str
    who: SignedIn | None = None
    form: Mapping[str, object] | None = None
    is_part: bool = False


@dataclass
class Answers:
    """What came back, by kind of request: milliseconds, and how often each status.

    lag_ms  how late each request was sent: the generator's own fault
    """

    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    lag_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def add(self, kind: str, status: int, taken_s: float, lag_s: float) -> None:
        with self._lock:
            self.taken_ms[kind].append(1000 * taken_s)
            self.statuses[kind][status] += 1
            self.lag_ms.append(1000 * lag_s)

    @property
    def all_ms(self) -> list[float]:
        return [one for some in self.taken_ms.values() for one in some]

    def count(self, first: int, last: int) -> int:
        """Return how many answers had a status from `first` to `last`."""
        return sum(
            number
            for statuses in self.statuses.values()
            for status, number in statuses.items()
            if first <= status <= last
        )


def send_at_rate(
    ports: Sequence[int], draw: Callable[[], Request], *, rate: float, seconds: float, seed: int
) -> Answers:
    """Send requests at random moments, `rate` a second on average; return once all are answered."""
    answers, chance, next_port = Answers(), random.Random(seed), cycle(ports)
    begun = time.perf_counter()
    moment = 0.0
    with ThreadPoolExecutor(_THREADS) as pool:
        while (moment := moment + chance.expovariate(rate)) < seconds:
            request = draw()
            wait_s = begun + moment - time.perf_counter()
            if wait_s > 0:
                time.sleep(wait_s)
            pool.submit(_time, answers, next(next_port), request, begun + moment)
    answers.seconds = time.perf_counter() - begun
    return answers


def send_as_fast_as_answered(
    ports: Sequence[int], draw: Callable[[], Request], *, num_people: int, seconds: float
) -> Answers:
    """Let so many people click without a pause; return what came back."""
    answers, lock, next_port = Answers(), Lock(), cycle(ports)
    begun = time.perf_counter()

    def click(_number: int) -> None:
        while time.perf_counter() - begun < seconds:
            with lock:
                request, port = draw(), next(next_port)
            _time(answers, port, request, time.perf_counter())

    with ThreadPoolExecutor(num_people) as pool:
        list(pool.map(click, range(num_people)))
    answers.seconds = time.perf_counter() - begun
    return answers


def send(port: int, request: Request) -> tuple[int, str]:
    """Send a request on a connection of its own; return the status and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    headers = {"User-Agent": AGENT, "Connection": "close"}
    body = None
    if request.who is not None:
        headers["Cookie"] = request.who.cookie
    if request.is_part:
        headers["HX-Request"] = "true"
    if request.form is not None:
        token = {} if request.who is None else {"csrf_token": request.who.token}
        body = urlencode({**request.form, **token}, doseq=True)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("GET" if body is None else "POST", request.path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _time(answers: Answers, port: int, request: Request, moment: float) -> None:
    lag_s = time.perf_counter() - moment
    # No answer at all counts as the server's failure; nobody waits longer than that.
    status = NO_ANSWER
    if lag_s < _TIMEOUT_S:
        with suppress(OSError):
            status, _body = send(port, request)
    answers.add(request.kind, status, time.perf_counter() - moment, lag_s)
