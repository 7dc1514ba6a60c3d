"""The whole command on worlds with operations and controls: who is found, and what is said of it.

Five tactics (participation 12% to 100%, 5 to 50 accounts) beside twenty declared syndicators, a
fandom stronger in raw synchrony, a newsroom, alert bots and a protest network.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from attrs import frozen

from tests.acceptance.town import tocsin
from tests.conftest import LONG
from tests.worlds.organic import NULLS, Habits
from tests.worlds.planted import CONTROLS, FIVE, TACTICS, Tactic, World, planted
from tests.worlds.scoring import Score, score
from tests.worlds.told import RIGHT, account, write_texts, write_world

# Those below 900 were looked at while this was made.
SEEDS = range(900, 912) if LONG else range(900, 901)
KINDS = tuple(NULLS) if LONG else ("all",)
COPIED: dict[str, tuple[Habits, tuple[Tactic, ...]]] = (
    {"plain": (NULLS["plain"], FIVE), "all": (NULLS["all"], FIVE)}
    if LONG
    else {"small": (Habits(accounts=800, posts=8_000, objects=2_000), FIVE[:2])}
)
SEVERAL = ("--window", "10", "--window", "60", "--window", "600", "--window", "3600")
WORDS = (*SEVERAL, "--diluted") if LONG else SEVERAL  # wholes take three times as long as the rest
# Where three objects in ten are over within minutes, few pushes prove little: see test_power.
HARD = ("bursts",)


@frozen(kw_only=True)
class Found:
    """What the command said of one world.

    Attributes:
        score: of all accounts in findings; a planted one counts as missed where every finding
            that names it has an innocent explanation.
        flagged, wronged: by control: accounts in findings, and those of them that are in none
            with the right explanation.
    """

    score: Score
    flagged: dict[str, int]
    wronged: dict[str, int]


def _found(world: World, *words: str) -> Found:
    said = tocsin(
        "detect", "coordination", *words, *WORDS, "--calibrate", "0", "--json"
    ).said  # fmt: skip
    number = {account(k): k for k in range(len(world.group))}
    fitting: dict[int, list[set[str]]] = {}
    for group in said["groups"]:
        names = {each["name"] for each in group["explanations"] if each["fits"]}
        for each in group["accounts"]:
            fitting.setdefault(number[each], []).append(names)
    planted_ones = set(world.members(*TACTICS).tolist())
    excused = {each for each, names in fitting.items() if all(names)} & planted_ones
    of = {
        name: [each for each in world.members(name).tolist() if each in fitting] for name in RIGHT
    }
    return Found(
        score=score(world, fitting.keys() - excused),
        flagged={name: len(accounts) for name, accounts in of.items()},
        wronged={
            name: sum(not any(RIGHT[name] in names for names in fitting[each]) for each in accounts)
            for name, accounts in of.items()
        },
    )


@cache
def _of_world(kind: str, seed: int, tmp: Callable[[str], Path]) -> Found:
    world = planted(NULLS[kind], seed)
    return _found(world, *write_world(world, tmp(f"{kind}-{seed}")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return tmp_path_factory.mktemp


@pytest.mark.parametrize("kind", KINDS)
def test_of_each_control_at_most_one_account_in_a_hundred_stands_without_its_right_explanation(
    kind: str, folder: Callable[[str], Path]
) -> None:
    runs = [_of_world(kind, seed, folder) for seed in SEEDS]
    wronged = {name: sum(each.wronged[name] for each in runs) for name in CONTROLS}
    members = {name: sum(each.score.of_group[name][1] for each in runs) for name in CONTROLS}

    assert sum(sum(each.flagged.values()) for each in runs) > 50 * len(runs)
    assert {n: k for n, k in wronged.items() if k > 0.01 * members[n]} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_nine_in_ten_planted_accounts_stand_in_findings_that_nothing_innocent_explains(
    kind: str, folder: Callable[[str], Path]
) -> None:
    if kind in HARD:
        pytest.skip("F1 near 0.6, an expected failure of test_power")
    scores = [_of_world(kind, seed, folder).score for seed in SEEDS]

    assert sum(scores[1:], scores[0]).f1 >= 0.90


@pytest.mark.parametrize("kind", COPIED)
def test_padding_three_texts_in_ten_costs_at_most_a_twentieth_of_f1(
    kind: str, tmp_path: Path
) -> None:
    scores: dict[str, list[Score]] = {"as it is": [], "padded": [], "padded, equal words": []}
    habits, tactics = COPIED[kind]
    for seed in SEEDS:
        world = planted(habits, seed, tactics)
        for name, padded in (("as it is", 0.0), ("padded", 0.3)):
            words = write_texts(world, tmp_path, padded=padded, seed=seed)
            scores[name].append(_found(world, *words).score)
        words = tuple("text" if each == "text-families" else each for each in words)
        scores["padded, equal words"].append(_found(world, *words).score)
    f1 = {name: sum(each[1:], each[0]).f1 for name, each in scores.items()}

    assert f1["as it is"] >= 0.90
    assert f1["padded"] >= f1["as it is"] - 0.05
    assert f1["padded, equal words"] < f1["as it is"]  # or the padding pads nothing
