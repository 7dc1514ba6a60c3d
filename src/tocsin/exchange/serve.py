"""Running the exchange: its own socket, so that the port is known before the first request."""

import errno
import socket
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn
from attrs import frozen
from starlette.routing import BaseRoute

from tocsin.exchange.client import is_loopback
from tocsin.exchange.server.app import build_app
from tocsin.foundation import Clock, ConnectionFailedError, Entropy, UsageError
from tocsin.vault import Home

BACKLOG: Final = 512


@frozen
class Tls:
    """Where certificate and key of the exchange lie."""

    certificate: str
    key: str


def serve(
    home: Home,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    clock: Clock,
    entropy: Entropy,
    tls: Tls | None = None,
    behind_proxy: bool = False,
    extra_routes: Sequence[BaseRoute] = (),
) -> None:
    """Serve until interrupted.

    Args:
        port: 0 takes a free one.
        on_ready: called with the URL once the socket is bound and listening.
        behind_proxy: a proxy on this machine's side ends TLS; plain HTTP off loopback is then
            its operator's word.

    Raises:
        UsageError: for plain HTTP off loopback, or a certificate that cannot be used.
        ConnectionFailedError: when the port is in use or may not be bound.
    """
    if tls is None and not behind_proxy and not is_loopback(host):
        raise UsageError(
            f"plain HTTP on {host} can be read by anyone on the way",
            hint="give --cert and --key, or --behind-proxy where a proxy ends TLS",
        )
    app = build_app(home, clock, entropy, extra_routes=extra_routes)
    with bind(host, port) as bound:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=behind_proxy,
            lifespan="off",
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
            timeout_graceful_shutdown=5,
        )
        try:
            config.load()
        except OSError as error:  # of which ssl's are
            raise UsageError(
                f"certificate or key cannot be used: {error.strerror or error}",
                hint="give PEM files that belong together",
            ) from error
        on_ready(url_of(bound, is_tls=tls is not None))
        uvicorn.Server(config).run(sockets=[bound])


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConnectionFailedError: when the address is taken, unknown or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConnectionFailedError(
            f"{host}: no address to listen on: {error}", hint="use an address of this machine"
        ) from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise _not_bound(host, port, error) from error
    return made


def url_of(bound: socket.socket, *, is_tls: bool = False) -> str:
    """Return the address under which a bound socket answers."""
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"


def _not_bound(host: str, port: int, error: OSError) -> ConnectionFailedError:
    if error.errno == errno.EADDRINUSE:
        return ConnectionFailedError(
            f"port {port} on {host} is in use by another program",
            hint="stop that program, or use another port (--port 0 takes a free one)",
        )
    if error.errno == errno.EACCES:
        return ConnectionFailedError(
            f"port {port} on {host} may not be opened by this user",
            hint="use a port above 1023 with --port",
        )
    return ConnectionFailedError(
        f"port {port} on {host} cannot be opened: {error.strerror}", hint="check host and port"
    )
