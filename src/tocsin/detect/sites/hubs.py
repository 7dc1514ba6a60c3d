"""Values that many strangers share, by rule: they say nothing of who runs a site.

Parking pages, content networks, site builders and privacy services are known by name; no count in
a small list shows how common they are.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from tocsin.detect.sites.kinds import CERTIFICATE_NAME

_Network: TypeAlias = IPv4Network | IPv6Network

_ADDRESSES: Final = (
    "parking",
    "site builders and blogs",
    "content networks",
    "not an address of the open net",
)
_WORDS: Final = {
    "registrant": ("privacy services",),
    "e-mail": ("privacy services", "mailboxes of registrars"),
    "name-server": ("name servers of large hosts",),
    CERTIFICATE_NAME: ("certificates of content networks",),
}


def hub_rule(kind: str, value: str) -> str | None:
    """Return by which rule a value says nothing, None when none holds."""
    if kind in {"ip", "subnet"}:
        return _address_rule(value)
    folded = value.casefold()
    for rule in _WORDS.get(kind, ()):
        if any(word in folded for word in _listed()[rule]):
            return rule
    return None


def _address_rule(value: str) -> str | None:
    try:
        at = ip_address(value.partition("/")[0])
    except ValueError:
        return None
    for rule, network in _networks():
        if at.version == network.version and at in network:
            return rule
    return None


@lru_cache(maxsize=1)
def _networks() -> Sequence[tuple[str, _Network]]:
    return [(rule, ip_network(each)) for rule in _ADDRESSES for each in _listed()[rule]]


@lru_cache(maxsize=1)
def _listed() -> Mapping[str, list[str]]:
    raw = files("tocsin.detect.sites").joinpath("hubs.json").read_text("utf-8")
    found: dict[str, list[str]] = json.loads(raw)
    return found
