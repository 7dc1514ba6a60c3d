"""The exchange as an ASGI application."""

import base64
import secrets
from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.exchange.convenor import convened_by
from tocsin.exchange.mixer import Mixer
from tocsin.exchange.relay import Relay
from tocsin.exchange.server.auth import Authenticator
from tocsin.exchange.server.catalogue import Catalogue
from tocsin.exchange.server.gate import Gate
from tocsin.exchange.server.listing import Feed
from tocsin.exchange.server.media import TAXII, HttpError
from tocsin.exchange.server.noted import noted
from tocsin.exchange.server.own import OwnEndpoints
from tocsin.exchange.server.pages import PageTokens
from tocsin.exchange.server.taxii import TaxiiEndpoints
from tocsin.foundation import Clock, Entropy
from tocsin.vault import Home, Transaction

_SECRET: Final = "page-secret"  # noqa: S105 - the name of a setting


def build_app(
    home: Home, clock: Clock, entropy: Entropy, *, extra_routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """Return the application over an exchange's home; its `state.mixer` wants to run beside it.

    Args:
        extra_routes: of other rooms, each behind a `Gate` of its own.

    Raises:
        UsageError: when the home is a member's node.
    """
    relay = Relay(home, clock)
    secret = _page_secret(home)
    feed = Feed(home, PageTokens(secret), clock)
    catalogue = Catalogue(convened_by(home), secret)
    mixer = Mixer(home, clock)
    gate = Gate(Authenticator(home.vault, clock), mixer.look)
    routes = [
        *TaxiiEndpoints(relay, catalogue, feed, entropy).routes(gate),
        *OwnEndpoints(home, clock, entropy).routes(gate),
        *extra_routes,
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _no_route,
            HttpError: _own_error,
            Exception: _failed,
        },
    )
    app.state.mixer = mixer
    return app


def _page_secret(home: Home) -> bytes:
    """Return the secret behind page tokens and collections' ids, one for all processes."""

    def work(tx: Transaction) -> str:
        known = tx.settings.get(_SECRET)
        if isinstance(known, str):
            return known
        made = base64.b64encode(secrets.token_bytes(32)).decode()
        tx.settings.set(_SECRET, made)
        return made

    return base64.b64decode(home.vault.write(work))


def _no_route(request: Request, error: Exception) -> Response:
    """Answer what no route answers, in the same form as everything else."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    title = {404: "not found, or not for you", 405: "this method does nothing here"}.get(status)
    return HttpError(status, title or "refused", headers=headers).to_response(TAXII)


def _own_error(request: Request, error: Exception) -> Response:
    del request
    if isinstance(error, HttpError):
        return error.to_response(TAXII)
    raise error


def _failed(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw: an id under which the log has the rest."""
    del error
    error_id = noted(request.scope).request_id
    return HttpError(500, "the exchange failed", error_id=error_id).to_response(TAXII)
