"""The texts of identifiers in one canonical form each, so that equal ones compare equal."""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Final, TypeAlias

import orjson

from tocsin.detect.sites.kinds import ASSET, CERTIFICATE_NAME, CREATED, LINK, TEMPLATE, WHOIS
from tocsin.records.observables import canonical_host

_Found: TypeAlias = Iterator[tuple[str, str]]

_WHOIS_MEMBERS: Final = {
    "org": "registrant",
    "emails": "e-mail",
    "name_servers": "name-server",
    "creation_date": CREATED,
}
_HOSTS: Final = frozenset({ASSET, LINK, CERTIFICATE_NAME})
_TOKEN: Final = re.compile(r"""['"]([^'"]{2,80})['"]""")
_MOST_IN_VALUE: Final = 500


def site_of(text: str) -> str | None:
    """Return the site that a host or URL belongs to, None when it is none.

    That is what was registered; under a domain that strangers share it is the whole host.
    """
    bare = text.strip().partition("://")[2] or text.strip()
    host = re.split(r"[/?#]", bare.rpartition("@")[2], maxsplit=1)[0].partition(":")[0]
    read = canonical_host(host.removeprefix("*."))
    if read is None:
        return None
    return read.host.removeprefix("www.") if read.is_shared_host else read.registrable


def values_in(kind: str, text: str, site: str) -> _Found:
    """Yield what a cell holds, by kind; nothing where it only names the site itself."""
    if kind in _HOSTS:
        other = site_of(text)
        if other is not None and other != site:
            yield kind, other
        return
    for each, value in _READERS.get(kind, _plain)(text):
        yield each or kind, value


def _plain(text: str) -> _Found:
    yield "", " ".join(text.split())[:_MOST_IN_VALUE]


def _folded(text: str) -> _Found:
    yield "", text.strip().casefold().rstrip(".")


def _account(text: str) -> _Found:
    """Yield an account by its name or the path of its page; a platform alone is none."""
    path = text.partition("://")[2].partition("/")[2] if "://" in text else text
    if account := path.strip("/@ "):
        yield "", account.casefold()[:_MOST_IN_VALUE]


def _tokens(text: str) -> _Found:
    listed = _TOKEN.findall(text) if text.startswith(("{", "[", "set(")) else text.split()
    yield from (("", each) for each in listed)


def _address(text: str) -> _Found:
    """Yield an address, and its neighbourhood: /24, or /48 for IPv6."""
    try:
        at = ip_address(text)
    except ValueError:
        return
    yield "", str(at)
    yield "subnet", str(ip_network(f"{at}/{24 if at.version == 4 else 48}", strict=False))


def _network(text: str) -> _Found:
    try:
        yield "", str(ip_network(text, strict=False))
    except ValueError:
        return


def _of_whois(text: str) -> _Found:
    """Yield what a record in JSON says of the registrant; of several values, each."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    for member, kind in _WHOIS_MEMBERS.items():
        told = said.get(member) if isinstance(said, dict) else None
        for each in told if isinstance(told, list) else [told]:
            if isinstance(each, str) and each.strip():
                read = _folded if kind in _READERS else _plain
                yield from ((kind, value) for _, value in read(each))


_READERS: Final[dict[str, Callable[[str], _Found]]] = {
    WHOIS: _of_whois,
    TEMPLATE: _tokens,
    "ip": _address,
    "subnet": _network,
    "social": _account,
    "app": _account,
    "e-mail": _folded,
    "name-server": _folded,
    "uuid": _folded,
}
