"""Who calls: HTTP Basic for TAXII clients, Bearer for nodes; the same credential for both."""

import base64
import binascii

from attrs import frozen
from starlette.requests import Request

from tocsin.exchange import roster
from tocsin.exchange.server.media import HttpError
from tocsin.records import Member
from tocsin.vault import Vault

_CHALLENGE = 'Basic realm="tocsin", charset="UTF-8", Bearer realm="tocsin"'


@frozen
class Authenticator:
    """Finds the member behind a request; routes of other rooms get this to call.

    `member = authenticate(request)` inside a handler; what it raises, the app answers.
    """

    vault: Vault

    def __call__(self, request: Request) -> Member:
        """Return the active member.

        Raises:
            HttpError: 401, the same for a missing, wrong and ended credential.
        """
        name, credential = _credential(request.headers.get("authorization", ""))
        if credential:
            with self.vault.read() as view:
                member = roster.bearer(view, credential)
            if member is not None and name in (None, member.id, member.name):
                return member
        raise HttpError(
            401, "a member's credential is needed", headers={"WWW-Authenticate": _CHALLENGE}
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
