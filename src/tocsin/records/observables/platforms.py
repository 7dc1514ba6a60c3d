"""Which addresses name an account, from the table `platforms.json`."""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from attrs import frozen

from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable

_PACKAGE: Final = "tocsin.records.observables"
_HANDLE: Final = r"[\w.\-]{1,100}"
_ID: Final = r"[0-9]{3,20}"
# No platform allows brackets; `t.me/name` is an address, to be read as one.
_USABLE_HANDLE: Final = re.compile(
    r"(?![/@])(?![^/]*\.[^/]*/)[^\s#?\"'<>()\[\]{}\\\ud800-\udfff]{1,200}"
)
_USABLE_ID: Final = re.compile(
    r"(?![/@])(?![^/]*\.[^/]*/)[^\s?\"'<>()\[\]{}\\\ud800-\udfff]{1,200}"
)
_UNKNOWN_HANDLE: Final = re.compile(r"[^\s@#/?\"'<>]{1,100}")


@frozen
class _Route:
    """One template of a platform: how an address turns into a handle or an id."""

    path: re.Pattern[str]
    parameter: str | None
    identity: str
    names_id: bool


@frozen
class Platform:
    """A service with accounts, as the table describes it."""

    name: str
    label: str
    numeric_is_id: bool
    hosts: tuple[str, ...]
    any_subdomain: bool
    subdomain: bool
    handle: re.Pattern[str]
    id: re.Pattern[str]
    reserved: re.Pattern[str]
    routes: tuple[_Route, ...]


def account(
    platform: str | None,
    *,
    handle: str | None = None,
    user_id: str | None = None,
    display: str | None = None,
) -> Observable | None:
    """Return the canonical account, None when neither handle nor id is usable.

    Args:
        platform: its name in the table, or what an unknown platform is called; None if unknown.
        handle: with or without `@`; folded, since platforms tell handles apart without case.
        user_id: the permanent id, kept as written: ids may differ by case only.
        display: a name for people; defaults to the handle as written where folding changed it.
    """
    name = platform_name(platform) if platform else None
    written, permanent = _usable_handle(handle), (user_id or "").strip()
    if not written and permanent and _is_handle(name, permanent):
        written, permanent = _usable_handle(permanent), ""
    folded = fold(written)
    if not _USABLE_ID.fullmatch(permanent):
        permanent = ""
    if not folded and not permanent:
        return None
    identity = f"#{permanent}" if permanent else f"@{folded}"
    shown = display or (written if written != folded else None)
    return Observable(
        Kind.ACCOUNT, f"{name or ''}/{identity}", name, folded or None, permanent or None, shown
    )


def account_from_text(text: str, platform: str | None) -> Observable | None:
    """Return the account that a bare handle or id names on `platform`."""
    known = _by_name().get(platform_name(platform)) if platform else None
    bare = text.strip()
    if known and not bare.startswith("@") and known.id.fullmatch(bare.removeprefix("#")):
        numeric = bare.removeprefix("#").isdigit()
        if bare.startswith("#") or not numeric or known.numeric_is_id:
            return account(platform, user_id=bare.removeprefix("#"))
    handle = bare.removeprefix("@")
    wanted = known.handle if known else _UNKNOWN_HANDLE
    return account(platform, handle=handle) if wanted.fullmatch(handle) else None


def account_at(host: str, path: str, query: str) -> Observable | None:
    """Return the account that a web address names, None when it names something else.

    A post, a search or a log-in page of a platform names no account.
    """
    found = _platform_at(host)
    if found is None:
        return None
    platform, below = found
    trimmed = unquote(path).rstrip("/")
    if below and platform.subdomain and not trimmed:
        if platform.handle.fullmatch(below) and not platform.reserved.fullmatch(below):
            return account(platform.name, handle=below)
        return None
    return None if below and not platform.any_subdomain else _routed(platform, trimmed, query)


@lru_cache(maxsize=4096)
def platform_name(text: str) -> str:
    """Return the table's name for what a person calls a platform; unknown ones as a slug."""
    slug = " ".join(re.findall(r"\w+", text.casefold()))
    return _aliases().get(slug) or slug.replace(" ", "-")


@lru_cache(maxsize=4096)
def is_platform(text: str) -> bool:
    """Tell whether the table knows this platform under some name."""
    return platform_name(text) in _by_name()


def fold(handle: str) -> str:
    """Return the form in which handles are compared: NFC, without case. Idempotent."""
    if handle.isascii():
        return handle.lower()
    for _ in range(4):
        made = unicodedata.normalize("NFC", handle.casefold())
        if made == handle:
            break
        handle = made
    return handle


