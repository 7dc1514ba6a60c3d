"""One run: from shares to edges, their test against chance, and groups."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Int32s
from tocsin.detect.coordination.chance import EdgeTests, Ground, edge_tests, group_tests, grow
from tocsin.detect.coordination.crossing import crossings
from tocsin.detect.coordination.groups import Group, Grouping, groups_of, joined
from tocsin.detect.coordination.kernel import Edges, edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress

UNTESTED: Final = (
    "not tested against chance: these accounts met more often than asked for, which popular "
    "objects alone can bring about; no finding"
)
NULL_MODEL: Final = (
    "who shared what in which hour is kept; which of the sharers that usually come equally early "
    "took which moment is left to chance"
)
TRIED: Final = (
    "a group is behaviour, not guilt: innocent explanations were tried on each as far as the data "
    "can tell; read them, and look at what the accounts shared"
)
BLIND: Final = (
    "no pair could have been found: of two who shared an object, {usual:.0%} came within "
    "{window_s} s of each other, so that meeting over everything that they shared would prove too "
    "little; ask for a shorter window (--window), or look at more posts"
)

EdgeFinder: TypeAlias = Callable[[Shares, int, int, Progress], Edges]
"""Shares, window in seconds, least objects, progress: an engine."""

EdgeTester: TypeAlias = Callable[[Shares, Edges, "Settings", Progress], EdgeTests]


@frozen(kw_only=True)
class Settings:
    """What is looked for.

    Attributes:
        window_s: two shares meet when their times differ by at most this; of several windows the
            longest.
        windows: all of them, ascending, where there are several; each pair then stands at its own.
        least: objects on which a pair must have met.
        grouping: how groups are cut; by default Leiden where edges were tested, which leaves few
            enough of them, and components where they were not.
        most_q: the share of false discoveries that groups may rest on.
        diluted: also test groups as wholes, a second test at the same level: for many accounts
            of which only some take part each time, so that no pair stands out.
    """

    window_s: int = 60
    least: int = 2
    grouping: Grouping | None = None
    most_q: float = 0.05
    diluted: bool = False
    windows: tuple[int, ...] = ()

    @property
    def every_window(self) -> tuple[int, ...]:
        return self.windows or (self.window_s,)


@frozen(eq=False, kw_only=True)
class Detection:
    """What one run found.

    Attributes:
        accounts: how many were looked at; `shares` may have only those with an edge.
        edges: every edge that was counted.
        tests: one of each; None where chance was not asked.
        groups: cut from the significant edges, or from all where chance was not asked; their
            `edges` are places in `edges`.
        note: what a reader must know before anything else; empty when nothing.
    """

    settings: Settings
    shares: Shares
    accounts: int
    edges: Edges
    tests: EdgeTests | None
    groups: tuple[Group, ...]
    note: str

    def q_of(self, group: Group) -> float | None:
        """Return the largest q-value that a group rests on, None where chance was not asked."""
        if self.tests is None:
            return None
        stands = self.tests.q_value[group.edges]
        of_edges = stands[stands <= self.settings.most_q].max(initial=0.0)
        return max(float(of_edges), group.q_value or 0.0)


def detect(
    shares: Shares,
    counted: Edges,
    settings: Settings,
    progress: Progress,
    test: EdgeTester | None = None,
) -> Detection:
    """Test edges with `test`, and cut groups from the ones that stand."""
    tests = None if test is None else test(shares, counted, settings, progress)
    stands = np.ones(len(counted), np.bool_) if tests is None else tests.q_value <= settings.most_q
    places = np.flatnonzero(stands)
    with progress.task("cutting groups"):
        found = groups_of(shares, counted, places, settings.window_s, _grouping(tests, settings))
    if tests is not None and found:
        with progress.task("completing groups"):
            found = joined(
                shares, counted, found, _grown(shares, tests, found, settings), settings.window_s
            )
    if tests is not None and settings.diluted:
        with progress.task("looking for groups that no pair shows"):
            said = _wholes(shares, settings)
        found = joined(shares, counted, found, said, settings.window_s)
    if tests is not None:
        with progress.task("looking for groups that are one"):
            same = crossings(shares, found, settings.most_q)
            found = joined(shares, counted, found, same, settings.window_s, common=0.0)
    return Detection(
        settings=settings,
        shares=shares,
        accounts=shares.n_accounts,
        edges=counted,
        tests=None if tests is None else evolve(tests, grounds=()),
        groups=found,
        note=_note(tests, settings),
    )


def _grouping(tests: EdgeTests | None, settings: Settings) -> Grouping:
    usual = Grouping.COMPONENTS if tests is None else Grouping.LEIDEN
    return settings.grouping or usual


def _grown(
    shares: Shares, tests: EdgeTests, found: tuple[Group, ...], settings: Settings
) -> tuple[tuple[Int32s, float], ...]:
    """Return groups with the accounts that came along too often with two of each."""
    before = after = tuple(group.accounts for group in found)
    known = {each.window_s: each for each in tests.grounds}
    for window_s in settings.every_window:
        ground = known.get(window_s) or Ground.of(shares, window_s)
        after = grow(ground, after, q=settings.most_q / len(settings.every_window))
    return tuple(
        (accounts, settings.most_q)
        for accounts, few in zip(after, before, strict=True)
        if len(accounts) > len(few)
    )


def _wholes(shares: Shares, settings: Settings) -> tuple[tuple[Int32s, float], ...]:
    """Return groups that were found as wholes, at any window; the level is parted among these."""
    windows = settings.every_window
    return tuple(
        (each.accounts, min(each.q_value * len(windows), 1.0))
        for window_s in windows
        for each in group_tests(shares, window_s, q=settings.most_q / len(windows))
    )


def _note(tests: EdgeTests | None, settings: Settings) -> str:
    if tests is None:
        return UNTESTED
    if len(tests.a) and not tests.could_tell(settings.most_q):
        return BLIND.format(window_s=settings.window_s, usual=tests.usual)
    return TRIED


def by_timing(shares: Shares, counted: Edges, settings: Settings, progress: Progress) -> EdgeTests:
    """Test edges against moments that could have been anybody's; see `chance`."""
    with progress.task("testing against chance"):
        return edge_tests(
            shares, counted, settings.window_s, least=settings.least, q=settings.most_q
        )


def is_testable(shares: Shares, settings: Settings) -> bool:
    """Tell whether the timing test applies: to first shares, within a second or more."""
    return shares.first_only and min(settings.every_window) >= 1


def by_kernel(shares: Shares, window_s: int, least: int, progress: Progress) -> Edges:
    """Find edges on this machine."""
    return edges(shares, window_s, least, progress=progress)
