"""Randomness that is passed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import SeededEntropy, SystemEntropy
from tocsin.foundation.entropy import uuid4

seeds = st.integers(0, 2**32)


@given(seeds, st.lists(st.integers(0, 64), max_size=5))
def test_one_seed_gives_the_same_bytes_again(seed: int, sizes: list[int]) -> None:
    first, second = SeededEntropy(seed), SeededEntropy(seed)
    assert [first.take(size) for size in sizes] == [second.take(size) for size in sizes]


@given(seeds)
def test_bytes_do_not_repeat_within_a_seed_or_between_seeds(seed: int) -> None:
    entropy = SeededEntropy(seed)
    assert len({entropy.take(16), entropy.take(16), SeededEntropy(seed + 1).take(16)}) == 3


@pytest.mark.parametrize("size", [0, 1, 32])
def test_the_systems_generator_gives_as_many_bytes_as_asked(size: int) -> None:
    assert len(SystemEntropy().take(size)) == size


def test_the_systems_generator_does_not_repeat() -> None:
    assert SystemEntropy().take(16) != SystemEntropy().take(16)


@given(seeds)
def test_identifiers_are_version_4_of_rfc_9562(seed: int) -> None:
    text = str(uuid4(SeededEntropy(seed)))
    assert text[14] == "4"
    assert text[19] in "89ab"
    assert uuid4(SeededEntropy(seed)) == uuid4(SeededEntropy(seed))
