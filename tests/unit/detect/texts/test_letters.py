"""Shingles, MinHash bands and near-verbatim pairs against plain sets and all pairs."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.texts.corpora import article, edited
from tocsin.detect.texts.banding import candidates
from tocsin.detect.texts.shingles import WIDTH, ShingleSets

keys = st.lists(st.text(alphabet="abcdé語", min_size=1, max_size=30), min_size=1, max_size=12)


def runs(key: str) -> set[str]:
    """The oracle: runs of letters as strings."""
    return {key[at : at + WIDTH] for at in range(max(len(key) - WIDTH + 1, 1))}


def all_pairs(count: int) -> np.ndarray:
    return np.array(list(combinations(range(count), 2)), np.int64).reshape(-1, 2)


def ignore(done: int = 1, /) -> None:
    del done


@given(keys)
def test_likeness_is_that_of_sets_of_runs(texts: list[str]) -> None:
    pairs = all_pairs(len(texts))
    jaccard, containment = ShingleSets.of(texts).likeness(pairs)
    for (one, two), found, held in zip(pairs, jaccard, containment, strict=True):
        left, right = runs(texts[one]), runs(texts[two])
        assert found == len(left & right) / len(left | right)
        assert held == len(left & right) / min(len(left), len(right))


@given(keys)
def test_a_text_meets_its_copy_in_every_band(texts: list[str]) -> None:
    twice = [*texts, *texts]
    found = {tuple(pair) for pair in candidates(ShingleSets.of(twice), ignore).tolist()}
    assert {(at, at + len(texts)) for at in range(len(texts))} <= found


def test_bands_miss_hardly_a_pair_that_brute_force_finds() -> None:
    texts = [edited(article(source), by=by) for source in range(60) for by in range(8)]
    sets = ShingleSets.of([text.replace(" ", "") for text in texts])
    pairs = all_pairs(len(texts))
    jaccard, _ = sets.likeness(pairs)
    alike = {tuple(pair) for pair in pairs[jaccard >= 0.4].tolist()}
    found = {tuple(pair) for pair in candidates(sets, ignore).tolist()}
    assert len(alike) > 500
    assert len(alike & found) >= 0.97 * len(alike)
    assert len(found) < 0.1 * len(pairs)


def test_a_crowd_of_equal_texts_costs_a_line_of_pairs_not_a_square() -> None:
    found = candidates(ShingleSets.of(["the same words"] * 3_000), ignore)
    assert len(found) < 3 * 3_000
    assert {0, 1_500, 2_999} <= set(found.ravel().tolist())


def test_one_text_or_none_has_no_candidates() -> None:
    assert candidates(ShingleSets.of([]), ignore).shape == (0, 2)
    assert candidates(ShingleSets.of(["alone"]), ignore).shape == (0, 2)
