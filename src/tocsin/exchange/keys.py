"""Rotating a node's keys: the new ones are announced under the old one, then used.

The announcement is kept until the exchange has it: the old signing key is gone by then, so it
could not be made a second time.
"""

import time
from collections.abc import Callable
from typing import Final

from tocsin.exchange.admission import KEYS_PAYLOAD, signed_request
from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.membership import Membership, keep_directories, membership_of
from tocsin.foundation import ConnectionFailedError, JsonObject
from tocsin.trust import KeyRing
from tocsin.vault import Home, Transaction

_PENDING: Final = "exchange.keys-to-announce"


def announce_keys(
    home: Home,
    before: KeyRing,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Tell the exchange the node's present keys; False when it will learn them by the next sync.

    Args:
        before: the ring that the directory knows, as `home.rotate_keys(...)` returns it.
    """
    membership = membership_of(home)
    request = signed_request(KEYS_PAYLOAD, {"keys": home.keyring.public.to_json()}, before.signing)
    home.vault.write(lambda tx: _queue(tx, request))
    try:
        with ExchangeClient(
            membership.url, credential=membership.credential, connect=connect, sleep=sleep
        ) as client:
            send_announcements(home, membership, client)
    except ConnectionFailedError:
        return False
    return True


def send_announcements(home: Home, membership: Membership, client: ExchangeClient) -> None:
    """Send what is still to be announced, oldest first: each is signed by the key before it."""
    with home.vault.read() as view:
        waiting = view.settings.get(_PENDING)
    for request in waiting if isinstance(waiting, list) else []:
        answer = client.put("/tocsin/v1/keys", request if isinstance(request, dict) else {})

        def done(tx: Transaction, answer: JsonObject = answer) -> None:
            keep_directories(tx, membership, answer)
            left = tx.settings.get(_PENDING)
            rest = left[1:] if isinstance(left, list) else []
            tx.settings.set(_PENDING, rest or None)

        home.vault.write(done)


def _queue(tx: Transaction, request: JsonObject) -> None:
    waiting = tx.settings.get(_PENDING)
    tx.settings.set(_PENDING, [*(waiting if isinstance(waiting, list) else []), request])
