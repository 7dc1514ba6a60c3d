"""coordination-network-toolkit 1.5's `co_retweet` and `co_link` (MIT; QUT Digital Observatory).

A weight is directed: the posts of user 1 that have a post of user 2 on the same object within the
window, ends included. Of rows with one post id the first counts (`insert or ignore`); for links,
of rows with one post and link. Loops are left out, as in its output.
"""

import numpy as np
import pyarrow as pa
from attrs import frozen

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compat.pairs import ordered_pairs_within
from tocsin.detect.coordination.compat.posts import Posts


@frozen(eq=False)
class CntNetwork:
    """Directed edges between accounts, numbers of `Posts`."""

    posts: Posts
    user_1: Int32s
    user_2: Int32s
    weight: Int64s

    def to_table(self) -> pa.Table:
        """Return the edges under the toolkit's names."""
        names = self.posts.accounts.cast(pa.string())
        return pa.table(
            {
                "user_1": names.take(pa.array(self.user_1)),
                "user_2": names.take(pa.array(self.user_2)),
                "weight": self.weight,
            }
        )


def co_retweet(
    posts: Posts, *, time_window: float = 60, min_edge_weight: int = 1, loops: bool = False
) -> CntNetwork:
    """Return the toolkit's co-retweet network; `co_reply` is the same over replies."""
    rows = np.flatnonzero(posts.content >= 0)
    _, first = np.unique(posts.content[rows], return_index=True)
    return _network(posts, rows[first], time_window, min_edge_weight, loops=loops)


def co_link(
    posts: Posts, *, time_window: float = 60, min_edge_weight: int = 1, loops: bool = False
) -> CntNetwork:
    """Return the toolkit's co-link network: a post may hold several links."""
    rows = np.flatnonzero((posts.content >= 0) & (posts.obj >= 0))
    key = posts.content[rows].astype(np.int64) << 32 | posts.obj[rows]
    _, first = np.unique(key, return_index=True)
    return _network(posts, rows[first], time_window, min_edge_weight, loops=loops)


def _network(
    posts: Posts, rows: Int64s, time_window: float, least: int, *, loops: bool
) -> CntNetwork:
    usable = (posts.obj[rows] >= 0) & (posts.acc[rows] >= 0) & ~np.isnan(posts.ts[rows])
    rows = rows[usable]
    rows = rows[np.lexsort((posts.ts[rows], posts.obj[rows]))]
    i, j = ordered_pairs_within(posts.obj[rows], posts.ts[rows], time_window)
    one, two = rows[i], rows[j]
    kept = posts.content[one] != posts.content[two]
    if not loops:
        kept &= posts.acc[one] != posts.acc[two]
    one, two = one[kept], two[kept]
    order = np.lexsort((posts.content[one], posts.acc[two], posts.acc[one]))
    a, b, message = posts.acc[one][order], posts.acc[two][order], posts.content[one][order]
    new_edge = np.ones(len(a), np.bool_)
    new_edge[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    new_message = new_edge.copy()
    new_message[1:] |= message[1:] != message[:-1]
    weight = np.bincount(np.cumsum(new_edge)[new_message] - 1, minlength=int(new_edge.sum()))
    enough = weight >= least
    return CntNetwork(posts, a[new_edge][enough], b[new_edge][enough], weight[enough])
