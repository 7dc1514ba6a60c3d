"""Accounts that are already known to be of one operation: which of them worked together.

Such a set, say what a platform took down, has no bystanders: haste is usual in it, so that the
test against chance, which takes what is usual for chance, finds less than there is. And nobody
asks who is guilty. So a tie is taken here at the level of a single test, over several windows,
whatever the number of pairs, and Leiden cuts where ties are few and their objects common. What
comes out says how known accounts were organised; it is no finding about any of them.
"""

from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Int64s
from tocsin.detect.coordination.chance import edge_tests_by_window
from tocsin.detect.coordination.detection import Detection, Settings
from tocsin.detect.coordination.groups import Grouping, groups_of
from tocsin.detect.coordination.kernel import Edges, edges_by_window
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress

WINDOWS_S: Final = (60, 300, 1800)
MOST_P: Final = 0.05

SORTED: Final = (
    "accounts that are known to be of one operation, sorted by whom they worked with; ties are "
    "likely one by one (p at most 0.05), not corrected for how many there are: no finding about "
    "any account"
)


def sort_known(shares: Shares, least: int, progress: Progress) -> Detection:
    """Cut known accounts into the groups that they worked in.

    Args:
        shares: first shares, of known accounts alone.
        least: objects on which two must have met.
    """
    with progress.task("counting pairs"):
        counted = edges_by_window(shares, WINDOWS_S, least)
    with progress.task("weighing ties"):
        tests = edge_tests_by_window(shares, counted, least=least)
    widest = counted[WINDOWS_S[-1]]
    likely = np.zeros(len(widest), np.bool_)
    for window, each in tests.items():
        ties = counted[window].where(each.p_value <= MOST_P)
        likely |= np.isin(_names(widest, shares), _names(ties, shares))
    with progress.task("cutting groups"):
        groups = groups_of(shares, widest, np.flatnonzero(likely), WINDOWS_S[-1], Grouping.LEIDEN)
    return Detection(
        settings=Settings(window_s=WINDOWS_S[-1], least=least, grouping=Grouping.LEIDEN),
        shares=shares,
        accounts=shares.n_accounts,
        edges=widest,
        tests=None,
        groups=groups,
        note=SORTED,
    )


def _names(edges: Edges, shares: Shares) -> Int64s:
    return edges.a.astype(np.int64) * shares.n_accounts + edges.b
