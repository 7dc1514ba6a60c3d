"""Families of texts as a trace: who posted a text of which family, when. Coordination reads it."""

import hashlib
from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.detect.texts.corpus import Corpus, Text
from tocsin.detect.texts.languages import UNKNOWN, guess_language
from tocsin.detect.texts.meaning import Encoder
from tocsin.detect.texts.neighbours import REACH
from tocsin.detect.texts.relating import relate
from tocsin.detect.texts.relations import Thresholds
from tocsin.foundation import BadInputError, Progress

NEEDED: Final = ("account", "text", "time")
_DIGITS: Final = 16


def text_families(
    table: pa.Table,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    thresholds: Thresholds | None = None,
    reach: int = REACH,
) -> pa.Table:
    """Return the columns account, object, time and content of the texts that are in a family.

    Args:
        table: with the columns account, text and time; id and lang are used where they are.
        encoder: None for near-duplicates by their letters, which a trace wants: reworded texts
            are looser evidence that two accounts share a source.

    Returns:
        One row for each text in a family of two texts or more, in the order of `table`. `object`
        is the family's name, made of what it says: the same texts have the same name in any order
        and any run. `content` is the text's id, or the number of its row. `account` and `time` are
        as they were.

    Raises:
        BadInputError: when a column is missing.
    """
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise BadInputError(
            f"the table has no column {missing[0]!r}",
            hint=f"it needs {', '.join(NEEDED)}; it has {', '.join(table.column_names)}",
        )
    with progress.task("taking off padding", len(table)) as advance:
        # By letters alone no language matters, and guessing them takes a third of the time.
        corpus = Corpus.of(_texts(table), advance, guess_language if encoder else _unguessed)
    related = relate(
        corpus, progress, encoder=encoder, thresholds=thresholds or Thresholds(), reach=reach
    )
    name_of = _names(corpus, related.families)
    kept = np.array(sorted(name_of), np.int64)
    contents = table["id"] if "id" in table.column_names else pa.array(np.arange(len(table)))
    return pa.table(
        {
            "account": table["account"].take(kept),
            "object": pa.array([name_of[at] for at in kept.tolist()], pa.string()),
            "time": table["time"].take(kept),
            "content": contents.take(kept),
        }
    )


def _unguessed(words: str) -> str:
    """Leave the language of a text open."""
    del words
    return UNKNOWN


def _texts(table: pa.Table) -> list[Text]:
    """Take the rows over; a row's number is its id here, as ids may be missing or repeated."""
    languages = table["lang"].to_pylist() if "lang" in table.column_names else [None] * len(table)
    width = len(str(len(table)))
    return [
        Text(f"{at:0{width}}", str(text or ""), language=language)
        for at, (text, language) in enumerate(
            zip(table["text"].to_pylist(), languages, strict=True)
        )
    ]


def _names(corpus: Corpus, families: tuple[tuple[int, ...], ...]) -> Mapping[int, str]:
    """Return the family's name by row, of the rows that share one."""
    found: dict[int, str] = {}
    for family in families:
        rows = [row for document in family for row in corpus.documents[document].texts]
        if len(rows) > 1:
            said = min(corpus.documents[document].key for document in family)
            digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
            found.update(dict.fromkeys(rows, f"text:{digest}"))
    return found
