"""Edges of several windows as one: each pair at the window where it stands out best.

Two who post by one script meet within seconds, two who are told what to post within the hour. All
windows are counted in one pass and tested together, so that looking at more of them makes no more
false discoveries. Of a pair's windows the one with the least q-value speaks, of equal ones that
with the least p-value, and of these the shortest.
"""

from collections.abc import Mapping

import numpy as np

from tocsin.detect.coordination.chance import EdgeTests, edge_tests_by_window
from tocsin.detect.coordination.kernel import Edges, edges_by_window
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.windowed import WindowedEdges
from tocsin.foundation import Progress


def at_best_windows(
    shares: Shares, windows: tuple[int, ...], least: int, q: float, progress: Progress
) -> tuple[WindowedEdges, EdgeTests]:
    """Count and test the edges of several windows, one correction over all.

    Raises: as `kernel.edges_by_window` and `chance.edge_tests_by_window`.
    """
    counted = edges_by_window(shares, windows, least, progress=progress)
    with progress.task("testing against chance"):
        tests = edge_tests_by_window(shares, counted, least=least, q=q)
    return best_of(counted, tests, q)


def best_of(
    counted: Mapping[int, Edges], tests: Mapping[int, EdgeTests], q: float
) -> tuple[WindowedEdges, EdgeTests]:
    """Keep each pair at its best window, sorted by (a, b).

    The tests count as hypotheses what was tested at every window.
    """
    windows = sorted(counted)
    every = [tests[window] for window in windows]
    a, b, p_value, q_value = (
        np.concatenate([getattr(each, name) for each in every])
        for name in ("a", "b", "p_value", "q_value")
    )
    window = np.repeat(np.array(windows, np.int64), [len(each.a) for each in every])
    order = np.lexsort((window, p_value, q_value, b, a))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)
    best = order[new]
    n = np.concatenate([counted[each].n for each in windows])
    # A window that could tell somebody speaks for the run: what the others could not is no news.
    blind = all(len(each.a) and not each.could_tell(q) for each in every)
    nothing = np.empty(0)
    return (
        WindowedEdges(a[best], b[best], n[best], window[best]),
        EdgeTests(
            a=a[best],
            b=b[best],
            met=np.concatenate([each.met for each in every])[best],
            shared=np.concatenate([each.shared for each in every])[best],
            expected=np.concatenate([each.expected for each in every])[best],
            p_value=p_value[best],
            q_value=q_value[best],
            partners=np.sum([each.partners for each in every], axis=0),
            least_p=np.ones(len(best)) if blind else nothing,
            usual=max(each.usual for each in every),
            grounds=tuple(ground for each in every for ground in each.grounds),
        ),
    )
