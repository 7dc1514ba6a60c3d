"""Requests straight into an ASGI application, without a socket and without a client library."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from itertools import count
from threading import Thread
from typing import Any, TypeVar

from attrs import field, frozen
from starlette.types import ASGIApp, Message

T = TypeVar("T")
TAXII = "application/taxii+json;version=2.1"


@frozen
class Answer:
    """All that a caller gets to see."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body) if self.body else {}


class Loop:
    """An event loop in a thread of its own, with one root task for all calls.

    The application's worker threads live as long as the root task: with one for each call, each
    request would start threads anew.
    """

    def __init__(self) -> None:
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._thread.start()
        self._loop, self._end = self._ready.result()

    async def _main(self) -> None:
        end = asyncio.Event()
        self._ready.set_result((asyncio.get_running_loop(), end))
        await end.wait()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


@frozen
class Door:
    """Calls an application, each time from another address."""

    app: ASGIApp
    loop: Loop
    _number: Iterator[int] = field(factory=count, init=False)

    def call(
        self, method: str, path: str, token: str = "", query: str = "", said: object = None
    ) -> Answer:
        return self.loop.run(self._call(method, path, token, query, said))

    async def _call(self, method: str, path: str, token: str, query: str, said: object) -> Answer:
        body = b"" if said is None else json.dumps(said).encode()
        kind = TAXII if path.startswith("/taxii2/") else "application/json"
        headers = [("accept", kind), ("content-type", kind), ("content-length", str(len(body)))]
        if token:
            headers.append(("authorization", f"Bearer {token}"))
        number = next(self._number)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "server": ("exchange.example", 443),
            # Or the exchange would stop looking at wrong credentials from here.
            "client": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        return Answer(
            start["status"],
            tuple((name.decode(), value.decode()) for name, value in start["headers"]),
            b"".join(each.get("body", b"") for each in sent[1:]),
        )
