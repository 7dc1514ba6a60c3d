"""Who calls: HTTP Basic for TAXII clients, Bearer for nodes; the same tokens for both.

A client certificate never opens the door by itself: it is what a token may be bound to, so that
a stolen token is of no use. Its fingerprint comes from this process's own TLS (`certificates`)
and never from a header, which anyone who reaches the port could write.
"""

import base64
import binascii
from datetime import datetime
from typing import Final

from attrs import field, frozen
from starlette.requests import Request

from tocsin.exchange import tokens
from tocsin.exchange.credentials import hashed
from tocsin.exchange.refilling import is_paused
from tocsin.exchange.server.certificates import fingerprint_of
from tocsin.exchange.server.logins import FailedLogins
from tocsin.exchange.server.media import HttpError
from tocsin.exchange.server.noted import noted
from tocsin.foundation import Clock
from tocsin.policy import Principal
from tocsin.vault import Vault

_CHALLENGE: Final = 'Basic realm="tocsin", charset="UTF-8", Bearer realm="tocsin"'


@frozen
class Authenticator:
    """Finds the principal behind a request; routes of other rooms go through `Gate` to it."""

    vault: Vault
    clock: Clock
    _logins: FailedLogins = field(factory=FailedLogins, init=False)
    _noted: dict[str, datetime] = field(factory=dict, init=False)

    def __call__(self, request: Request) -> Principal:
        """Return who calls, of an active organisation.

        Raises:
            HttpError: 401, the same for a missing, wrong and ended token; 429 for an address
                that has sent too many wrong ones; 503 for a node that has not yet come to the
                restored exchange.
        """
        name, secret = _credential(request.headers.get("authorization", ""))
        if not secret:
            raise _unknown()
        now, digest = self.clock.now(), hashed(secret)
        address = request.client.host if request.client else ""
        notes = noted(request.scope)
        logins = notes.logins or self._logins
        wait_s = logins.wait_s(address, digest, now)
        if wait_s:
            notes.has_failed_login = True
            headers = {"Retry-After": str(wait_s)}
            raise HttpError(429, "too many wrong credentials from here", headers=headers)
        with self.vault.read() as view:
            found = tokens.bearer(view, secret, now, fingerprint_of(request))
            if found is None and is_paused(view, secret):
                raise _to_be_shown()
        if found is None or name not in (None, found.member.id, found.member.name, found.person):
            notes.has_failed_login = True
            logins.failed(address, digest, now)
            raise _unknown()
        logins.succeeded(digest, now)
        self._note_use(found, now)
        return found

    def _note_use(self, found: Principal, now: datetime) -> None:
        """Keep the hour of use, once an hour; a vault that cannot be written stops no reader."""
        token, hour = found.token, now.replace(minute=0, second=0, microsecond=0)
        if token is None or self._noted.get(token) == hour:
            return
        self._noted[token] = hour
        self.vault.submit(lambda tx: tokens.note_use(tx, token, hour))


def _unknown() -> HttpError:
    return HttpError(
        401, "a member's credential is needed", headers={"WWW-Authenticate": _CHALLENGE}
    )


def _to_be_shown() -> HttpError:
    return HttpError(
        503,
        "the exchange was restored from a backup: the node's next sync lets it in again",
        headers={"Retry-After": "60"},
    )


def _credential(header: str) -> tuple[str | None, str]:
    """Return the user name (None for Bearer) and the credential; empty when there is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return None, rest.strip()
    if scheme.lower() != "basic":
        return None, ""
    try:
        name, colon, credential = (
            base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        )
    except (binascii.Error, ValueError):
        return None, ""
    return (name, credential) if colon else (None, "")
