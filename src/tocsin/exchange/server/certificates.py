"""The client's certificate, as this process's own TLS layer verified it.

uvicorn knows it and does not pass it on, so the protocol is told to. Behind a proxy there is
none: a header that carries a fingerprint could be written by anyone who reaches the port, so no
header is read, and tokens that are bound to a certificate do not work there.
"""

import asyncio
import hashlib
import ssl
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.exchange.server.patience import PatientProtocol

_EXTENSION: Final = "tocsin.client_certificate"


class CertifiedProtocol(PatientProtocol):
    """HTTP/1.1 that puts the fingerprint of the client's certificate into each request's scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        raw = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
        if raw:
            self.app = _certified(self.app, hashlib.sha256(raw).hexdigest())


def fingerprint_of(request: Request) -> str | None:
    """Return SHA-256 of the certificate that the client proved to hold, None without one."""
    found = request.scope.get("extensions", {}).get(_EXTENSION)
    return found if isinstance(found, str) else None


def _certified(app: ASGIApp, fingerprint: str) -> ASGIApp:
    async def certified(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), _EXTENSION: fingerprint}
        await app({**scope, "extensions": extensions}, receive, send)

    return certified
