"""coordination-network-toolkit 1.5's networks (MIT; QUT Digital Observatory).

A weight is directed: the posts of user 1 that have a post of user 2 on the same object within the
window, ends included. Of rows with one post id the first counts (`insert or ignore`); for links,
of rows with one post and link. Loops are left out, as in its output.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compat.likeness import Likeness
from tocsin.detect.coordination.compat.pairs import ordered_pairs_within
from tocsin.detect.coordination.compat.posts import Posts
from tocsin.detect.coordination.compat.words import without_mentions


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
    return _network(posts, posts.obj, _one_a_post(posts), time_window, min_edge_weight, loops=loops)


def co_tweet(
    posts: Posts, *, time_window: float = 60, min_edge_weight: int = 1, loops: bool = False
) -> CntNetwork:
    """Return the toolkit's co-tweet network: posts of one text.

    Texts are one when they differ in case, spaces and mentions alone; so all that consist of
    mentions are one.

    Args:
        posts: whose objects are their texts, without reposts.
    """
    number: dict[str, int] = {}
    texts = (_plain(str(each)) for each in posts.objects.to_pylist())
    same = np.array([number.setdefault(each, len(number)) for each in texts], np.int32)
    text = np.where(posts.obj >= 0, same[posts.obj] if len(same) else -1, -1).astype(np.int32)
    return _network(posts, text, _one_a_post(posts), time_window, min_edge_weight, loops=loops)


def co_similar_tweet(
    posts: Posts,
    *,
    time_window: float = 60,
    min_edge_weight: int = 1,
    similarity: float = 0.9,
    min_words: float = 1,
    loops: bool = False,
) -> CntNetwork:
    """Return the toolkit's co-similar-tweet network: posts of like texts.

    Args:
        posts: whose objects are their texts, without reposts.
        similarity: the least share of their different words that two texts have in common.
        min_words: different words below which a text is like none. With 0 the toolkit ends in an
            error at a text without words; here such texts are like none.

    Raises: as `co_post`.
    """
    alike = Likeness.of(posts.objects.to_pylist(), similarity, min_words)
    there = np.where(posts.obj >= 0, 0, -1).astype(np.int32)

    def similar(one: Int64s, two: Int64s) -> Flags:
        return alike.between(posts.obj[one], posts.obj[two])

    return _network(
        posts, there, _one_a_post(posts), time_window, min_edge_weight, similar, loops=loops
    )


def co_post(
    posts: Posts, *, time_window: float = 60, min_edge_weight: int = 1, loops: bool = False
) -> CntNetwork:
    """Return the toolkit's co-post network: posts at nearly the same time, whatever they say.

    Raises:
        RefusedError: when more pairs of posts lie within the window than can be listed.
    """
    anything = np.zeros(len(posts), np.int32)
    return _network(posts, anything, _one_a_post(posts), time_window, min_edge_weight, loops=loops)


def co_link(
    posts: Posts, *, time_window: float = 60, min_edge_weight: int = 1, loops: bool = False
) -> CntNetwork:
    """Return the toolkit's co-link network: a post may hold several links."""
    rows = np.flatnonzero((posts.content >= 0) & (posts.obj >= 0))
    key = posts.content[rows].astype(np.int64) << 32 | posts.obj[rows]
    _, first = np.unique(key, return_index=True)
    return _network(posts, posts.obj, rows[first], time_window, min_edge_weight, loops=loops)


def _plain(text: str) -> str:
    return " ".join(without_mentions(text).split())


def _one_a_post(posts: Posts) -> Int64s:
    rows = np.flatnonzero(posts.content >= 0)
    _, first = np.unique(posts.content[rows], return_index=True)
    return rows[first]


def _network(
    posts: Posts,
    obj: Int32s,
    rows: Int64s,
    time_window: float,
    least: int,
    similar: Callable[[Int64s, Int64s], Flags] | None = None,
    *,
    loops: bool,
) -> CntNetwork:
    usable = (obj[rows] >= 0) & (posts.acc[rows] >= 0) & ~np.isnan(posts.ts[rows])
    rows = rows[usable]
    rows = rows[np.lexsort((posts.ts[rows], obj[rows]))]
    i, j = ordered_pairs_within(obj[rows], posts.ts[rows], time_window)
    one, two = rows[i], rows[j]
    kept = posts.content[one] != posts.content[two]
    if not loops:
        kept &= posts.acc[one] != posts.acc[two]
    one, two = one[kept], two[kept]
    if similar is not None:
        kept = similar(one, two)
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
