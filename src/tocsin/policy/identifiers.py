"""Which people an object names: by what it is about, and in the words of a claim."""

from typing import Final

from tocsin.foundation import JsonValue
from tocsin.records.claims import CLAIM_TYPE
from tocsin.records.observables import (
    Observable,
    find_observables,
    from_pattern,
    from_sco,
    read_value,
)
from tocsin.records.stix import StixObject

_CLAIM_WORDS: Final = (
    "statement", "claimant", "answers", "value", "source", "operator", "right_of_reply",
)  # fmt: skip


def observable_of(item: StixObject) -> Observable | None:
    """Return the one identifier that an observable or an indicator stands for."""
    if item.type == "indicator":
        pattern = item.body.get("pattern")
        return from_pattern(pattern) if isinstance(pattern, str) else None
    return from_sco(item.body)


def personal_identifiers(item: StixObject) -> tuple[Observable, ...]:
    """Return the accounts, e-mail addresses and phones that an object names, each once.

    Of free text only a claim's is searched, for what can be told there by its form: an e-mail
    address, the address of an account. A person's name cannot, nor a bare `@handle`.
    """
    found = observable_of(item)
    if found is not None:
        return (found,) if found.is_personal else ()
    return tuple(dict.fromkeys(each for each in _named(item) if each.is_personal))


def _named(item: StixObject) -> list[Observable]:
    body = item.body
    if item.type == "channel":
        names = [body.get("name"), *_list(body.get("aliases"))]
        return [each for name in names for each in read_value(str(name)).observables]
    if item.type == "indicator":
        # A richer pattern: whatever its literals name.
        return _in_words(str(body.get("pattern", "")).replace("'", " "))
    if item.type == CLAIM_TYPE:
        return [each for key in _CLAIM_WORDS for each in _in_words(str(body.get(key) or ""))]
    return []


def _in_words(text: str) -> list[Observable]:
    return [found.observable for found in find_observables(text)]


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