def _usable_handle(text: str | None) -> str:
    written = (text or "").strip().lstrip("@")
    return written if _USABLE_HANDLE.fullmatch(fold(written)) else ""


def _is_handle(platform: str | None, user_id: str) -> bool:
    """Tell whether what a list calls an id is a handle: lists confuse the two."""
    known = _by_name().get(platform) if platform else None
    if user_id.startswith("@"):
        return True
    if known is None or not known.numeric_is_id or any(map(str.isdigit, user_id)):
        return False
    return known.handle.fullmatch(user_id) is not None


def names_account_by_subdomain(host: str) -> bool:
    """Tell whether `host` stands below a platform that names its accounts so."""
    return host.endswith(_subdomain_hosts())


@lru_cache(maxsize=1)
def _subdomain_hosts() -> tuple[str, ...]:
    return tuple(f".{host}" for each in platforms() if each.subdomain for host in each.hosts)


def _routed(platform: Platform, path: str, query: str) -> Observable | None:
    for route in platform.routes:
        matched = route.path.fullmatch(path)
        if matched is None:
            continue
        said = matched.groupdict().get("it")
        if route.parameter:
            said = next(iter(parse_qs(query).get(route.parameter, ())), "")
            wanted = platform.id if route.names_id else platform.handle
            said = said if wanted.fullmatch(said) else None
        if not said or (not route.names_id and platform.reserved.fullmatch(said)):
            continue
        identity = route.identity.replace("{}", said)
        if route.names_id:
            return account(platform.name, user_id=identity)
        return account(platform.name, handle=identity)
    return None


def _platform_at(host: str) -> tuple[Platform, str] | None:
    """Return the platform that serves `host` and what stands before its domain."""
    table = _by_host()
    name, below = host, ""
    for _ in range(4):
        if name in table:
            plain = below.removesuffix(".") in ("", "www", "m", "mobile", "web")
            return table[name], "" if plain else below.removesuffix(".")
        label, dot, name = name.partition(".")
        if not dot:
            return None
        below += label + "."
    return None


@lru_cache(maxsize=1)
def platforms() -> tuple[Platform, ...]:
    """Return the table."""
    raw = json.loads(files(_PACKAGE).joinpath("platforms.json").read_text("utf-8"))
    return tuple(_compiled(entry) for entry in raw["platforms"])


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Platform]:
    return {each.name: each for each in platforms()}


@lru_cache(maxsize=1)
def _by_host() -> dict[str, Platform]:
    return {host: each for each in platforms() for host in each.hosts}


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    raw = json.loads(files(_PACKAGE).joinpath("platforms.json").read_text("utf-8"))
    named = {}
    for entry in raw["platforms"]:
        for alias in (entry["name"], entry["label"], *entry["aliases"], *entry["hosts"]):
            named[" ".join(re.findall(r"\w+", alias.casefold()))] = entry["name"]
    return named


def _compiled(entry: dict[str, Any]) -> Platform:
    handle, id_ = entry.get("handle", _HANDLE), entry.get("id", _ID)
    tails = "|".join(map(re.escape, entry.get("tails", ())))
    routes = tuple(_route(path, said, handle, id_, tails) for path, said in entry["paths"])
    return Platform(
        name=entry["name"],
        label=entry["label"],
        numeric_is_id=entry.get("numeric_is_id", False),
        hosts=tuple(entry["hosts"]),
        any_subdomain=entry.get("any_subdomain", False),
        subdomain=entry.get("subdomain", False),
        handle=re.compile(handle),
        id=re.compile(id_),
        reserved=re.compile("|".join(entry.get("reserved", ())) or r"(?!)", re.IGNORECASE),
        routes=routes,
    )


def _route(template: str, identity: str, handle: str, id_: str, tails: str) -> _Route:
    path, _, query = template.partition("?")
    pieces = {"handle": f"(?P<it>{handle})", "id": f"(?P<it>{id_})", "any": "[^/]+"}
    pieces["anyid"] = f"[^/]*?-?(?P<it>{id_})"
    pattern = "".join(
        pieces[piece[1:-1]] if piece.startswith("{") else re.escape(piece)
        for piece in re.split(r"(\{\w+\})", path)
    )
    tail = f"(?:/(?:{tails}))?" if tails else ""
    shape = re.sub(r"\{\w+\}", "{}", identity[1:])
    parameter = query.partition("=")[0] or None
    return _Route(
        re.compile(pattern + tail, re.IGNORECASE), parameter, shape, identity.startswith("#")
    )
