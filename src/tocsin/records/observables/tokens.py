"""One written token as one observable, or the reason why not."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from tocsin.records.observables.apps import app
from tocsin.records.observables.hosts import HostFault, ace_form
from tocsin.records.observables.kinds import HASHES, Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.platforms import account, account_from_text, platform_name
from tocsin.records.observables.technical import (
    ad_account,
    autonomous_system,
    file_hash,
    ip_address,
    phone,
    tracker,
)
from tocsin.records.observables.urls import read_url

_LOCAL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
_IP_PORT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}")
_FILE: Final = re.compile(
    r"[^/\\:*?\"<>|\x00-\x1f]{1,200}\.(?:exe|dll|apk|ipa|bat|cmd|ps1|vbs|msi|jar|scr|lnk|iso|dmg|docx?"
    r"|xlsx?|pptx?|pdf|rtf|hta|rar|7z|gz|tar|png|jpe?g|gif|mp[34]|avi|txt|csv|html?|php|js)",
    re.IGNORECASE,
)
_FILE_NAME: Final = re.compile(r"[^/\ud800-\udfff]{1,255}", re.DOTALL)
_EDGES: Final = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e,;"
_TAIL: Final = _EDGES + ".:!?\u2026"
_MAX_LAYERS: Final = 16
_OPENING: Final = {")": "(", "]": "[", "}": "{", ">": "<"}
_CLOSING: Final = {opening: closing for closing, opening in _OPENING.items()}


class Token(Struct, frozen=True, gc=False):
    """What one token names, and what to tell about it."""

    observable: Observable | None
    defects: tuple[str, ...] = ()


_NOTHING: Final = Token(None)
WILDCARD: Final = "wildcard"
"""The defect of `*.a.example`, all names below one; see `reading.Defect`."""


def read_token(text: str, hint: Kind | None = None, platform: str | None = None) -> Token:
    """Return what a refanged token without surrounding space names.

    Args:
        text: one word; a file name or a phone number may hold spaces.
        hint: the kind that the list's column promises; a token of another kind is read anyway,
            except where only the promise tells the kinds apart (apps, file names, bare numbers).
        platform: the platform that the list gives for its accounts.
    """
    bare = trimmed(text)
    if not bare:
        return _NOTHING
    if hint is not None and bare[0] != ".":
        promised = _as_promised(bare, hint, platform)
        if promised:
            return Token(promised)
    if bare[0] == "." and bare.count(".") > 1:
        below = domain(bare[1:])
        return Token(below, (WILDCARD,) if below else ())
    return _by_form(bare, hint, platform)


def trimmed(token: str) -> str:
    """Return the token without the quotes, brackets and stops of the sentence around it."""
    for _ in range(_MAX_LAYERS):
        before = token
        # Emphasis and wildcards; an address may have a local part of one star.
        bare = token if token.startswith("*@") else token.strip("*")
        token = _without_bracket(bare.strip(_EDGES).rstrip(_TAIL))
        if token == before:
            break
    return token


def _without_bracket(token: str) -> str:
    """Take off one bracket that lacks its partner, or one pair around the whole."""
    first, last = token[:1], token[-1:]
    opening, closing = _OPENING.get(last), _CLOSING.get(first)
    if opening and token.count(opening) < token.count(last):
        return token[:-1]
    if closing and token.count(first) > token.count(closing):
        return token[1:]
    is_ipv6_literal = first == "[" and token.count(":") > 1
    return token[1:-1] if closing == last and last and not is_ipv6_literal else token


def email(text: str) -> Observable | None:
    """Return the e-mail address in lower case; the domain in ACE form."""
    local, at, domain = text.removeprefix("mailto:").partition("?")[0].rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or ".." in f".{local}.":
        return None
    host = ace_form(domain)
    if isinstance(host, HostFault):
        return None
    return Observable(Kind.EMAIL, f"{local.lower()}@{host}")


def domain(text: str) -> Observable | None:
    """Return the domain that a host name is, whatever stands behind it."""
    host = ace_form(text)
    return None if isinstance(host, HostFault) else Observable(Kind.DOMAIN, host)


def file_name(text: str) -> Observable | None:
    """Return the file name, case kept; a path names no file of its own."""
    return Observable(Kind.FILE_NAME, text) if _FILE_NAME.fullmatch(text) else None


def _as_promised(text: str, hint: Kind, platform: str | None) -> Observable | None:
    if hint in HASHES:
        return file_hash(text, hint)
    if hint is Kind.ACCOUNT:
        is_address = "/" in text or ("." in text and platform is None and "@" not in text)
        return None if is_address else _handle(text, platform)
    read = _PROMISES.get(hint)
    return read(text, platform) if read else None


def _handle(text: str, platform: str | None) -> Observable | None:
    if text.count("@") - text.startswith("@") == 1:
        local, _, host = text.removeprefix("@").partition("@")
        if platform_name(platform or "mastodon") == "mastodon" and text.startswith("@"):
            named = ace_form(host)
            fine = not isinstance(named, HostFault) and _LOCAL.fullmatch(local)
            return account("mastodon", handle=f"{local}@{named}") if fine else None
        return None
    return account_from_text(text, platform)


def _by_form(text: str, hint: Kind | None, platform: str | None) -> Token:
    if "://" in text or text.startswith("//"):
        return _address(text)
    if "@" in text.partition("/")[0]:
        return _at_sign(text, platform)
    found = _by_pattern(text)
    if found:
        return Token(found)
    with_port = _IP_PORT.fullmatch(text)
    if with_port:
        return Token(ip_address(with_port[1]), ("port-dropped",))
    return _plain_address(text, hint)


def _at_sign(text: str, platform: str | None) -> Token:
    if not text.startswith("@"):
        return Token(email(text))
    found = _handle(text, platform)
    lacks = found is not None and not found.platform
    return Token(found, ("platform-unknown",) if lacks else ())


def _by_pattern(text: str) -> Observable | None:
    """Read the kinds that show what they are: hash, address, AS, service id, phone."""
    first = text[0]
    if len(text) in (32, 40, 64, 128) and (found := file_hash(text)):
        return found
    if first.isdigit() or ":" in text:
        found = ip_address(text)
        if found:
            return found
    if first in "AaUuGgPpCc" and "." not in text:
        return autonomous_system(text) or tracker(text) or ad_account(text)
    return phone(text) if first in "+t" else None


def _plain_address(text: str, hint: Kind | None) -> Token:
    if "." not in text:
        return Token(None, (HostFault.SINGLE_LABEL.value,) if "/" in text else ())
    if any(sign in text for sign in "/?#:"):
        return _address(text)
    host = ace_form(text)
    if not isinstance(host, HostFault):
        return _host_token(text, host, hint)
    if host is HostFault.UNKNOWN_SUFFIX and _FILE.fullmatch(text):
        return Token(file_name(text))
    return Token(None, (host.value,))


def _host_token(text: str, host: str, hint: Kind | None) -> Token:
    if hint is Kind.DOMAIN:
        return Token(Observable(Kind.DOMAIN, host))
    reading = read_url(text)
    found = reading.observable or Observable(Kind.DOMAIN, host)
    return Token(found, reading.defects)


def _address(text: str) -> Token:
    reading = read_url(text)
    return Token(reading.observable, reading.defects)


_PROMISES: Final[dict[Kind, Callable[[str, str | None], Observable | None]]] = {
    Kind.DOMAIN: lambda text, _: domain(text),
    Kind.EMAIL: lambda text, _: email(text),
    Kind.FILE_NAME: lambda text, _: file_name(text),
    Kind.APP: lambda text, _: None if "/" in text else app(text),
    Kind.PHONE: lambda text, _: phone(text, is_expected=True),
    Kind.AUTONOMOUS_SYSTEM: lambda text, _: autonomous_system(text, bare=True),
    Kind.TRACKER: tracker,
    Kind.AD_ACCOUNT: lambda text, platform: ad_account(text, platform and platform_name(platform)),
}
