"""What is no indicator, whoever says so: popular, own, shared or far too broad names.

A list that names `google.com`, one's own site, all of `wordpress.com` or `*.com` makes whoever acts
on it block the innocent. The lists of names are the node's own; what is too broad is the same for
everybody, so the exchange refuses it too.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from ipaddress import ip_network
from typing import Final

from attrs import field, frozen

from tocsin.foundation import JsonValue
from tocsin.policy.decision import Decision
from tocsin.records.observables import HostFault, host_fault, plain_host, shared_roots
from tocsin.records.stix import StixObject

WIDEST_IPV4: Final = 24
WIDEST_IPV6: Final = 48
_LITERAL: Final = re.compile(
    r"(domain-name:value|url:value)\s*(=|LIKE|MATCHES)\s*'((?:[^'\\]|\\.)*)'"
)
_WILD: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[*%]\.?)+", re.IGNORECASE)
_HOST_OF_URL: Final = re.compile(r"^[a-z][a-z0-9+.-]*://([^/:?#]*)", re.IGNORECASE)


class Guard(StrEnum):
    """Why something is stopped."""

    OWN = "own-domain"
    TOO_BROAD = "too-broad"
    SHARED = "shared-host"
    POPULAR = "popular-domain"


@frozen
class Stop:
    """One indicator that is stopped.

    Attributes:
        why: a sentence for a person, without the names of others' lists.
    """

    guard: Guard
    why: str


@frozen
class GuardLists:
    """The names that a node knows.

    Attributes:
        popular: hosts that very many people use; a name under one of them is not meant.
        own: whose each domain is; all names under it are meant as well.
        allowed: keys of observables that a person lets pass, with a reason.
    """

    popular: frozenset[str] = frozenset()
    own: Mapping[str, str] = field(factory=dict)
    allowed: frozenset[str] = frozenset()


def guard_stop(key: str, lists: GuardLists) -> Stop | None:
    """Return why an observable's canonical key is stopped, None when it is not.

    Costs a few set look-ups, whatever the length of the lists.
    """
    kind, _, value = key.partition(":")
    if kind == "network":
        return None if key in lists.allowed else _too_wide(value)
    if kind not in ("domain", "url", "email"):
        return None
    host = value if kind == "domain" else _host_in(kind, value)
    owner = _owner(host, lists.own) if lists.own else None
    found: Stop | None = None
    if owner is not None:
        found = Stop(Guard.OWN, f"{host} belongs to {owner}")
    elif kind == "domain":
        found = _named_alone(host, lists)
    return None if found and key in lists.allowed else found


def broad_refusals(item: StixObject) -> tuple[Decision, ...]:
    """Return why an object names far too much: a public suffix alone, or everything below one."""
    body = item.body
    values: Iterable[tuple[JsonValue, bool]] = ()
    if item.type == "indicator":
        pattern = body.get("pattern")
        if isinstance(pattern, str):
            values = ((each[2], each[1] != "=") for each in _LITERAL.findall(pattern))
    elif item.type in ("domain-name", "url"):
        values = ((body.get("value"), False),)
    for value, is_like in values:
        if isinstance(value, str) and (why := _too_broad(value, is_like=is_like)):
            return (Decision.no("too-broad", why),)
    return ()


def _named_alone(host: str, lists: GuardLists) -> Stop | None:
    name = host.removeprefix("www.")
    if name in shared_roots():
        return Stop(Guard.SHARED, f"{host} is shared by many strangers: name the page or the site")
    if name in lists.popular or host in lists.popular:
        return Stop(Guard.POPULAR, f"{host} is on the list of popular domains")
    return None


def _too_wide(network: str) -> Stop | None:
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        return None
    widest = WIDEST_IPV4 if found.version == 4 else WIDEST_IPV6
    if found.prefixlen >= widest:
        return None
    return Stop(Guard.TOO_BROAD, f"{network} is wider than /{widest}: name addresses or a part")


def _too_broad(value: str, *, is_like: bool) -> str | None:
    """Return why a literal of a pattern, or a value, stands for the names of half the world."""
    wild = _WILD.match(value)
    rest = value[wild.end() :] if wild and (is_like or "*" in wild.group()) else value
    if wild is None or rest is value:
        url = _HOST_OF_URL.match(value)
        rest = url.group(1) if url else value
    rest = rest.partition("/")[0].strip().rstrip(".%*")
    if not rest:
        return f"{value!r} stands for every name there is"
    if plain_host(rest) is not None:
        return None  # nearly all there are
    fault = host_fault(rest)
    is_top = fault is HostFault.SINGLE_LABEL and host_fault(f"a.{rest}") is None
    if fault is HostFault.PUBLIC_SUFFIX or is_top:
        return f"{value!r} stands for every name under a public suffix"
    return None


def _owner(host: str, own: Mapping[str, str]) -> str | None:
    name = host
    while name:
        if name in own:
            return own[name]
        name = name.partition(".")[2]
    return None


def _host_in(kind: str, value: str) -> str:
    if kind == "email":
        return value.rpartition("@")[2]
    netloc = value.partition("://")[2].partition("/")[0]
    return netloc.partition(":")[0]
