"""Several windows in one run: each pair at the window where it stands out best."""

import numpy as np
import pyarrow as pa
import pytest

from tests.worlds.organic import Habits, organic
from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.arrays import Int64s
from tocsin.detect.coordination.best_window import at_best_windows
from tocsin.detect.coordination.chance import EdgeTests
from tocsin.detect.coordination.evidence import meetings
from tocsin.detect.coordination.windowed import WindowedEdges
from tocsin.foundation import NoProgress

SEED = 5
WINDOWS = (10, 600)
LIFE = 40_000  # seconds of an object
QUICK = [f"q{k}" for k in range(6)]
SLOW = [f"s{k}" for k in range(6)]


def _world() -> Shares:
    """Organic shares; six accounts within 10 s of each other, and six within 10 minutes.

    What these push others share too, so that moments are not a group's alone, and a group comes
    early to one and late to another.
    """
    base = organic(Habits(posts=8_000, accounts=400, objects=800), SEED)
    rows = [
        (f"a{acc}", f"o{obj}", int(ts))
        for acc, obj, ts in zip(base.acc, base.obj, base.ts, strict=True)
    ]
    draw = np.random.default_rng(SEED)
    first, last = int(base.ts.min()), int(base.ts.max())
    for group, spread, pushes in ((QUICK, 10, 30), (SLOW, 600, 60)):
        for number in range(pushes):
            came = int(draw.integers(first, last))
            label, others = f"{group[0]}{number}", draw.choice(400, 30, replace=False)
            at = came + int(draw.integers(LIFE))
            rows += [(who, label, at + int(draw.integers(spread + 1))) for who in group]
            rows += [(f"a{k}", label, came + int(draw.integers(LIFE))) for k in others]
    accounts, objects, times = zip(*rows, strict=True)
    table = pa.table({"account": [*accounts], "object": [*objects], "time": [*times]})
    return Shares.from_table(table)


@pytest.fixture(scope="module")
def tried() -> tuple[Shares, WindowedEdges, EdgeTests]:
    shares = _world()
    return (shares, *at_best_windows(shares, WINDOWS, 2, 0.05, NoProgress()))


def _windows_among(names: list[str], tried: tuple[Shares, WindowedEdges, EdgeTests]) -> Int64s:
    """Windows of the discoveries between two of these accounts."""
    shares, edges, tests = tried
    labels = shares.accounts.to_pylist()
    numbers = [labels.index(name) for name in names]
    inside = np.isin(edges.a, numbers) & np.isin(edges.b, numbers) & (tests.q_value <= 0.05)
    return edges.window_s[inside]


def test_who_is_quick_stands_at_the_short_window_and_who_is_slow_at_the_long_one(
    tried: tuple[Shares, WindowedEdges, EdgeTests],
) -> None:
    quick, slow = _windows_among(QUICK, tried), _windows_among(SLOW, tried)
    assert len(quick) == len(slow) == 15  # every pair of six
    assert set(quick) == {10}
    assert set(slow) == {600}


def test_a_pair_stands_once_and_counts_what_its_own_window_holds(
    tried: tuple[Shares, WindowedEdges, EdgeTests],
) -> None:
    shares, edges, tests = tried
    pairs = list(zip(edges.a.tolist(), edges.b.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert np.array_equal(tests.a, edges.a)
    assert np.array_equal(tests.b, edges.b)
    when = {
        (acc, obj): ts
        for acc, obj, ts in zip(
            shares.acc.tolist(), shares.obj.tolist(), shares.ts.tolist(), strict=True
        )
    }
    of: dict[int, set[int]] = {}
    for acc, obj in when:
        of.setdefault(acc, set()).add(obj)
    for (a, b), n, window in zip(pairs, edges.n.tolist(), edges.window_s.tolist(), strict=True):
        near = [each for each in of[a] & of[b] if abs(when[a, each] - when[b, each]) <= window]
        assert n == len(near)
    met = meetings(shares, edges, 0)  # the window of a whole is not asked where each has its own
    far = np.repeat(edges.window_s, np.diff(met.offsets))
    assert (np.abs(met.lag) <= far).all()


def test_every_window_adds_to_what_was_tested(
    tried: tuple[Shares, WindowedEdges, EdgeTests],
) -> None:
    shares, _, both = tried
    alone = [at_best_windows(shares, (each,), 2, 0.05, NoProgress())[1] for each in WINDOWS]
    assert both.hypotheses == pytest.approx(sum(each.hypotheses for each in alone))
