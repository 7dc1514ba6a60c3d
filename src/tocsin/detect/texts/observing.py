"""Families as observations: what is alike, by which rule, how we know, what else it may be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import asdict, frozen

from tocsin.detect.texts.corpus import Corpus, Text
from tocsin.detect.texts.explaining import explanations
from tocsin.detect.texts.relations import Link, Related, Relation, Thresholds
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "texts/1"
RULES: Final = {
    Relation.VERBATIM: "same-letters",
    Relation.NEAR_VERBATIM: "shared-runs-of-letters",
    Relation.REWORDED: "same-meaning",
    Relation.TRANSLATED: "same-meaning-in-another-language",
}
"""The rule that fired is that of the loosest link in a family."""

_SHOWN_LINKS: Final = 50
_SHOWN_LETTERS: Final = 280


@frozen
class Family:
    """Texts that say the same.

    Attributes:
        texts: earliest first.
        wordings: of its distinct documents, by key.
        links: that hold it together, the loosest first: what a reader should doubt first.
        relations: of each text to the others of the family: how it got in.
    """

    texts: tuple[Text, ...]
    wordings: tuple[str, ...]
    links: tuple[JsonObject, ...]
    relations: Counter[Relation]
    padding: Counter[str]
    languages: tuple[str, ...]
    score: float
    text: str

    @property
    def loosest(self) -> Relation:
        """The relation without which the family would fall apart."""
        return max(self.relations, key=[*Relation].index)


def families_of(corpus: Corpus, related: Related) -> Iterator[Family]:
    """Yield the families of two texts and more, the largest first."""
    held: dict[int, list[Link]] = {}
    family_of = {at: place for place, each in enumerate(related.families) for at in each}
    for link in related.links:
        held.setdefault(family_of[link.one], []).append(link)
    made = (
        _family(corpus, each, held.get(place, [])) for place, each in enumerate(related.families)
    )
    found = [each for each in made if len(each.texts) > 1]
    yield from sorted(found, key=lambda each: (-len(each.texts), each.wordings[0]))


def finding_of(family: Family, thresholds: Thresholds) -> Finding:
    """State a family as a finding. It carries no q-value: content alone is never sufficient."""
    times = [text.time for text in family.texts if text.time]
    accounts = {text.account for text in family.texts if text.account}
    tried = (
        *explanations(family.texts, family.wordings),
        Explanation(
            "common source", None, "a press release, a song, a slogan or a prayer reads the same"
        ),
    )
    summary: JsonObject = {
        "text": family.text,
        "texts": len(family.texts),
        "wordings": len(family.wordings),
        "accounts": len(accounts) or None,
        "languages": [*family.languages],
        "relations": {str(each): family.relations[each] for each in Relation},
        "padding": {name: family.padding[name] for name in sorted(family.padding)},
    }
    links: list[JsonValue] = [*family.links[:_SHOWN_LINKS]]
    return Finding(
        kind=FindingKind.TEXTS,
        behaviour=f"{len(family.texts)} texts say the same ({family.loosest})",
        subjects=tuple(text.id for text in family.texts),
        detector=DETECTOR,
        parameters=asdict(thresholds),
        score=round(family.score, 4),
        rule=RULES[family.loosest],
        started=min(times, default=None),
        ended=max(times, default=None),
        evidence=(summary, *links),
        explanations=tried,
    )


def _family(corpus: Corpus, places: Sequence[int], links: Sequence[Link]) -> Family:
    documents = [corpus.documents[at] for at in places]
    joined: Counter[Relation] = Counter(link.relation for link in links)
    joined[Relation.VERBATIM] = sum(len(document.texts) - 1 for document in documents)
    every = [corpus.texts[at] for document in documents for at in document.texts]
    ordered = sorted(links, key=lambda link: (-[*Relation].index(link.relation), link.likeness))
    most = max(documents, key=lambda document: (len(document.texts), -len(document.key)))
    return Family(
        texts=tuple(sorted(every, key=_when)),
        wordings=tuple(document.words for document in documents),
        links=tuple(_shown(corpus, link) for link in ordered),
        relations=+joined,
        padding=Counter(name for each in documents for pads in each.padding for name in pads),
        languages=tuple(sorted({document.language for document in documents})),
        score=min((link.likeness for link in links), default=1.0),
        text=_cut(most.words),
    )


def _when(text: Text) -> tuple[bool, str, str]:
    return text.time is None, text.time.isoformat() if text.time else "", text.id


def _shown(corpus: Corpus, link: Link) -> JsonObject:
    one, other = corpus.documents[link.one], corpus.documents[link.other]
    quoted = link.passages or ((one.words, other.words),)
    return {
        "one": corpus.texts[one.texts[0]].id,
        "other": corpus.texts[other.texts[0]].id,
        "relation": str(link.relation),
        "likeness": round(link.likeness, 4),
        "languages": [one.language, other.language],
        "passages": [[_cut(left), _cut(right)] for left, right in quoted],
    }


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN_LETTERS else words[: _SHOWN_LETTERS - 1] + "…"
