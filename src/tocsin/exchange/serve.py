"""Running the exchange: its own sockets, so that the port is known before the first request."""

import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import uvicorn
from attrs import frozen
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from tocsin.exchange.client import is_loopback
from tocsin.exchange.mixing import DEFAULT_MINUTES, set_mixing
from tocsin.exchange.monitor import build_monitor
from tocsin.exchange.server.app import build_app
from tocsin.exchange.server.board import Board
from tocsin.exchange.server.certificates import CertifiedProtocol
from tocsin.exchange.server.logins import FailedLogins
from tocsin.exchange.server.observed import Observed, templates
from tocsin.exchange.server.patience import PatientProtocol
from tocsin.exchange.workers import ReadyServer, Serve, leaving_in_order, run_workers
from tocsin.foundation import Clock, ConnectionFailedError, Entropy, UsageError
from tocsin.vault import Home

BACKLOG: Final = 512
_log = logging.getLogger("tocsin.exchange")


@frozen
class Tls:
    """Where certificate and key of the exchange lie.

    Attributes:
        clients: certificates of the authorities that vouch for clients' certificates, which tokens
            can be bound to; None to ask no client for one.
    """

    certificate: str
    key: str
    clients: str | None = None


@frozen(kw_only=True)
class Front:
    """How the exchange meets its callers.

    Attributes:
        port: 0 takes a free one.
        behind_proxy: a proxy on this machine's side ends TLS; plain HTTP off loopback is then
            its operator's word.
    """

    host: str
    port: int
    tls: Tls | None = None
    behind_proxy: bool = False

    def check(self) -> None:
        """Refuse plain HTTP that others could read."""
        if self.tls is None and not self.behind_proxy and not is_loopback(self.host):
            raise UsageError(
                f"plain HTTP on {self.host} can be read by anyone on the way",
                hint="give --cert and --key, or --behind-proxy where a proxy ends TLS",
            )

    def configure(self, app: ASGIApp) -> uvicorn.Config:
        """Return the server's settings, its certificate read."""
        config = uvicorn.Config(
            app,
            log_config=None,  # `logs` decides where lines go and how they look
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=self.behind_proxy,
            lifespan="off",
            ssl_certfile=self.tls.certificate if self.tls else None,
            ssl_keyfile=self.tls.key if self.tls else None,
            **self._clients(),
            timeout_graceful_shutdown=5,
            backlog=BACKLOG,
        )
        try:
            config.load()
        except OSError as error:  # of which ssl's are
            raise UsageError(
                f"certificate or key cannot be used: {error.strerror or error}",
                hint="give PEM files that belong together",
            ) from error
        return config

    def _clients(self) -> dict[str, Any]:
        if self.tls is None or self.tls.clients is None:
            return {"http": PatientProtocol}
        # Optional: most tokens are bound to none, and `auth` asks for it where one is.
        return {
            "ssl_ca_certs": self.tls.clients,
            "ssl_cert_reqs": ssl.CERT_OPTIONAL,
            "http": CertifiedProtocol,
        }


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
    mix: int = DEFAULT_MINUTES,
) -> None:
    """Serve by this process until interrupted; see `Front`.

    Args:
        mix: minutes of the interval at which unnamed authors' objects are shown; 0 for at once.
        on_ready: called with the URL once the socket is bound and listening.

    Raises:
        UsageError: for plain HTTP off loopback, or a certificate that cannot be used.
        ConnectionFailedError: when the port is in use or may not be bound.
    """
    front = Front(host=host, port=port, tls=tls, behind_proxy=behind_proxy)
    front.check()
    app = build_app(home, clock, entropy, extra_routes=extra_routes)
    observed = Observed(app, entropy, FailedLogins())
    set_mixing(home, mix)
    with bind(host, port) as bound, leaving_in_order(), app.state.mixer.running():
        config = front.configure(observed)
        on_ready(url_of(bound, is_tls=tls is not None))
        uvicorn.Server(config).run(sockets=[bound])


def serve_by_workers(
    open_home: Callable[[], Home],
    front: Front,
    on_ready: Callable[[str], None],
    *,
    workers: int,
    clock: Clock,
    entropy: Entropy,
    routes_of: Callable[[Home], Sequence[BaseRoute]] = lambda _: (),
    monitor: tuple[str, int] | None = None,
    on_monitor: Callable[[str], None] = lambda _: None,
    mix: int = DEFAULT_MINUTES,
) -> None:
    """Serve by several processes until interrupted; one that dies is replaced.

    Call it from the main thread, with no home open.

    Args:
        open_home: opens the exchange; each worker calls it for itself.
        on_ready: called with the URL once every worker answers.
        routes_of: returns the routes of other rooms over an open home.
        monitor: where one more process answers for health and metrics, see `monitor`.
        on_monitor: called with that one's URL, before `on_ready`.
        mix: as for `serve`.

    Raises:
        UsageError, ConnectionFailedError: as `serve`.
        StorageError: when a worker cannot start.
    """
    front.check()

    def work(number: int, bound: socket.socket, ready: Callable[[], None]) -> None:
        tally = board.worker(number)
        tally.here()
        with open_home() as home:
            app = build_app(home, clock, entropy, extra_routes=routes_of(home))
            observed = Observed(app, entropy, logins, tally)
            server = ReadyServer(front.configure(observed), ready, parent=parent)
            with app.state.mixer.running():
                server.run(sockets=[bound])

    def watch(bound: socket.socket, ready: Callable[[], None]) -> None:
        with open_home() as home:
            config = uvicorn.Config(
                build_monitor(home, board),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
            )
            ReadyServer(config, ready, parent=parent).run(sockets=[bound])

    with open_home() as home:  # whatever is wrong is said once, before there are workers
        app = build_app(home, clock, entropy, extra_routes=routes_of(home))
        front.configure(app)
        set_mixing(home, mix)
    board, logins = Board(templates(app.routes), workers), FailedLogins()
    parent = os.getpid()
    with ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(each) for each in bind_all(front, workers)]
        posts: list[tuple[Serve, socket.socket]] = [
            (partial(work, number), each) for number, each in enumerate(sockets)
        ]
        url = url_of(sockets[0], is_tls=front.tls is not None)
        watched = None
        if monitor is not None:
            watched = open_sockets.enter_context(bind(*monitor))
            posts.append((watch, watched))

        def ready() -> None:
            _log.info("serving", extra={"workers": workers})
            if watched is not None:
                on_monitor(url_of(watched))
            on_ready(url)

        run_workers(posts, ready)


def bind_all(front: Front, count: int) -> list[socket.socket]:
    """Return listening sockets on one port, among which the kernel shares the callers out.

    Raises:
        ConnectionFailedError: as `bind`.
    """
    # Sockets that share a port would share it with another program's, too: first one that does not.
    with bind(front.host, front.port) as probe:
        port = int(probe.getsockname()[1])
    return [bind(front.host, port, is_shared=True) for _ in range(count)]


def bind(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a listening socket; `is_shared` lets others of this user listen there, too.

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
        if is_shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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
