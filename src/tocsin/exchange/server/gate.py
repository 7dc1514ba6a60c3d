"""What every route goes through: who calls, by which right, media type, bounded body, errors.

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
    FOR_ONE,
    JSON,
    TAXII,
    HttpError,
    check_accept,
    check_content_type,
)
from tocsin.exchange.server.noted import Noted, kind_of, noted
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    RefusedError,
    StorageError,
    TocsinError,
    TrustError,
    canonical,
)
from tocsin.policy import Action, Principal
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
    principal: Principal
    body: bytes

    @property
    def member(self) -> Member:
        """The organisation that the caller acts for."""
        return self.principal.member


Handler = Callable[[Call], Response]
OpenHandler = Callable[[Request, bytes], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

ANY_TOKEN: Final = None
"""In a right's place: whoever has a token that works."""


def _nothing() -> None:
    """Have nothing to do first."""


@frozen
class Gate:
    """Turns handlers into endpoints.

    Attributes:
        first: called before each request of somebody who has a credential, or says so.
    """

    authenticate: Authenticator
    first: Callable[[], None] = _nothing

    def taxii(self, handler: Handler, right: Action | None) -> Endpoint:
        """Guard a TAXII endpoint: credentials first, so that a stranger learns nothing else."""

        async def endpoint(request: Request) -> Response:
            principal = await run_in_threadpool(self._admit, request, right)
            check_accept(request)
            if request.method == "POST":
                check_content_type(request)
            call = Call(request, principal, await read_body(request))
            return await run_in_threadpool(handler, call)

        return _answering(endpoint, TAXII)

    def member(self, handler: Handler, right: Action | None) -> Endpoint:
        """Guard an endpoint of Tocsin's own for members."""

        async def endpoint(request: Request) -> Response:
            principal = await run_in_threadpool(self._admit, request, right)
            call = Call(request, principal, await read_body(request))
            return await run_in_threadpool(handler, call)

        return _answering(endpoint, JSON)

    def open(self, handler: OpenHandler) -> Endpoint:
        """Guard an endpoint that needs no credential."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(handler, request, await read_body(request))

        return _answering(endpoint, JSON)

    def _admit(self, request: Request, right: Action | None) -> Principal:
        """Return who calls, if it may do this at all; of an object, `authorize` decides later."""
        self.first()
        principal = self.authenticate(request)
        noted(request.scope).principal = kind_of(principal)
        if right is not None and right not in principal.rights:
            raise HttpError(403, f"this token, or who holds it, may not {right}")
        return principal


def answer(said: JsonObject, status: int = 200, media_type: str = JSON) -> Response:
    """Return a JSON answer that no cache keeps: it is for one member only."""
    return Response(canonical(said), status, FOR_ONE, media_type)


def error_answer(error: TocsinError, media_type: str, notes: Noted) -> Response:
    """Return the error resource for an error of ours; what fails inside is not told outside."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        notes.error = error
        made = HttpError(
            status,
            "the exchange cannot do this now",
            error_id=notes.request_id,
            headers={"Retry-After": "5"},
        )
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
            return error_answer(error, media_type, noted(request.scope))

    return guarded
