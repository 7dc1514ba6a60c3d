"""The test of all edges, of one window or of several at once, in rounds."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from attrs import evolve

from tocsin.detect.coordination.chance.discoveries import edge_q_values, levels
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.habits import speeds
from tocsin.detect.coordination.chance.hours import Lifts
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL
from tocsin.detect.coordination.chance.outcome import EdgeTests
from tocsin.detect.coordination.chance.timing import TimingTest
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import UsageError

Q: Final = 0.05
_ROUNDS: Final = 4


def edge_tests(
    shares: Shares,
    edges: Edges,
    window_s: int,
    *,
    least: int = 2,
    cell_s: int | None = None,
    q: float = Q,
) -> EdgeTests:
    """Test the edges of one window; see `edge_tests_by_window`.

    Args:
        cell_s: stretch of time inside which moments are exchangeable; 60 windows by default.
    """
    cell = WINDOWS_A_CELL * window_s if cell_s is None else cell_s
    if window_s < 1 or cell < window_s:
        raise UsageError(
            f"a window of {window_s} s in cells of {cell} s leaves nothing to chance",
            hint="use a window of 1 s or more and cells of several windows",
        )
    tests = [TimingTest.of(Ground.of(shares, window_s, cell_s=cell), edges, least=least)]
    return _in_rounds(shares, tests, q, any_dependence=False)[0]


def edge_tests_by_window(
    shares: Shares,
    edges: Mapping[int, Edges],
    *,
    least: int = 2,
    q: float = Q,
    any_dependence: bool = False,
) -> dict[int, EdgeTests]:
    """Test the edges of several windows, all together at the level q.

    Accounts of discoveries are left out and the null is fitted again, until nothing is added:
    groups are a part of what seems usual where they are a large part of all. Where nothing is
    found, nothing is left out.

    Args:
        edges: by window in seconds, as `kernel.edges_by_window` finds them. Pairs that are
            missing count as tests without result.
        least: objects on which a pair had to meet to be an edge. Pairs that shared fewer cells
            could not, whatever the times, and are no hypotheses.
        any_dependence: make no assumption on how tests depend on each other.

    Raises:
        UsageError: when a window is below 1 s or an edge has fewer objects than `least`.
    """
    windows, kind = sorted(edges), speeds(shares)
    if windows and windows[0] < 1:
        raise UsageError(
            f"a window of {windows[0]} s leaves nothing to chance",
            hint="use windows of 1 s or more",
        )
    tests = [
        TimingTest.of(Ground.of(shares, window, kind=kind), edges[window], least=least)
        for window in windows
    ]
    done = _in_rounds(shares, tests, q, any_dependence=any_dependence)
    return dict(zip(windows, done, strict=True))


def _in_rounds(
    shares: Shares, tests: list[TimingTest], q: float, *, any_dependence: bool
) -> list[EdgeTests]:
    trusted = np.ones(shares.n_accounts, np.bool_)
    tallies = [each.ground.tally for each in tests]
    lifts = [Lifts.none(len(each.edges)) for each in tests]
    fitted = [test.fitted(tally) for test, tally in zip(tests, tallies, strict=True)]
    first = [test.by_kinds(rates) for test, rates in zip(tests, fitted, strict=True)]
    plain = [each.tests for each in first]
    done: list[EdgeTests] = []
    for attempt in range(_ROUNDS):
        if attempt > 0:
            tallies = [
                test.without(tally, trusted) for test, tally in zip(tests, tallies, strict=True)
            ]
            fitted = [test.fitted(tally) for test, tally in zip(tests, tallies, strict=True)]
            most = _most_discovered(plain, q)
            plain = [
                test.again(rates, each.tests, test.open_edges(each, rates, limit))
                for test, rates, each, limit in zip(tests, fitted, first, most, strict=True)
            ]
        # Hours only raise p-values: what is no discovery by kinds alone is none with them.
        every = [each.family(each.p_value <= 1) for each in plain]
        likely = [each <= q for each in levels(every, any_dependence=any_dependence)]
        made = []
        for k, (test, rates, tested) in enumerate(zip(tests, fitted, plain, strict=True)):
            lifts[k] = test.lifted(lifts[k], likely[k], first[k].common)
            made.append(test.again(rates, tested, likely[k], lifts[k]))
        families = [each.family(places) for each, places in zip(made, likely, strict=True)]
        q_values = edge_q_values(families, q, any_dependence=any_dependence)
        done = [evolve(each, q_value=own) for each, own in zip(made, q_values, strict=True)]
        suspects = np.concatenate(
            [end[each.q_value <= q] for each in done for end in (each.a, each.b)]
        )
        if not trusted[suspects].any():
            break
        trusted = trusted.copy()
        trusted[suspects] = False
    return done


def _most_discovered(tests: list[EdgeTests], q: float) -> list[float]:
    """Return, for each window, a p-value that no discovery exceeds, whatever the others are."""
    edges = sum(len(each.a) for each in tests)
    return [
        q * edges / max(len(tests) * each.family(each.p_value <= 1).hypotheses, 1.0)
        for each in tests
    ]
