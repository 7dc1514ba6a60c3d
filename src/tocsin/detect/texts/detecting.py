"""The whole way from texts to findings."""

from collections.abc import Iterable

from attrs import frozen

from tocsin.detect.texts.corpus import Corpus, Text
from tocsin.detect.texts.meaning import Encoder
from tocsin.detect.texts.neighbours import REACH
from tocsin.detect.texts.observing import families_of, finding_of
from tocsin.detect.texts.relating import relate
from tocsin.detect.texts.relations import Related, Thresholds
from tocsin.foundation import JsonObject, Progress
from tocsin.records import Finding


@frozen
class Observed:
    """What was found in a corpus, and what of it was compared how."""

    corpus: Corpus
    related: Related
    findings: tuple[Finding, ...]

    def counts(self) -> JsonObject:
        """Return what was read and compared, and what was not."""
        corpus, related = self.corpus, self.related
        return {
            "texts": len(corpus.texts),
            "too_short": corpus.too_short,
            "wordings": len(corpus.documents),
            "compared_by_meaning": related.compared_by_meaning,
            "reach": related.reach,
            "languages": {name: corpus.languages[name] for name in sorted(corpus.languages)},
            "languages_without_model": {**related.without_model},
            "boilerplate": [*related.boilerplate],
            "families": len(self.findings),
        }


def find_families(
    texts: Iterable[Text],
    progress: Progress,
    *,
    encoder: Encoder | None,
    thresholds: Thresholds | None = None,
    reach: int = REACH,
) -> Observed:
    """Find the families of texts that say the same.

    The order of texts changes nothing, up to `reach` passages; beyond it each passage is compared
    with the `reach` that were first seen after it.

    Args:
        encoder: `sentence_encoder()`, or None to compare letters only.
    """
    chosen = thresholds or Thresholds()
    held = tuple(texts)
    with progress.task("taking off padding", len(held)) as advance:
        corpus = Corpus.of(held, advance)
    related = relate(corpus, progress, encoder=encoder, thresholds=chosen, reach=reach)
    findings = tuple(finding_of(each, chosen) for each in families_of(corpus, related))
    return Observed(corpus, related, findings)
