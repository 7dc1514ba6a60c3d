"""Web addresses in one spelling, and what an address names: a host, an account, an app, itself."""

import re
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from tocsin.records.observables.apps import app_at
from tocsin.records.observables.hosts import HostFault, ace_form
from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.platforms import account_at
from tocsin.records.observables.technical import ip_address

_SPLIT: Final = re.compile(
    r"(?:(https?|ftps?|wss?)://|//)?([^/?#\\]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?",
    re.IGNORECASE | re.DOTALL,
)
_NETLOC: Final = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_PORTS: Final = {"http": "80", "https": "443", "ftp": "21", "ftps": "990", "ws": "80", "wss": "443"}
_ESCAPES: Final = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~/:@!$&'()*+,;=-]")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
# Fragments that a page's script reads as an address; all others point into the same page.
_ROUTE_FRAGMENT: Final = re.compile(r"[!/@].*", re.DOTALL)


class UrlReading(Struct, frozen=True):
    """What an address names, and what had to be done to read it."""

    observable: Observable | None
    defects: tuple[str, ...] = ()


class _Parts(Struct, frozen=True):
    scheme: str
    host: str
    port: str
    path: str
    query: str | None
    fragment: str
    is_address: bool

    @property
    def text(self) -> str:
        port = f":{self.port}" if self.port else ""
        query = "" if self.query is None else f"?{self.query}"
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}://{self.host}{port}{self.path or '/'}{query}{fragment}"

    @property
    def names_host_only(self) -> bool:
        web = self.scheme in ("http", "https")
        rest = self.port or self.query or self.fragment
        return web and not rest and self.path in ("", "/")


def canonical_url(text: str) -> str | None:
    """Return the one spelling of a web address, None when it is none.

    Scheme and host in lower case, host in ACE form, default port and log-in dropped, dot segments
    resolved, escapes in one form, an empty query dropped; path and query keep their case and
    order. A fragment stays only where it is a route of the page's script.
    """
    parts, _ = _parse(text)
    return parts.text if parts else None


def read_url(text: str) -> UrlReading:
    """Return what a refanged address names: a domain, an account, an app, an address, or itself."""
    parts, defects = _parse(text)
    if parts is None:
        return UrlReading(None, defects)
    if not parts.is_address and parts.scheme in ("http", "https") and not parts.port:
        named = account_at(parts.host, parts.path, parts.query or "")
        named = named or app_at(parts.host, parts.path, parts.query or "")
        if named:
            return UrlReading(named, _without_assumption(defects))
    if parts.names_host_only:
        return UrlReading(_host_of(parts), _without_assumption(defects))
    return UrlReading(Observable(Kind.URL, parts.text), defects)


def _host_of(parts: _Parts) -> Observable | None:
    if parts.is_address:
        return ip_address(parts.host)
    return Observable(Kind.DOMAIN, parts.host)


def _without_assumption(defects: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in defects if each != "scheme-assumed")


def _parse(text: str) -> tuple[_Parts | None, tuple[str, ...]]:
    matched = _SPLIT.fullmatch(text)
    if matched is None:
        return None, ("not-a-url",)
    scheme, netloc, path, query, fragment = matched.groups()
    defects = [] if scheme else ["scheme-assumed"]
    scheme = scheme.lower() if scheme else "https"
    login, at, place = netloc.rpartition("@")
    if at:
        defects.append("userinfo-stripped")
    del login
    located = _NETLOC.fullmatch(place)
    if located is None or int(located[2] or 0) > 65535:
        return None, (HostFault.BAD_CHARACTER.value,)
    host, fault = _host(located[1])
    if fault:
        return None, (fault,)
    port = str(int(located[2])) if located[2] else ""
    kept = fragment if fragment and _ROUTE_FRAGMENT.match(fragment) else ""
    if fragment and not kept:
        defects.append("fragment-dropped")
    parts = _Parts(
        scheme=scheme,
        host=host,
        port="" if port == _PORTS[scheme] else port,
        path=_resolved(_escaped(path.replace("\\", "/"))),
        query=_escaped(query, also="?") if query else None,
        fragment=_escaped(kept, also="?") if kept else "",
        is_address=located[1].startswith("[") or host[-1:].isdigit(),
    )
    return parts, tuple(defects)


def _host(text: str) -> tuple[str, str | None]:
    if text.startswith("[") or text[-1:].isdigit():
        found = ip_address(text)
        if found and found.kind is Kind.IPV6:
            return f"[{found.value}]", None
        if found and found.kind is Kind.IPV4:
            return found.value, None
    read = ace_form(text)
    return ("", read.value) if isinstance(read, HostFault) else (read, None)


def _escaped(text: str, also: str = "") -> str:
    def one(matched: re.Match[str]) -> str:
        piece = matched[0]
        if len(piece) == 3:
            plain = chr(int(piece[1:], 16))
            return plain if _UNRESERVED.fullmatch(plain) else piece.upper()
        return piece if piece in also else quote(piece, safe="", errors="replace")

    return _ESCAPES.sub(one, text)


def _resolved(path: str) -> str:
    """Remove dot segments (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
