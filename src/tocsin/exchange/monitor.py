"""The operator's own door: health and metrics, on a listener of its own, by a process of its own.

It is apart from the community's port, so that no member or stranger can ask it anything, and a
busy worker does not make the exchange look dead. See ADR 11.
"""

import threading
from collections.abc import Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.exchange.client import is_loopback
from tocsin.exchange.server.board import Board
from tocsin.exchange.server.health import Health
from tocsin.exchange.server.metrics import Exposition
from tocsin.foundation import UsageError
from tocsin.vault import Home

LIVE: Final = "/health/live"
READY: Final = "/health/ready"
METRICS: Final = "/metrics"
_FRESH: Final = {"Cache-Control": "no-store"}


def parse_listener(text: str, *, is_declared: bool) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`.

    Args:
        is_declared: the operator says that only those who may read it reach the address.

    Raises:
        UsageError: when it is no such thing, or off loopback without the operator's word.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise UsageError(f"{text!r} is no HOST:PORT", hint="write it as 127.0.0.1:9470")
    if not is_declared and not is_loopback(host):
        raise UsageError(
            f"metrics on {host} could be read by others",
            hint="listen on 127.0.0.1, or add --metrics-off-loopback where a firewall is in front",
        )
    return host, int(port)


def build_monitor(home: Home, board: Board) -> Starlette:
    """Return the application that answers for health and metrics."""
    health, exposition = Health(home, board), Exposition(home, board)
    one_at_a_time = threading.Lock()

    def live(request: Request) -> Response:
        del request
        is_live = health.is_live()
        return JSONResponse({"live": is_live}, 200 if is_live else 503, _FRESH)

    def ready(request: Request) -> Response:
        del request
        with one_at_a_time:
            found = health.ready()
        is_ready = all(found.values())
        said = {"ready": is_ready, "checks": found}
        return JSONResponse(said, 200 if is_ready else 503, _FRESH)

    def metrics(request: Request) -> Response:
        del request
        with one_at_a_time:
            text = exposition.text()
        return Response(text, 200, _FRESH, CONTENT_TYPE_LATEST)

    routes: list[tuple[str, Callable[[Request], Response]]] = [
        (LIVE, live),
        (READY, ready),
        (METRICS, metrics),
    ]
    return Starlette(routes=[Route(path, answer, methods=["GET"]) for path, answer in routes])
