"""Rotating a node's keys: the new ones are announced under the old one, then used."""

import time
from collections.abc import Callable

from tocsin.exchange.admission import KEYS_PAYLOAD, signed_request
from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.membership import keep_directories, membership_of
from tocsin.trust import PublicKeys, SigningKey
from tocsin.vault import Home


def announce_keys(
    home: Home,
    keys: PublicKeys,
    signed_by: SigningKey,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Tell the exchange a node's public keys; safe to repeat.

    Args:
        signed_by: the key that the directory has now, `home.rotate_keys(...)` returns its ring.

    Raises:
        TrustError: when the exchange knows another key than `signed_by`.
    """
    membership = membership_of(home)
    request = signed_request(KEYS_PAYLOAD, {"keys": keys.to_json()}, signed_by)
    with ExchangeClient(
        membership.url, credential=membership.credential, connect=connect, sleep=sleep
    ) as client:
        answer = client.put("/tocsin/v1/keys", request)
    home.vault.write(lambda tx: keep_directories(tx, membership, answer))
