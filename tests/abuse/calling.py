"""Requests byte for byte into the application, each measured.

What no HTTP library would send is sent here: any method, any target, any header, any body. The
limits of one request are the issue's own: 1 second of this process's CPU and 256 MB of memory.
"""

import resource
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen
from starlette.types import ASGIApp, Message

from tests.simulation.access.asgi import Answer, Loop

MAX_CPU_S = 1.0
MAX_GROWTH_BYTES = 256 * 1024 * 1024
MAX_ANSWER_BYTES = 32 * 1024 * 1024


def peak_bytes() -> int:
    """Return the most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@frozen
class Sent:
    """One request as it stands on the wire.

    Attributes:
        target: of the request line: path, and query behind a `?`, percent-encoded.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@frozen
class Measured:
    """What a request was answered, and what that cost."""

    answer: Answer
    cpu_s: float


@define
class Wire:
    """Calls an application; each time from another address, or it would stop looking."""

    app: ASGIApp
    loop: Loop
    calls: int = 0
    slowest_s: float = 0.0
    _peak: int = field(factory=peak_bytes)
    _number: Iterator[int] = field(factory=count)

    def send(self, sent: Sent) -> Measured:
        """Send one request; raises what the application lets through."""
        before = time.process_time()
        answer = self.loop.run(self._send(sent))
        measured = Measured(answer, time.process_time() - before)
        self.calls += 1
        self.slowest_s = max(self.slowest_s, measured.cpu_s)
        return measured

    @property
    def growth_bytes(self) -> int:
        """How far this process has grown since the wire was opened, at its largest."""
        return peak_bytes() - self._peak

    async def _send(self, sent: Sent) -> Answer:
        path, _, query = sent.target.partition("?")
        number = next(self._number)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": sent.method,
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),  # as uvicorn does
            "raw_path": path.encode("ascii", "replace"),
            "query_string": query.encode("ascii", "replace"),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                for name, value in sent.headers
            ],
            "server": ("exchange.example", 443),
            "client": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1),
        }
        said: list[Message] = []
        pieces = [sent.body[at : at + 65_536] for at in range(0, len(sent.body), 65_536)] or [b""]
        waiting = iter(enumerate(pieces, 1))

        async def receive() -> Message:
            at, piece = next(waiting)
            return {"type": "http.request", "body": piece, "more_body": at < len(pieces)}

        async def send(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        start = said[0]
        return Answer(
            start["status"],
            tuple((name.decode(), value.decode()) for name, value in start["headers"]),
            b"".join(each.get("body", b"") for each in said[1:]),
        )


def with_token(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def check_answered(sent: Sent, measured: Measured, secrets: Iterable[str] = ()) -> None:
    """Hold what every request must be answered with, whatever it was.

    Raises:
        AssertionError: for a 5xx, an answer that is not of its form or says what it must not, or
            one that cost too much.
    """
    answer, headers = measured.answer, dict(measured.answer.headers)
    shown = f"{sent.method} {sent.target[:300]} {sent.headers} {sent.body[:300]!r}"
    assert answer.status < 500, f"{answer.status} to {shown}: {answer.body[:300]!r}"
    assert measured.cpu_s <= MAX_CPU_S, f"{measured.cpu_s:.2f} CPU s for {shown}"
    assert len(answer.body) <= MAX_ANSWER_BYTES, shown
    assert b"Traceback" not in answer.body, shown
    assert not [each for each in secrets if each.encode() in answer.body], f"a secret: {shown}"
    told = {"set-cookie", "server", "x-powered-by"} & set(headers)
    told |= {each for each in headers if each.startswith("access-control-")}
    assert not told, f"{told} in the answer to {shown}"
    if answer.status == 307:  # a slash is missing
        assert not answer.body
        return
    assert headers["cache-control"] == "no-store", shown
    assert headers["x-content-type-options"] == "nosniff", shown
    assert headers["content-type"] in _forms(sent, answer.status), shown
    if answer.status >= 400 and sent.method != "HEAD":
        said = answer.said
        assert said["title"], shown
        assert said["http_status"] == str(answer.status), shown


def _forms(sent: Sent, status: int) -> set[str]:
    """Return the media types that are right here; what no route answers is always TAXII's."""
    taxii = {"application/taxii+json;version=2.1"}
    if not sent.path.startswith("/tocsin/v1/"):
        return taxii
    return {"application/json"} | (taxii if status in {404, 405} else set())
