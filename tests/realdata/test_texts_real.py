"""Families over D3lta's synthetic texts (VIGINUM, MIT): 2,817 texts in 10 languages, 299 seeds.

Counted are pairs of texts in one family, over all pairs of texts; a pair is right when both texts
come from one seed (id // 10). Recall is over all pairs within seeds, by the kind of variation.
The thresholds were frozen on every third seed; what is held here is the rest, and then the whole.

What the method confuses: seeds 101 and 145, "Bernie Sanders bests Hillary Clinton in Nebraska" and
"Bernie Sanders raised more money than Hillary Clinton in February". Names, form and subject are
the same, the fact is not. It is the only pair of seeds that is joined among all 44,551.
"""

# ruff: noqa: S311 - the draws must be repeatable

import csv
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from tocsin.detect.texts import Encoder, Observed, Text, find_families, sentence_encoder
from tocsin.foundation import NoProgress

pytestmark = pytest.mark.realdata
CONFUSED: Final = {101, 145}
GOALS: Final = {"copy-pasta": 0.98, "rewording": 0.88, "translation": 0.70}
LOOKALIKES: Final = str.maketrans("aeopcxyi", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456")


class Counted(NamedTuple):
    """Pairs within families against pairs within seeds."""

    precision: float
    recall: Mapping[str, float]


@pytest.fixture(scope="module")
def rows(datasets: Path) -> list[dict[str, str]]:
    with Path(datasets, "texts/synthetic_docs.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def held_out(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The seeds on which nothing was chosen: all but every third."""
    tuned = set(sorted({seed_of(row) for row in rows})[::3])
    return [row for row in rows if seed_of(row) not in tuned]


def seed_of(row: Mapping[str, str]) -> int:
    return int(row["doc_id"]) // 10


def remembering(encoder: Encoder) -> Encoder:
    """The same vectors, each reckoned once: these tests read the same texts many times."""
    known: dict[str, NDArray[np.float32]] = {}

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, encoder(new) if new else (), strict=True))
        return np.stack([known[text] for text in texts])

    return encode


ENCODER: Final = remembering(lambda texts: sentence_encoder()(texts))  # noqa: PLW0108 - loads late


def found_in(rows: Iterable[Mapping[str, str]]) -> Observed:
    """Families without any label: the languages are guessed."""
    texts = [Text(row["doc_id"], row["text"]) for row in rows]
    return find_families(texts, NoProgress(), encoder=ENCODER)


def counted(rows: list[dict[str, str]], observed: Observed) -> Counted:
    kind = {row["doc_id"]: row["group_type_inferred"] for row in rows}
    seeds: dict[str, list[str]] = {}
    for row in rows:
        seeds.setdefault(str(seed_of(row)), []).append(row["doc_id"])
    true = set(pairs(seeds.values()))
    said = set(pairs(finding.subjects for finding in observed.findings))
    whole = Counter(kind[one] for one, _ in true)
    right = Counter(kind[one] for one, _ in true & said)
    return Counted(
        len(true & said) / len(said), {each: right[each] / whole[each] for each in whole}
    )


def pairs(groups: Iterable[Iterable[str]]) -> Iterator[tuple[str, str]]:
    for group in groups:
        yield from combinations(sorted(group), 2)


def reaches(goals: Mapping[str, float], found: Counted) -> bool:
    return found.precision >= 0.99 and all(
        found.recall[kind] >= goal for kind, goal in goals.items()
    )


def test_the_goals_hold_on_seeds_that_no_threshold_was_chosen_on(
    held_out: list[dict[str, str]],
) -> None:
    found = counted(held_out, found_in(held_out))
    assert reaches(GOALS, found), found


def test_the_goals_hold_on_all_texts_and_in_any_order(rows: list[dict[str, str]]) -> None:
    observed = found_in(rows)
    assert reaches(GOALS, counted(rows, observed)), counted(rows, observed)
    mixed = random.Random(5).sample(rows, len(rows))
    assert found_in(mixed).findings == observed.findings


def with_emoji(text: str, chance: random.Random) -> str:
    return " ".join(f"{word} {chance.choice('🔥🚀😀❤✅')}" for word in text.split(" "))


def with_zero_width(text: str, chance: random.Random) -> str:
    return "".join(each + chance.choice(("\u200b", "\u2060", "", "")) for each in text)


def with_lookalikes(text: str, chance: random.Random) -> str:
    return "".join(each.translate(LOOKALIKES) if chance.random() < 0.4 else each for each in text)


def with_tags(text: str, chance: random.Random) -> str:
    return f"{text} #a{chance.randrange(99)} #now @someone https://example.org/{chance.random()}"


PADDINGS: Final[list[Callable[[str, random.Random], str]]] = [
    with_emoji,
    with_zero_width,
    with_lookalikes,
    with_tags,
]


def test_padding_three_texts_in_ten_costs_hardly_any_recall(
    held_out: list[dict[str, str]],
) -> None:
    plain = counted(held_out, found_in(held_out))
    chance = random.Random(3)
    padded = [
        {**row, "text": chance.choice(PADDINGS)(row["text"], chance)}
        if chance.random() < 0.3
        else row
        for row in held_out
    ]
    found = counted(padded, found_in(padded))
    assert found.precision >= 0.99
    for kind, recall in plain.recall.items():
        assert found.recall[kind] >= recall - 0.02, (kind, recall, found)


@pytest.mark.parametrize("texts", [1, 2, 5, 20, 50, 100])
def test_nothing_is_found_among_texts_of_different_seeds(
    rows: list[dict[str, str]], texts: int
) -> None:
    chance = random.Random(texts)
    one_a_seed = list({seed_of(row): row for row in chance.sample(rows, len(rows))}.values())
    clear = [row for row in one_a_seed if seed_of(row) != min(CONFUSED)]
    for _ in range(10):
        assert not found_in(chance.sample(clear, texts)).findings


def test_two_facts_about_the_same_persons_are_the_one_thing_confused(
    rows: list[dict[str, str]],
) -> None:
    seeds = {row["doc_id"]: seed_of(row) for row in rows}
    joined = [{seeds[each] for each in finding.subjects} for finding in found_in(rows).findings]
    assert [each for each in joined if len(each) > 1] == [CONFUSED]


def test_reworded_and_translated_texts_are_found_in_a_small_corpus_too(
    rows: list[dict[str, str]],
) -> None:
    seeds = sorted({seed_of(row) for row in rows})
    chance = random.Random(1)
    few = set(chance.sample(seeds, 10))
    some = [row for row in rows if seed_of(row) in few]
    found = counted(some, found_in(some))
    assert found.precision == 1.0
    assert min(found.recall.values()) >= 0.6, found
