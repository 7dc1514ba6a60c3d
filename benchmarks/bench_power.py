"""How much of what acts together is found: by background, size, dilution, window and pushes.

Invented worlds with known truth (tests/worlds), F1 of accounts without controls. A run that is
stopped goes on where it was: every world's counts are kept in a state file. Seeds come one after
the other, all cases for each, so that a stopped run has fewer seeds and no missing case.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from attrs import frozen
from tests.worlds.detecting import coortweet, whole
from tests.worlds.marred import with_an_export_shifted, with_clocks_off, with_posts_gone
from tests.worlds.organic import NULLS, PLAIN
from tests.worlds.planted import CONTROLS, TACTICS, Tactic, World, planted
from tests.worlds.scoring import Score, score

RESULTS: Final = Path(__file__).with_name("results") / "bench_power.txt"
FIRST_SEED: Final = 700  # held: no constant was chosen on these
CURVE: Final = "curve"


@frozen(kw_only=True)
class Case:
    """One line of a table."""

    table: str
    value: str
    world: Callable[[int], World]
    found: Callable[[World], set[int]]
    tactics: tuple[str, ...] = TACTICS

    @property
    def name(self) -> str:
        return f"{self.table}|{self.value}"


def _background(name: str) -> Callable[[int], World]:
    return lambda seed: planted(NULLS[name], seed)


def _one_group(
    size: int = 20, participation: float = 0.7, window_s: int = 60, pushes: int = 20
) -> Callable[[int], World]:
    tactic = Tactic(
        name=CURVE, size=(size, size + 1), pushes=(pushes, pushes + 1), window_s=window_s,
        participation=participation,
    )  # fmt: skip
    return lambda seed: planted(PLAIN, seed, (tactic,), controls=False)


def _curve(table: str, value: str, world: Callable[[int], World]) -> Case:
    return Case(table=table, value=value, world=world, found=whole, tactics=(CURVE,))


def cases() -> list[Case]:
    """Return every line of every table."""
    made = []
    for name in NULLS:
        world = _background(name)
        rules: dict[str, Callable[[World], set[int]]] = {
            "Tocsin": whole,
            "CooRTweet, defaults: 10 s, 2, 0.5": lambda w: coortweet(w, 10, 2, 0.5),
            "CooRTweet, 60 s, 5, 0.9": lambda w: coortweet(w, 60, 5, 0.9),
            "clocks off by 60 s": lambda w: whole(with_clocks_off(w, 60, 1)),
            "half of accounts an hour off": lambda w: whole(with_an_export_shifted(w, 3_600)),
            "a fifth of its posts gone": lambda w: whole(with_posts_gone(w, 0.2, 1)),
            "30% of its posts gone": lambda w: whole(with_posts_gone(w, 0.3, 1)),
        }
        made += [
            Case(table=rule, value=name, world=world, found=found) for rule, found in rules.items()
        ]
    made += [_curve("size", str(n), _one_group(size=n)) for n in (5, 10, 20, 50)]
    made += [
        _curve("participation, 40 pushes", f"{share:.0%}",
               _one_group(size=30, participation=share, window_s=300, pushes=40))
        for share in (0.12, 0.2, 0.3, 0.6, 1.0)
    ]  # fmt: skip
    made += [
        _curve("acts within", f"{each} s", _one_group(window_s=each))
        for each in (10, 60, 600, 3_600, 21_600)
    ]
    made += [_curve("pushes", str(n), _one_group(pushes=n)) for n in (4, 6, 10, 20, 40)]
    return made


def run(state: Path, seeds: int) -> None:
    """Score what the state file does not hold yet."""
    done = {(case, seed) for case, seed, _ in _kept(state)}
    todo = [
        (case, seed)
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for case in cases()
        if (case.name, seed) not in done
    ]
    start = time.process_time()
    with state.open("a", encoding="utf-8") as stream:
        for number, (case, seed) in enumerate(todo, 1):
            world = case.world(seed)
            got = score(world, case.found(world), case.tactics)
            counts = [got.right, got.wrong, got.missed, got.of_group]
            stream.write(json.dumps([case.name, seed, counts]) + "\n")
            stream.flush()
            spent = time.process_time() - start
            print(f"\r{number} of {len(todo)}, {spent:.0f} CPU-s", end="", file=sys.stderr)
    print(file=sys.stderr)


def _kept(state: Path) -> list[tuple[str, int, Score]]:
    if not state.exists():
        return []
    rows = (json.loads(line) for line in state.read_text("utf-8").splitlines())
    return [
        (case, seed, Score(
            right=right, wrong=wrong, missed=missed,
            of_group={name: (found, n) for name, (found, n) in groups.items()},
        ))
        for case, seed, (right, wrong, missed, groups) in rows
    ]  # fmt: skip


def tables(state: Path) -> str:
    """Return all tables as text; a bar of 20 characters is an F1 of 1."""
    lines = ["F1 of accounts over seeds from 700 on, controls not counted.", ""]
    kept, heading = _kept(state), ""
    for case in sorted(cases(), key=lambda each: each.table):
        scores = [got for name, _, got in kept if name == case.name]
        if not scores:
            continue
        if case.table != heading:
            heading = case.table
            lines += [f"== {heading}", f"{'':10} seeds  F1     precision recall  wrong"]
        total = sum(scores[1:], scores[0])
        lines.append(
            f"{case.value:10} {len(scores):5}  {total.f1:.3f}  {total.precision:.3f}     "
            f"{total.recall:.3f}  {total.wrong:5}  {'#' * round(20 * total.f1)}"
        )
        if case.table == "Tocsin":
            lines += [
                "           " + ", ".join(f"{name} {total.share(name):.2f}" for name in names)
                for names in (TACTICS, CONTROLS)
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--state", type=Path, default=Path(tempfile.gettempdir()) / "tocsin_bench_power.jsonl"
    )
    parser.add_argument("--show", action="store_true", help="write the tables of what is done")
    args = parser.parse_args()
    if not args.show:
        run(args.state, args.seeds)
    text = tables(args.state)
    RESULTS.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
