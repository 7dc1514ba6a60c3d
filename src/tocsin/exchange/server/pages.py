"""The opaque `next` of a page: stateless, bound to one reader and one question, not forgeable.

It outlives idle time and restarts, since nothing is kept on the server; a changed, borrowed or
invented one is answered with 400 (TAXII 2.1 §3.5).
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from attrs import frozen

from tocsin.exchange.server.media import HttpError

_POSITION_BYTES: Final = 8
_MAC_BYTES: Final = 16


@frozen(repr=False)
class PageTokens:
    """Issues and reads `next` values.

    Attributes:
        secret: of the exchange, the same in all its processes.
    """

    secret: bytes

    def issue(self, position: int, question: bytes) -> str:
        """Return the token for what comes after `position` (microseconds) in `question`."""
        raw = position.to_bytes(_POSITION_BYTES, "big")
        return base64.urlsafe_b64encode(raw + self._mac(raw, question)).decode().rstrip("=")

    def read(self, token: str, question: bytes) -> int:
        """Return the position.

        Raises:
            HttpError: 400 when this exchange did not issue it for this question.
        """
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        position, mac = raw[:_POSITION_BYTES], raw[_POSITION_BYTES:]
        if not hmac.compare_digest(mac, self._mac(position, question)):
            raise HttpError(400, "this next was not issued for this request")
        return int.from_bytes(position, "big")

    def _mac(self, raw: bytes, question: bytes) -> bytes:
        whole = len(raw).to_bytes(1, "big") + raw + question
        return hmac.digest(self.secret, whole, hashlib.sha256)[:_MAC_BYTES]
