"""Lines between nodes and an exchange that lose, double, delay and cut; no socket is opened."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final

import httpx
from attrs import define, field, frozen
from starlette.applications import Starlette

_LATE: Final = 8
"""How many delayed requests wait at most; more are lost."""


class Killed(BaseException):
    """A process ended in the midst of what it did. No `Exception`, so that nothing handles it."""


@frozen(kw_only=True)
class Weather:
    """How often what goes wrong, by request.

    Attributes:
        drop: the request is lost.
        deaf: the answer is lost; what was asked is done.
        double: the request arrives twice.
        late: the request is lost for now and arrives later, behind others.
        crash: the exchange's process dies, before or after it did what was asked.
        between: something else happens between this request and the one before.
    """

    drop: float = 0.0
    deaf: float = 0.0
    double: float = 0.0
    late: float = 0.0
    crash: float = 0.0
    between: float = 0.0


CALM: Final = Weather()


@define
class Network:
    """All lines of one simulation.

    Attributes:
        app: the exchange; another one after each restart.
        cut: names of the nodes whose line is down.
        on_send: called with whose request is about to leave, and the request.
        on_wire: called with whose request it was, the request, and the exchange's answer to it.
        on_crash: restarts the exchange.
        on_between: lets something else happen.
        on_arrival: called before the exchange answers.
    """

    random: Random
    app: Starlette
    loop: asyncio.AbstractEventLoop
    on_send: Callable[[str, httpx.Request], None]
    on_wire: Callable[[str, httpx.Request, httpx.Response], None]
    on_arrival: Callable[[], None]
    on_crash: Callable[[], None]
    on_between: Callable[[str], None]
    weather: Weather = CALM
    is_down: bool = False
    cut: set[str] = field(factory=set)
    late: list[tuple[str, httpx.Request]] = field(factory=list)

    def connect(self, name: str) -> Callable[[str], httpx.Client]:
        """Return what opens a node's HTTP client."""
        return lambda url: httpx.Client(transport=_Line(self, name), base_url=url)

    def carry(self, name: str, request: httpx.Request) -> httpx.Response:
        """Bring one request to the exchange and its answer back, or fail as lines do."""
        request.read()
        self._between(name)
        self.on_send(name, request)
        happens = self._happens
        if self.is_down or name in self.cut or happens(self.weather.drop):
            raise httpx.ConnectError("connection refused", request=request)
        if happens(self.weather.late) and len(self.late) < _LATE:
            self.late.append((name, request))
            raise httpx.ReadTimeout("timed out", request=request)
        if happens(self.weather.crash):
            self.on_crash()
            raise httpx.ReadError("connection reset", request=request)
        if happens(self.weather.double):
            self.deliver(name, request)
        answer = self.deliver(name, request)
        if happens(self.weather.crash):
            self.on_crash()
            raise httpx.ReadError("connection reset", request=request)
        if happens(self.weather.deaf):
            raise httpx.ReadTimeout("timed out", request=request)
        return answer

    def deliver_late(self) -> None:
        """Let one delayed request arrive; its answer reaches nobody."""
        if self.late and not self.is_down:
            self.deliver(*self.late.pop(self.random.randrange(len(self.late))))

    def deliver(self, name: str, request: httpx.Request) -> httpx.Response:
        """Hand a request to the exchange and show the answer to who watches the wire."""
        self.on_arrival()  # time passes
        answer = self.loop.run_until_complete(_answered(self.app, request))
        is_restored = answer.status_code == 503 and b"restored from a backup" in answer.content
        assert answer.status_code < 500 or is_restored, (request.url.path, answer.content)
        self.on_wire(name, request, answer)
        return answer

    def _between(self, name: str) -> None:
        if self._happens(self.weather.between):
            calm, self.weather = self.weather, CALM  # one thing at a time
            try:
                self.on_between(name)
            finally:
                self.weather = calm

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.random.random() < chance


@frozen
class _Line(httpx.BaseTransport):
    network: Network
    name: str

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.network.carry(self.name, request)


async def _answered(app: Starlette, request: httpx.Request) -> httpx.Response:
    """Call an ASGI application with one whole request."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "server": ("127.0.0.1", 9),
        "client": ("127.0.0.1", 99),
        "root_path": "",
    }
    asked = [{"type": "http.request", "body": request.content, "more_body": False}]
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    return httpx.Response(
        said[0]["status"],
        headers=said[0]["headers"],
        content=b"".join(each.get("body", b"") for each in said[1:]),
    )
