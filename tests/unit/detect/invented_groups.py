"""Invented groups for the page's tests; the second name tries to break out of it."""

from typing import Final

from tocsin.detect.coordination.page import (
    AccountRow,
    CoordinationPage,
    ExplanationRow,
    GroupRow,
    ObjectRow,
    Tie,
)

HOSTILE: Final = '<img src=x onerror=alert(1)>"&'
START_S: Final = 1_760_000_000


def invented_group(size: int = 12, name: str = "1") -> GroupRow:
    """Make a ring of accounts with some chords."""
    accounts = [f"account {at}" for at in range(size)]
    accounts[1] = HOSTILE
    return GroupRow(
        id=name,
        accounts=tuple(AccountRow(each, 40, START_S, START_S + 90_000) for each in accounts),
        objects=(
            ObjectRow("https://paper.example/story", size, START_S, 12),
            ObjectRow(HOSTILE, 3, START_S + 60),
        ),
        ties=tuple(
            Tie(at, (at + step) % size, 3 + at % 4, 0.01, 1e-9)
            for at in range(size)
            for step in (1, 3)
        ),
        moments_s=tuple(START_S + 977 * at for at in range(90)),
        q_value=1e-9,
        stability=0.9,
        explanations=(
            ExplanationRow("one viral object", False, "no object carries more than 9 % of ties"),
            ExplanationRow("newsroom", None, "no timetable is known"),
            ExplanationRow("declared syndication", True, "https://owner.example lists them"),
        ),
    )


def invented_page(*groups: GroupRow, pairs_tested: int | None = 66) -> CoordinationPage:
    """Make a run of the detector around groups."""
    return CoordinationPage(
        title="Accounts that act together",
        traces="the same link",
        window_s=60,
        least=2,
        posts=12_345,
        accounts=678,
        edges=24,
        pairs_tested=pairs_tested,
        calibration="Shuffled within each hour, the same data gave 0 pairs in 20 runs.",
        groups=groups,
        colophon="Tocsin, local engine, seed 1.",
    )
