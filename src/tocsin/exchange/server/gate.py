"""What every route goes through: who calls, which media type, bounded body, errors as JSON.

Handlers are plain functions that run in a thread: they wait for the disk, and several of them
share one commit.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tocsin.exchange.server.auth import Authenticator
from tocsin.exchange.server.bodies import read_body
from tocsin.exchange.server.media import (
    JSON,
    TAXII,
    HttpError,
    check_accept,
    check_content_type,
)
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    RefusedError,
    StorageError,
    TocsinError,
    TrustError,
    canonical,
)
from tocsin.records import Member

_STATUS: Final[tuple[tuple[type[TocsinError], int], ...]] = (
    (BadInputError, 422),
    (RefusedError, 403),
    (TrustError, 403),
    (StorageError, 503),
)


@frozen
class Call:
    """One authenticated request, its body read."""

    request: Request
    member: Member
    body: bytes


Handler = Callable[[Call], Response]
OpenHandler = Callable[[Request, bytes], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@frozen
class Gate:
    """Turns handlers into endpoints."""

    authenticate: Authenticator

    def taxii(self, handler: Handler) -> Endpoint:
        """Guard a TAXII endpoint: credentials first, so that a stranger learns nothing else."""

        async def endpoint(request: Request) -> Response:
            member = await run_in_threadpool(self.authenticate, request)
            check_accept(request)
            if request.method == "POST":
                check_content_type(request)
            call = Call(request, member, await read_body(request))
            return await run_in_threadpool(handler, call)

        return _answering(endpoint, TAXII)

    def member(self, handler: Handler) -> Endpoint:
        """Guard an endpoint of Tocsin's own for members."""

        async def endpoint(request: Request) -> Response:
            member = await run_in_threadpool(self.authenticate, request)
            call = Call(request, member, await read_body(request))
            return await run_in_threadpool(handler, call)

        return _answering(endpoint, JSON)

    def open(self, handler: OpenHandler) -> Endpoint:
        """Guard an endpoint that needs no credential."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(handler, request, await read_body(request))

        return _answering(endpoint, JSON)


def answer(said: JsonObject, status: int = 200, media_type: str = JSON) -> Response:
    """Return a JSON answer that no cache keeps: it is for one member only."""
    return Response(canonical(said), status, {"Cache-Control": "no-store"}, media_type)


def error_answer(error: TocsinError, media_type: str) -> Response:
    """Return the error resource for an error of ours; what fails inside is not told outside."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        made = HttpError(status, "the exchange cannot do this now", headers={"Retry-After": "5"})
    else:
        made = HttpError(status, error.message[:1000], why=error.hint[:1000])
    return made.to_response(media_type)


def _answering(endpoint: Endpoint, media_type: str) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except HttpError as error:
            return error.to_response(media_type)
        except TocsinError as error:
            return error_answer(error, media_type)

    return guarded
