"""Which documents belong together: the cheap tests first.

Near-verbatim documents are found by their letters. One document of each near-verbatim family
then stands for it where meaning is compared, which costs a thousand times more.
"""

from collections.abc import Sequence

from tocsin.detect.texts.banding import candidates
from tocsin.detect.texts.boilerplate import without_boilerplate
from tocsin.detect.texts.corpus import Corpus, Document
from tocsin.detect.texts.languages import UNKNOWN
from tocsin.detect.texts.linking import AlikeInLetters, Families, link
from tocsin.detect.texts.meaning import Encoder, can_compare
from tocsin.detect.texts.neighbours import REACH
from tocsin.detect.texts.relations import Link, Related, Relation, Thresholds
from tocsin.detect.texts.shingles import ShingleSets
from tocsin.detect.texts.units import Units
from tocsin.foundation import Progress


def relate(
    corpus: Corpus,
    progress: Progress,
    *,
    encoder: Encoder | None,
    thresholds: Thresholds,
    reach: int = REACH,
) -> Related:
    """Find the families of a corpus.

    Args:
        encoder: None to compare letters only.
    """
    documents = corpus.documents
    stripped, boilerplate = without_boilerplate(documents)
    near, links = _near([each.key for each in stripped], thresholds, progress)
    # In the order of time: what is compared within reach only, is compared with what came next.
    members = sorted(
        (tuple(map(int, each)) for each in near.members()),
        key=lambda family: min(map(corpus.first_seen, family)),
    )
    speakers = [_speaker(documents, each) for each in members]
    readable = [at for at, each in enumerate(speakers) if can_compare(documents[each].language)]
    if encoder is None or len(readable) < 2:
        return Related(
            tuple(members),
            tuple(links),
            without_model=_without_model(documents),
            boilerplate=boilerplate,
        )
    read = [speakers[at] for at in readable]
    units = Units.of(
        [stripped[at].words for at in read],
        [documents[at].language for at in read],
        encoder,
        progress,
    )
    joined, meant = units.families(thresholds, progress, reach)
    links += [_named(each, read, documents) for each in meant]
    families = [
        tuple(sorted(at for family in each for at in members[readable[family]]))
        for each in joined.members()
    ]
    unread = set(range(len(members))) - set(readable)
    families += [members[at] for at in sorted(unread)]
    return Related(
        tuple(families),
        tuple(links),
        compared_by_meaning=len(units.words),
        reach=reach,
        without_model=_without_model(documents),
        boilerplate=boilerplate,
    )


def _near(
    keys: Sequence[str], thresholds: Thresholds, progress: Progress
) -> tuple[Families, list[Link]]:
    sets = ShingleSets.of(keys)
    with progress.task("comparing letters", len(keys)) as advance:
        pairs = candidates(sets, advance)
    jaccard, _ = sets.likeness(pairs)
    kept = jaccard >= thresholds.letters
    agreement = AlikeInLetters(sets, thresholds.letters_of_families)
    near = link(len(keys), pairs[kept], jaccard[kept], agreement)
    links = [Link(one, two, Relation.NEAR_VERBATIM, score) for one, two, score in near.held_by]
    return near, links


def _speaker(documents: Sequence[Document], family: tuple[int, ...]) -> int:
    """Return who stands for a family: what most texts said, then the least padded."""
    return min(family, key=lambda at: (-len(documents[at].texts), len(documents[at].key), at))


def _without_model(documents: Sequence[Document]) -> dict[str, int]:
    unknown = [each.language for each in documents if not can_compare(each.language)]
    return {language: unknown.count(language) for language in sorted(set(unknown))}


def _named(each: Link, speakers: Sequence[int], documents: Sequence[Document]) -> Link:
    """Return a link between speakers as one between documents of the corpus."""
    one, other = speakers[each.one], speakers[each.other]
    spoken = {documents[one].language, documents[other].language}
    is_translated = len(spoken) > 1 and UNKNOWN not in spoken
    relation = Relation.TRANSLATED if is_translated else Relation.REWORDED
    return Link(one, other, relation, each.likeness, each.passages)
