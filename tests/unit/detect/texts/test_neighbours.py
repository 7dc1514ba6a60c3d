"""Close vectors and families against all pairs and plain search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect.texts.linking import AlikeOnAverage, link
from tocsin.detect.texts.meaning import comparable
from tocsin.detect.texts.neighbours import close_pairs


def ignore(done: int = 1, /) -> None:
    del done


def vectors(count: int, seed: int = 1, axes: int = 8) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, axes))
    made: np.ndarray = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.mark.parametrize("reach", [10_000, 700])
def test_blocks_find_what_the_full_product_finds(reach: int) -> None:
    drawn = vectors(2_300)
    pairs, products = close_pairs(drawn, 0.95, ignore, reach=reach)
    full = drawn @ drawn.T
    one, two = np.nonzero(np.triu(full >= 0.95, 1))
    within = two - one <= reach
    assert {tuple(pair) for pair in pairs.tolist()} == set(
        zip(one[within].tolist(), two[within].tolist(), strict=True)
    )
    assert np.allclose(products, full[pairs[:, 0], pairs[:, 1]], atol=1e-6)


def test_a_crowd_of_equal_vectors_stays_one_family_without_all_its_pairs() -> None:
    crowd = np.repeat(vectors(1), 3_000, axis=0)
    pairs, products = close_pairs(crowd, 0.9, ignore)
    assert len(pairs) < 3_000 * 16 * 4
    families = link(3_000, pairs, products, AlikeOnAverage(crowd, 0.5))
    assert set(families.root.tolist()) == {0}


def test_no_vector_has_no_neighbour() -> None:
    pairs, products = close_pairs(vectors(0), 0.5, ignore)
    assert pairs.shape == (0, 2)
    assert products.shape == (0,)


def test_one_chance_link_does_not_join_two_families() -> None:
    left, right = np.eye(2, 8, dtype=np.float32)
    bridge = (left + right) / np.sqrt(np.float32(2))
    corpus = np.stack([*[left] * 5, bridge, *[right] * 5])
    pairs, products = close_pairs(corpus, 0.7, ignore)
    families = link(len(corpus), pairs, products, AlikeOnAverage(corpus, 0.5))
    assert [len(each) for each in families.members()] in ([6, 5], [5, 6])


@given(st.permutations(range(12)))
def test_the_order_of_pairs_changes_no_family(order: list[int]) -> None:
    drawn = vectors(9, seed=3, axes=3)
    pairs, products = close_pairs(drawn, 0.3, ignore)
    order = [at for at in order if at < len(pairs)]
    rest = [at for at in range(len(pairs)) if at not in order]
    shuffled = np.array([*order, *rest])
    one = link(9, pairs, products, AlikeOnAverage(drawn, 0.2))
    other = link(9, pairs[shuffled], products[shuffled], AlikeOnAverage(drawn, 0.2))
    assert one.root.tolist() == other.root.tolist()


def test_a_language_s_own_direction_is_taken_out() -> None:
    drawn = vectors(400, seed=5, axes=32)
    accent = np.zeros(32, np.float32)
    accent[0] = 3
    spoken = np.concatenate((drawn[:200], drawn[:200] + accent))
    spoken = spoken / np.linalg.norm(spoken, axis=1, keepdims=True)
    languages = ["en"] * 200 + ["ru"] * 200
    plain = np.einsum("ij,ij->i", spoken[:200], spoken[200:]).mean()
    turned = comparable(spoken, languages)
    assert np.einsum("ij,ij->i", turned[:200], turned[200:]).mean() > plain + 0.2


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_vectors_stay_as_they_are_but_for_their_axes(count: int) -> None:
    drawn = vectors(count, axes=16)
    turned = comparable(drawn, ["en"] * count)
    assert len(turned) == count
    assert np.allclose(turned @ turned.T, drawn @ drawn.T, atol=0.25)
