"""Observables out of STIX: from cyber-observable objects and from single-comparison patterns.

Only patterns of one observation with equality comparisons on one object are read, which is what
lists of indicators hold, and alternatives of such; anything richer is None and stays a pattern. The
expressions are anchored and unambiguous, so reading takes time linear in the pattern's length.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tocsin.foundation import JsonValue
from tocsin.records.observables.carriers import (
    AD_ACCOUNT_PREFIX,
    HASH_NAMES,
    PHONE_TYPE,
    TRACKER_PREFIX,
)
from tocsin.records.observables.hosts import plain_host
from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.platforms import account
from tocsin.records.observables.refang import refang
from tocsin.records.observables.technical import (
    ad_account,
    autonomous_system,
    file_hash,
    ip_address,
    phone,
    tracker,
)
from tocsin.records.observables.tokens import domain, email, file_name
from tocsin.records.observables.urls import read_url

_Reader: TypeAlias = Callable[[Mapping[str, JsonValue]], Observable | None]

_MAX_PATTERN: Final = 20_000
_COMPARISON: Final = re.compile(
    r"([a-z][a-z0-9-]{1,50}):([a-z_]{1,50})(?:\.(?:'([\w-]{1,50})'|([\w-]{1,50})))?"
    r"[ \t]{0,8}=[ \t]{0,8}(?:'((?:[^'\\]|\\['\\])*)'|([0-9]{1,10}))"
)
# What nearly every list writes; the rest is read step by step.
_USUAL: Final = re.compile(r"\[([a-z][a-z0-9-]{1,50}):value = '([^'\\]*)'\]")
_AND: Final = re.compile(r"[ \t]{1,8}AND[ \t]{1,8}")
_LITERAL_OR_WORD: Final = re.compile(r"'(?:[^'\\]|\\.)*'|[A-Za-z]+|.", re.DOTALL)
_MAX_ALTERNATIVES: Final = 1000
_ESCAPE: Final = re.compile(r"\\(['\\])")
_BY_HASH: Final = {name.replace("-", ""): kind for kind, name in HASH_NAMES.items()}


def from_sco(body: Mapping[str, JsonValue]) -> Observable | None:
    """Return the observable that an SCO carries, None when it names none that we know.

    The value is read as any other text from outside: canonicalised, and refused when it is none
    of its type.
    """
    reader = _READERS.get(_text(body.get("type")) or "")
    return reader(body) if reader else None


def from_pattern(pattern: str) -> Observable | None:
    """Return the observable that a STIX pattern asks for, None for any richer pattern."""
    text = pattern.strip()
    if len(text) > _MAX_PATTERN or text[:1] != "[" or text[-1:] != "]":
        return None
    if usual := _USUAL.fullmatch(text):
        return from_sco({"type": usual[1], "value": usual[2]})
    end = len(text) - 1
    at = _skip_spaces(text, 1)
    body: dict[str, JsonValue] = {}
    while matched := _COMPARISON.match(text, at):
        type_, name, quoted, step, literal, number = matched.groups()
        if body.setdefault("type", type_) != type_ or name in body:
            return None
        said: JsonValue = literal
        if number:
            said = int(number)
        elif "\\" in literal:
            said = _ESCAPE.sub(r"\1", literal)
        body[name] = {quoted or step: said} if quoted or step else said
        at = _skip_spaces(text, matched.end())
        if at == end:
            return from_sco(body)
        more = _AND.match(text, matched.end())
        if more is None:
            return None
        at = more.end()
    return None


def from_alternatives(pattern: str) -> tuple[Observable, ...]:
    """Return the observables of which a STIX pattern asks for any one, none for a richer pattern.

    `[a] OR [b]` and `[a OR b]` ask for one of two; a pattern for one thing gives that.
    """
    whole = from_pattern(pattern)
    if whole is not None:
        return (whole,)
    if len(pattern) > _MAX_PATTERN or " OR " not in pattern:
        return ()
    pieces = [""]
    for word in _LITERAL_OR_WORD.findall(pattern):
        if word == "OR":
            pieces.append("")
        else:
            pieces[-1] += word
    made = [from_pattern(f"[{_inside(piece)}]") for piece in pieces[:_MAX_ALTERNATIVES]]
    found = tuple(dict.fromkeys(each for each in made if each is not None))
    return found if all(made) and len(made) == len(pieces) else ()


def _inside(piece: str) -> str:
    return piece.strip().removeprefix("[").removesuffix("]").strip()


def _skip_spaces(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _from_account(body: Mapping[str, JsonValue]) -> Observable | None:
    type_ = _text(body.get("account_type"))
    user_id, login = _text(body.get("user_id")), _text(body.get("account_login"))
    named = user_id or login or ""
    if type_ == PHONE_TYPE:
        return phone(named, is_expected=True)
    if type_ and type_.startswith(AD_ACCOUNT_PREFIX):
        return ad_account(named, type_.removeprefix(AD_ACCOUNT_PREFIX))
    if type_ and type_.startswith(TRACKER_PREFIX):
        return tracker(named, type_.removeprefix(TRACKER_PREFIX))
    display = _text(body.get("display_name"))
    found = account(type_, handle=login, user_id=user_id, display=display)
    # Some lists give the account's address in place of its name: `t.me/somebody`.
    return found or (read_url(refang(named)).observable if "/" in named else None)


def _from_value(read: Callable[[str], Observable | None]) -> _Reader:
    def reader(body: Mapping[str, JsonValue]) -> Observable | None:
        value = _text(body.get("value"))
        return read(refang(value)) if value else None

    return reader


def _from_domain(body: Mapping[str, JsonValue]) -> Observable | None:
    value = _text(body.get("value"))
    if not value:
        return None
    host = plain_host(value)
    return Observable(Kind.DOMAIN, host) if host else domain(refang(value))


def _from_email(body: Mapping[str, JsonValue]) -> Observable | None:
    found = email(refang(_text(body.get("value")) or ""))
    display = _text(body.get("display_name"))
    if found is None or not display or display == found.value:
        return found
    return Observable(found.kind, found.value, display=display)


def _from_system(body: Mapping[str, JsonValue]) -> Observable | None:
    number = body.get("number")
    is_number = isinstance(number, int) and not isinstance(number, bool)
    return autonomous_system(str(number), bare=True) if is_number else None


def _from_file(body: Mapping[str, JsonValue]) -> Observable | None:
    hashes = body.get("hashes")
    if isinstance(hashes, dict):
        known = {
            _BY_HASH[name.upper().replace("-", "")]: _text(digest)
            for name, digest in hashes.items()
            if name.upper().replace("-", "") in _BY_HASH
        }
        strongest = (Kind.SHA256, Kind.SHA512, Kind.SHA1, Kind.MD5, Kind.PDQ)
        chosen = next((kind for kind in strongest if known.get(kind)), None)
        return file_hash(known[chosen] or "", chosen) if chosen else None
    return file_name(_text(body.get("name")) or "")


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_PATTERN else None


_READERS: Final[dict[str, _Reader]] = {
    # OpenCTI's own types.
    "hostname": _from_domain,
    "phone-number": _from_value(lambda text: phone(text, is_expected=True)),
    "domain-name": _from_domain,
    "url": _from_value(lambda text: read_url(text).observable),
    "email-addr": _from_email,
    "ipv4-addr": _from_value(ip_address),
    "ipv6-addr": _from_value(ip_address),
    "autonomous-system": _from_system,
    "user-account": _from_account,
    "file": _from_file,
}
