"""What a STIX object names: its canonical keys, and what stands in the way of one."""

import re
from typing import Final

from msgspec import Struct

from tocsin.foundation import JsonObject
from tocsin.intake.events import Flaw
from tocsin.intake.stixfacts import texts
from tocsin.records.observables import (
    Kind,
    Observable,
    Quantity,
    from_alternatives,
    from_sco,
    is_placeholder,
    is_platform,
    read_quantity,
    read_value,
)

_OPENCTI: Final = frozenset({"hostname", "phone-number"})
"""Observable types of OpenCTI's own, whose ids follow its own rules."""
_KEYED: Final = frozenset(
    {
        "domain-name",
        "url",
        "email-addr",
        "ipv4-addr",
        "ipv6-addr",
        "user-account",
        "file",
        "autonomous-system",
        *_OPENCTI,
    }
)
_URL_LIKE: Final = ("url", "media-content")


class Naming(Struct, frozen=True, gc=False):
    """What a STIX object names.

    Attributes:
        quantity: set for an object whose name is a count, such as a channel `423 X accounts`.
    """

    keys: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    quantity: Quantity | None = None


_NAMELESS: Final = Naming()


def name_object(body: JsonObject) -> Naming:
    """Return the keys of a STIX object; most types name nothing."""
    type_ = body.get("type")
    if type_ == "indicator":
        return _indicator(body)
    if type_ == "channel":
        return _channel(body)
    if type_ in _URL_LIKE:
        return _url(body)
    return _observable(body) if type_ in _KEYED else _NAMELESS


def _indicator(body: JsonObject) -> Naming:
    """Return the keys of all that a pattern asks for; one too rich to read is named."""
    pattern = body.get("pattern")
    if not isinstance(pattern, str):
        return _NAMELESS
    read = from_alternatives(pattern)
    if not read:
        kind = str(body.get("pattern_type") or "stix")
        return Naming((), (_flaw("pattern-not-read", body, f"({kind}) {pattern}"),))
    if len(read) == 1:
        return Naming(_keys(read[0]))
    return Naming(tuple(dict.fromkeys(key for each in read for key in _keys(each))))


def _observable(body: JsonObject) -> Naming:
    read = from_sco(body)
    if read is None:
        return Naming((), (_flaw("no-canonical-key", body, _value(body)),))
    flaws = () if body.get("type") in _OPENCTI else tuple(_id_flaws(body, read))
    return Naming(_keys(read), flaws)


def _url(body: JsonObject) -> Naming:
    said = body.get("value" if body.get("type") == "url" else "url")
    if not isinstance(said, str) or is_placeholder(said):
        return Naming()
    read = read_value(said)
    if len(read.observables) != 1 or read.prose:
        return Naming((), (_flaw("not-a-url", body, said),))
    observable = read.observables[0]
    flaws = _id_flaws(body, observable) if body.get("type") == "url" else []
    if observable.kind is Kind.DOMAIN:
        return Naming(_keys(observable), (_flaw("url-is-host", body, said),))
    return Naming(_keys(observable), tuple(flaws))


def _channel(body: JsonObject) -> Naming:
    """Read OpenCTI's channel: its name is an address, a handle, a title, or a count."""
    name = str(body.get("name") or "")
    kinds = texts(body.get("channel_types"))
    flaws = [] if kinds else [_flaw("untyped-channel", body, name)]
    quantity = read_quantity(name)
    if quantity is not None:
        return Naming((), (*flaws, _flaw("quantity", body, name)), quantity)
    platform = kinds[0] if kinds and is_platform(kinds[0]) else None
    # One word on a named platform is a handle; several words are a title.
    hint = Kind.ACCOUNT if platform and not re.search(r"\s", name) else None
    read = read_value(name, hint, platform)
    if len(read.observables) != 1 or read.prose:
        return Naming((), (*flaws, _flaw("no-canonical-key", body, name)))
    return Naming(_keys(read.observables[0]), tuple(flaws))


def _id_flaws(body: JsonObject, read: Observable) -> list[Flaw]:
    if body.get("id") == read.stix_id:
        return []
    return [_flaw("id-not-deterministic", body, _value(body))]


def _keys(read: Observable) -> tuple[str, ...]:
    return (read.key, *read.also_keys)


def _value(body: JsonObject) -> str:
    for name in ("value", "display_name", "account_login", "user_id", "name"):
        said = body.get(name)
        if isinstance(said, str) and said:
            return said
    return ""


def _flaw(kind: str, body: JsonObject, detail: str) -> Flaw:
    return Flaw(kind, f"{body.get('id')} {detail}".strip())
