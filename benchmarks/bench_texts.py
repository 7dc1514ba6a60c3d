"""Families of texts, stage by stage, beside rensa alone and beside brute force.

Aims: letters of a million posts in minutes; the near-verbatim pairs of brute force found to 97% at
a small part of its cost. The model is what it is: its texts/s decide how many are read by it.
"""

import random
from collections.abc import Callable

from harness import Measured, clock_starts, measure, print_table

POSTS = 10_000
MANY = 100_000
READ_BY_MODEL = 1_000
_COPIES = 10
_LETTERS = "aaabcdeeefghiiiklmnooprrsttuv"


def posts(count: int) -> list[str]:
    """Invented posts, ten a source: padded, trimmed, with one to three words replaced."""
    chance = random.Random(7)
    words = ["".join(chance.choices(_LETTERS, k=chance.randrange(2, 10))) for _ in range(30_000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    drawn = chance.choices(words, weights, k=20 * (count // _COPIES + 1))
    made = []
    for at in range(count):
        source = at // _COPIES
        said = drawn[20 * source : 20 * source + 20]
        for _ in range(at % 4):
            said[chance.randrange(20)] = chance.choice(words)
        made.append(" ".join(said) + (" 🔥 #now https://example.org/a" if at % 3 == 0 else ""))
    return made


def ignore(done: int = 1, /) -> None:
    """Show no progress."""
    del done


def padding(count: int) -> tuple[int, str]:
    """Keys and words of texts."""
    from tocsin.detect.texts import Corpus, Text

    texts = [Text(str(at), each) for at, each in enumerate(posts(count))]
    clock_starts()
    corpus = Corpus.of(texts, ignore)
    return count, f"{len(corpus.documents)} wordings"


def rensa_alone(count: int) -> tuple[int, str]:
    """Rensa as its documentation has it: sets of tokens, an index, a query for each text."""
    import rensa

    texts = posts(count)
    clock_starts()
    tokens = [{text[at : at + 4] for at in range(len(text) - 3)} for text in texts]
    made = rensa.RMinHash.from_token_sets(tokens, 126, 1)
    index = rensa.RMinHashLSH(threshold=0.4, num_perm=126, num_bands=42)
    index.insert_many(made)
    met = sum(len(found) - 1 for found in index.query_all(made)) // 2
    return count, f"{met} pairs, not verified"


def letters(count: int) -> tuple[int, str]:
    """Our near-verbatim stage: shingles, bands, verified, linked."""
    return _letters(count, whole=False)


def brute_force(count: int) -> tuple[int, str]:
    """The same pairs by comparing each text with each, with our own compiled comparison."""
    return _letters(count, whole=True)


def _letters(count: int, *, whole: bool) -> tuple[int, str]:
    import numpy as np

    from tocsin.detect.texts import Wording
    from tocsin.detect.texts.banding import candidates
    from tocsin.detect.texts.shingles import ShingleSets

    keys = sorted({Wording.of(text).key for text in posts(count)})
    ShingleSets.of(keys[:2]).likeness(np.array([[0, 1]]))  # compiled before the clock
    clock_starts()
    sets = ShingleSets.of(keys)
    if whole:
        alike = 0
        for at in range(len(keys) - 1):
            rest = np.arange(at + 1, len(keys))
            pairs = np.stack((np.full(len(rest), at), rest), axis=1)
            alike += int((sets.likeness(pairs)[0] >= 0.4).sum())
    else:
        alike = int((sets.likeness(candidates(sets, ignore))[0] >= 0.4).sum())
    return len(keys), f"{alike} pairs"


def reading(count: int) -> tuple[int, str]:
    """The model alone."""
    from tocsin.detect.texts import sentence_encoder
    from tocsin.detect.texts.meaning import encode

    texts, encoder = posts(count), sentence_encoder()
    encode(texts[:10], encoder, ignore)
    clock_starts()
    encode(texts, encoder, ignore)
    return count, "texts of 20 words"


def meanings(count: int) -> tuple[int, str]:
    """Vectors made comparable, and all their pairs by blocks."""
    import numpy as np

    from tocsin.detect.texts.meaning import comparable
    from tocsin.detect.texts.neighbours import close_pairs

    drawn = np.random.default_rng(1).normal(size=(count, 512)).astype(np.float32)
    clock_starts()
    pairs, _ = close_pairs(comparable(drawn, ["en"] * count), 0.6, ignore)
    return count, f"{count * (count - 1) // 2:,} pairs compared, {len(pairs)} close"


def families(count: int, by_meaning: bool) -> tuple[int, str]:
    """The whole way from texts to findings."""
    from tocsin.detect.texts import Text, find_families, sentence_encoder
    from tocsin.foundation import NoProgress

    texts = [Text(str(at), each) for at, each in enumerate(posts(count))]
    encoder = sentence_encoder() if by_meaning else None
    clock_starts()
    found = find_families(texts, NoProgress(), encoder=encoder)
    return count, f"{len(found.findings)} families"


def row(name: str, measured: Measured) -> tuple[str, ...]:
    """A row of the table."""
    return (
        name,
        f"{measured.units:,}",
        f"{measured.rate:,.0f}",
        f"{measured.wall_s:.2f}",
        f"{measured.peak_mb:.0f}",
        measured.note,
    )


def main() -> None:
    """Print the table."""
    work: list[tuple[str, Callable[..., tuple[int, str]], tuple[object, ...], int]] = [
        ("padding off", padding, (POSTS,), 3),
        ("rensa alone", rensa_alone, (POSTS,), 3),
        ("letters", letters, (POSTS,), 3),
        ("letters, brute force", brute_force, (POSTS,), 1),
        ("reading by the model", reading, (READ_BY_MODEL,), 1),
        ("comparing vectors", meanings, (POSTS,), 1),
        ("whole, letters only", families, (POSTS, False), 1),
        ("whole, letters only", families, (MANY, False), 1),
        ("whole", families, (POSTS, True), 1),
    ]
    print_table(
        "Families of texts",
        ("stage", "texts", "texts/CPU-s", "wall s", "peak MB", "note"),
        [row(name, measure(run, *given, runs=runs)) for name, run, given, runs in work],
    )


if __name__ == "__main__":
    main()
