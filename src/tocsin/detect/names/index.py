"""The inverse index: every way to write a protected name, looked up by what stands in a host.

Built once a watchlist; a host is looked up in time that does not depend on the list's length,
but for runs of four letters that many names share.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, TypeVar

from attrs import field, frozen
from phonenumbers.geodata.locale import LOCALE_DATA

from tocsin.detect.names.entities import Entity
from tocsin.detect.names.hosts import split_host
from tocsin.detect.names.letters import skeleton, spelled, squeezed, words_of

GRAM: Final = 4
TWO_EDITS: Final = 12
"""From this length a name is sought with two edits: three untouched runs of four fit into it."""
GOVERNMENT: Final = words_of("forged", "government")
_OFFICES: Final = {
    "mfa", "mofa", "mod", "moi", "mon", "mofaic", "mvd", "parliament", "president", "army",
    "navy", "police", "embassy", "minfin", "minjust", "post", "customs",
}  # fmt: skip


V = TypeVar("V")


class Kind(StrEnum):
    """How much a name says of who is meant."""

    DISTINCT = "distinct"
    WORD = "ordinary word"
    SHORT = "three letters or fewer"


@frozen(eq=False)
class Key:
    """One name of one entity, as it is looked up.

    Attributes:
        text: its skeleton, without hyphens.
        raw: as its holder writes it.
        home: suffixes under which the entity holds it.
    """

    text: str
    raw: str
    entity: Entity
    kind: Kind
    home: frozenset[str]


@frozen
class Index:
    """All tables; by skeletons unless said otherwise.

    Attributes:
        owned: hosts below which everything is the entities' own.
        exact: whole names.
        grams: runs of four letters of a name with the place of each; those of which one is
            untouched by as many edits as are allowed, and the first.
        dropped: names of five to seven letters with one letter dropped, and whole.
        doubled: names without doubled letters.
        written: domains written out with hyphens, `ukr-net`.
        glued: domains written out without hyphens, `ukrnet`, and names of states, `mfagreece`.
        governments: own domains of governments by the code of the country.
        known: own domains of adversaries.
    """

    owned: frozenset[str]
    known: dict[str, Entity]
    exact: dict[str, tuple[Key, ...]]
    grams: dict[str, tuple[tuple[Key, int], ...]]
    dropped: dict[str, tuple[Key, ...]]
    doubled: dict[str, tuple[Key, ...]]
    written: dict[str, tuple[Key, ...]]
    glued: dict[str, tuple[Key, ...]]
    governments: dict[str, tuple[Key, ...]]
    entities: tuple[Entity, ...] = field(default=())


def build_index(entities: Iterable[Entity]) -> Index:
    """Build the index of a watchlist."""
    listed = tuple(entities)
    keys = [key for each in listed for key in _keys(each)]
    whole = [(key.text, key) for key in keys]
    long = [key for key in keys if len(key.text) >= GRAM]
    return Index(
        owned=frozenset(
            host
            for each in listed
            if not each.adversary
            for host in (*each.domains, *_sisters(each))
        ),
        known={host: each for each in listed if each.adversary for host in each.domains},
        exact=_table(whole),
        grams=_table(
            (key.text[at : at + GRAM], (key, at)) for key in long for at in _places(key.text)
        ),
        dropped=_table(
            (form, key) for key in keys if 5 <= len(key.text) <= 7 for form in dropped(key.text)
        ),
        doubled=_table((squeezed(key.text), key) for key in long),
        written=_table(_written(listed)),
        glued=_table(_glued(listed)),
        governments=_table(_governments(listed)),
        entities=listed,
    )


def dropped(text: str) -> set[str]:
    """Return a text and all that is left of it when one letter is dropped."""
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def _table(rows: Iterable[tuple[str, V]]) -> dict[str, tuple[V, ...]]:
    found: dict[str, dict[V, None]] = defaultdict(dict)
    for form, value in rows:
        found[form][value] = None
    return {form: tuple(values) for form, values in found.items()}


def _places(text: str) -> range:
    """Return where the runs begin of which edits leave one whole; the first always."""
    if len(text) >= TWO_EDITS:
        return range(0, 3 * GRAM, GRAM)
    return range(0, 2 * GRAM if len(text) >= 2 * GRAM else 1, GRAM)


def _keys(entity: Entity) -> Iterator[Key]:
    home = frozenset(entity.sister_suffixes)
    forms: dict[str, None] = {}
    for domain in entity.domains:
        label, suffix = _held(domain)
        home |= {suffix}
        if label not in GOVERNMENT or label in _TELLING:
            forms[label] = None
            if label.startswith("the") and len(label) > 7:
                forms[label[3:]] = None
    for said in (entity.name, *entity.aliases, *entity.handles):
        if "." not in said:
            forms.update(dict.fromkeys(each for each in spelled(said) if len(each) >= 3))
    for form in forms:
        text = skeleton(form).replace("-", "")
        if len(text) >= 2:
            yield Key(text, form, entity, _kind(form, entity), home)


_TELLING: Final = frozenset({"gouv", "gob"})
"""Words for a government that say which one, more than `gov` does."""


def _held(domain: str) -> tuple[str, str]:
    """Return the label that names the holder and what stands behind it."""
    split = split_host(domain)
    if split is None:
        label, _, suffix = domain.partition(".")
        return label, suffix
    label, *behind = (*split.below, split.label)
    return label, ".".join((*behind, split.suffix))


def _kind(form: str, entity: Entity) -> Kind:
    if entity.distinctive is not None:
        return Kind.DISTINCT if entity.distinctive else Kind.WORD
    if len(form) <= 3:
        return Kind.SHORT
    known = form in words_of("ordinary", "words") or form in GOVERNMENT or form in _OFFICES
    return Kind.WORD if known else Kind.DISTINCT


def _sisters(entity: Entity) -> Iterator[str]:
    labels = {_held(each)[0] for each in entity.domains}
    yield from (f"{label}.{suffix}" for label in labels for suffix in entity.sister_suffixes)


def _written(entities: Iterable[Entity]) -> Iterator[tuple[str, Key]]:
    for each in entities:
        for domain in each.domains:
            labels = domain.split(".")
            key = Key(skeleton(domain.replace(".", "-")), domain, each, Kind.DISTINCT, frozenset())
            for length in range(2, len(labels) + 1):
                yield skeleton("-".join(labels[:length])), key
            if len(labels) > 2 and labels[-2] in GOVERNMENT:
                yield skeleton("-".join(labels[-2:])), key


def _glued(entities: Iterable[Entity]) -> Iterator[tuple[str, Key]]:
    for each in entities:
        for domain in each.domains:
            label, suffix = _held(domain)
            key = Key(skeleton(domain.replace(".", "")), domain, each, Kind.DISTINCT, frozenset())
            if len(key.text) >= 6:
                yield key.text, key
            country = _country(suffix)
            if country and (label in _OFFICES or label in GOVERNMENT):
                yield skeleton(label + country), key
                yield skeleton(country + label), key


def _governments(entities: Iterable[Entity]) -> Iterator[tuple[str, Key]]:
    for each in entities:
        for domain in each.domains:
            *labels, top = domain.split(".")
            if labels and labels[-1] in GOVERNMENT:
                text = skeleton(labels[-1])
                yield top, Key(text, domain, each, Kind.DISTINCT, frozenset())


def _country(suffix: str) -> str:
    """Return the English name of the country of a suffix, glued; empty when it has none."""
    code = suffix.rpartition(".")[2].upper()
    names = LOCALE_DATA.get(code, {})
    said = names.get("en", "")
    english = names.get(said[1:], "") if said.startswith("*") else said
    return "".join(spelled(english)) if len(code) == 2 else ""
