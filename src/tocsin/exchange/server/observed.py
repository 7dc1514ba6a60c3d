"""Around the application: each request is given an id, counted, and told of in one log event.

Neither the counts nor the log learn who called, what was asked for beyond the route's template,
or anything of a header or body.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from attrs import field, frozen
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.exchange.server.board import CAUSES, OTHER, Tally, known_method
from tocsin.exchange.server.logins import FailedLogins
from tocsin.exchange.server.media import TAXII, HttpError
from tocsin.exchange.server.noted import SCOPE_KEY, Noted
from tocsin.foundation import Entropy

_log = logging.getLogger("tocsin.exchange")
_PAGES: Final = ("/objects/", "/manifest/", "/versions/", "/objects/{object_id}/")


def templates(routes: Sequence[BaseRoute]) -> tuple[str, ...]:
    """Return the templates of routes, each once."""
    return tuple(dict.fromkeys(each.path for each in routes if isinstance(each, Route)))


@frozen
class _Done:
    """One request that was answered; each field is of a closed set or a number."""

    method: str
    route: str
    status: int
    seconds: float


@frozen
class Observed:
    """An application that is observed; itself one.

    Attributes:
        tally: None to count nothing.
    """

    app: Starlette
    entropy: Entropy
    logins: FailedLogins
    tally: Tally | None = None
    _routes: dict[object, str] = field(init=False)

    @_routes.default
    def _by_endpoint(self) -> dict[object, str]:
        return {each.endpoint: each.path for each in self.app.routes if isinstance(each, Route)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        notes = Noted(self.logins, self.entropy.take(8).hex())
        scope[SCOPE_KEY] = notes
        begun = time.perf_counter()
        status = await _answered(self.app, scope, receive, send, notes)
        seconds = time.perf_counter() - begun
        done = _Done(known_method(scope["method"]), self._route(scope), status, seconds)
        if self.tally is not None:
            _count(self.tally, done, notes)
        _tell(done, notes)

    def _route(self, scope: Scope) -> str:
        """Return the route's template; a path that no route took is not told."""
        endpoint = scope.get("endpoint")
        return self._routes.get(endpoint, OTHER) if endpoint is not None else OTHER


async def _answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send, notes: Noted) -> int:
    """Let the application answer and return the status; an error that it did not foresee is 500."""
    status = 0

    async def sending(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(message["status"])
            message["headers"] = [
                *message.get("headers", ()),
                (b"x-request-id", notes.request_id.encode()),
            ]
        await send(message)

    try:
        await app(scope, receive, sending)
    except Exception as error:  # noqa: BLE001 - the log is told all of it, the caller an id
        notes.error = error
        if not status:
            failed = HttpError(500, "the exchange failed", error_id=notes.request_id)
            await failed.to_response(TAXII)(scope, receive, sending)
    return status


def _count(tally: Tally, done: _Done, notes: Noted) -> None:
    route = tally.route(done.route)
    tally.add("requests", (route, done.method, _class_of(done.status)))
    tally.observe("request_seconds", done.seconds, (route,))
    if done.method == "GET" and done.status == 200 and route.endswith(_PAGES):
        tally.add("pages")
    if notes.taken:
        tally.add("objects_taken", count=notes.taken)
    for cause, count in notes.refused.items():
        tally.add("objects_refused", (cause if cause in CAUSES else OTHER,), count)
    if notes.has_failed_login:
        tally.add("failed_logins")
    if notes.error is not None:
        tally.add("errors")
    for waited_s in notes.waited_s:
        tally.observe("delivery_seconds", waited_s)


def _tell(done: _Done, notes: Noted) -> None:
    said: dict[str, Any] = {
        "request_id": notes.request_id,
        "method": done.method,
        "route": done.route,
        "status": done.status,
        "seconds": round(done.seconds, 6),
        "principal": notes.principal,
    }
    if notes.taken or notes.refused:
        said |= {"taken": notes.taken, "refused": dict(notes.refused)}
    if notes.error is not None:
        _log.error("request_failed", extra=said, exc_info=notes.error)
    elif notes.has_failed_login:
        _log.info("login_failed", extra=said)
    else:
        _log.info("request", extra=said)


def _class_of(status: int) -> str:
    return f"{status // 100}xx" if 200 <= status < 600 else "5xx"
