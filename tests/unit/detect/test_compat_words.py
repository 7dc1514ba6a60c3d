"""Words and like texts as coordination-network-toolkit takes them.

What is asserted of words and of networks was printed by coordination-network-toolkit 1.5.2 with
regex 2026.11.15, run on the same texts apart from this code (`tokenize`,
`compute_co_similar_tweet`). Its own check of shares is followed by a slow one.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect.coordination.compat import Posts, co_similar_tweet
from tocsin.detect.coordination.compat.likeness import Likeness
from tocsin.detect.coordination.compat.words import words

_WORDS: Final = (
    ("Don't, l'ami: 3.14 1,000 a_b", [",", "1,000", "3.14", ":", "a_b", "don't", "l'ami"]),
    ("'tis 'orange' rock 'n' roll", ["n", "orange", "rock", "roll", "tis"]),
    ("x's '\xe9t\xe9 ''", ["x's", "\xe9t\xe9"]),
    ("e\u0301: a\u0301.b a.b", [":", "a.b", "a\u0301.", "b", "e\u0301"]),
    (
        "\U0001f1eb\U0001f1f7x \U0001f1eb\U0001f1f7\U0001f1e9 y",
        ["x", "y", "\U0001f1e9", "\U0001f1eb\U0001f1f7"],
    ),
    ("\U0001f469\u200d\U0001f3a8\u200dart", ["art", "\U0001f469\u200d\U0001f3a8\u200d"]),
    (
        "\u05e6\u05d4\u05f4\u05dc \u05d0' \u30ab\u30bf \u6295\u7968",
        ["\u05d0'", "\u05e6\u05d4\u05f4\u05dc", "\u30ab\u30bf", "\u6295", "\u7968"],
    ),
    (
        "@who\u3000hears this\x1cthat\r\nend  \u0301z",
        ["end", "hears", "that", "this", "z", "\u0301"],
    ),
)


@pytest.mark.parametrize(("text", "expected"), _WORDS)
def test_words_are_those_of_the_toolkit(text: str, expected: list[str]) -> None:
    assert sorted(words(text)) == expected


_POSTS: Final = (
    (
        "m1",
        "ann",
        "Don't miss the 3.14 % vote on Sunday: l\u2019\u00e9cole \U0001f469\u200d\U0001f3a8",
        0,
    ),
    (
        "m2",
        "ben",
        "don't MISS the 3.14% vote on sunday @ann L\u2019\u00c9COLE \U0001f469\u200d\U0001f3a8!",
        4,
    ),
    ("m3", "cem", "Miss the vote on Sunday", 6),
    ("m4", "dia", "miss 'the' vote, on\u3000Sunday", 9),
    ("m5", "ann", "@ben @cem", 12),
    ("m6", "ben", "@dia", 12),
    (
        "m7",
        "eli",
        "\U0001f1eb\U0001f1f7 a_b 1,000 \u05e6\u05d4\u05f4\u05dc \u30ab\u30bf\u30ab\u30ca",
        20,
    ),
    (
        "m8",
        "ann",
        "\U0001f1eb\U0001f1f7 A_B 1,000 \u05e6\u05d4\u05f4\u05dc \u30ab\u30bf\u30ab\u30ca a.b",
        24,
    ),
    ("m9", "cem", "\u6295\u7968\u65e5\u66dc", 30),
    ("m10", "dia", "\u65e5\u66dc \u6295\u7968", 31),
    ("m11", "eli", "rock 'n' roll e\u0301:a", 40),
    ("m12", "ben", "roll 'n' rock E\u0301 : a", 44),
)
"""Post, account, text, time."""
_NEAR: Final = "ann>ben 1, ann>eli 1, ben>ann 1, cem>dia 2, dia>cem 2, eli>ann 1"
_FAR: Final = (
    "ann>ben 1, ann>cem 1, ann>dia 1, ann>eli 1, ben>ann 1, ben>cem 1, ben>dia 1, ben>eli 1, "
    "cem>ann 1, cem>ben 1, cem>dia 1, dia>ann 1, dia>ben 1, dia>cem 1, eli>ann 1, eli>ben 1"
)


@pytest.mark.parametrize(
    ("window", "share", "least_words", "expected"),
    [(5, 0.8, 1, _NEAR), (10, 0.6, 1, _NEAR), (60, 0.4, 5, _FAR)],
)
def test_posts_of_like_texts_are_those_of_the_toolkit(
    window: int, share: float, least_words: int, expected: str
) -> None:
    names = ("content", "account", "object", "time")
    columns = {name: [row[place] for row in _POSTS] for place, name in enumerate(names)}
    network = co_similar_tweet(
        Posts.from_table(pa.table(columns)),
        time_window=window,
        similarity=share,
        min_words=least_words,
    )
    rows = network.to_table().to_pylist()
    assert expected == ", ".join(
        sorted(f"{row['user_1']}>{row['user_2']} {row['weight']}" for row in rows)
    )


@given(
    st.lists(st.text("abcd", max_size=6).map(" ".join), min_size=1, max_size=6),
    st.sampled_from([0, 1 / 3, 0.5, 0.8, 1]),
    st.integers(1, 3),
)
def test_texts_are_alike_by_the_share_of_words_that_both_have(
    texts: list[str], least: float, min_words: int
) -> None:
    def slow(one: str, two: str) -> bool:
        a, b = set(one.split()), set(two.split())
        share = len(a & b) / len(a | b) if min(len(a), len(b)) >= min_words else 0
        return share >= least

    pairs = [(i, j) for i in range(len(texts)) for j in range(len(texts))]
    one, two = np.array(pairs, np.int32).T.copy()
    found = Likeness.of(texts, least, min_words).between(one, two)
    assert found.tolist() == [slow(texts[i], texts[j]) for i, j in pairs]
