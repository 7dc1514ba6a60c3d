"""CooRTweet 2.1.3's `detect_groups` and `flag_speed_share` (MIT; Righetti and Balluff 2025).

The order of its steps decides the answer: (1) accounts with fewer than `min_participation` rows
leave; (2) rows of one object at most `time_window` apart are paired; (3) pairs of one account, of
one post, or with a post that is the object itself leave; (4) a pair stays if EITHER post is among
those of an account that has at least `min_participation` rows whose post is in a pair. Weights
then count pairs of posts, not objects.
"""

from typing import Self

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Flags, Int32s
from tocsin.detect.coordination.compat.pairs import pairs_within
from tocsin.detect.coordination.compat.posts import Decimals, Posts


@frozen(eq=False, kw_only=True)
class Groups:
    """Pairs of posts; `older` and `newer` are rows of `posts`.

    Attributes:
        is_fast: pairs within the shorter window of `flag_speed_share`; None without one.
    """

    posts: Posts
    older: Int32s
    newer: Int32s
    time_delta: Decimals
    is_fast: Flags | None = None

    def __len__(self) -> int:
        return len(self.older)

    def where(self, wanted: Flags) -> Self:
        """Return some of the pairs."""
        return evolve(
            self,
            older=self.older[wanted],
            newer=self.newer[wanted],
            time_delta=self.time_delta[wanted],
            is_fast=None if self.is_fast is None else self.is_fast[wanted],
        )

    def to_table(self) -> pa.Table:
        """Return the rows under CooRTweet's names; labels as text."""
        posts = self.posts

        def text(labels: pa.Array, ids: Int32s) -> pa.Array:
            return labels.cast(pa.string()).take(pa.array(ids))

        return pa.table(
            {
                "object_id": text(posts.objects, posts.obj[self.older]),
                "content_id": text(posts.contents, posts.content[self.older]),
                "content_id_y": text(posts.contents, posts.content[self.newer]),
                "time_delta": self.time_delta,
                "account_id": text(posts.accounts, posts.acc[self.older]),
                "account_id_y": text(posts.accounts, posts.acc[self.newer]),
            }
        )


def detect_groups(
    posts: Posts,
    *,
    time_window: float = 10,
    min_participation: int = 2,
    remove_loops: bool = True,
) -> Groups:
    """Return the pairs that CooRTweet's `detect_groups` returns, in its order."""
    rows = _active(posts, min_participation)
    usable = rows[(posts.obj[rows] >= 0) & ~np.isnan(posts.ts[rows])]
    order = usable[np.lexsort((posts.ts[usable], posts.obj[usable]))]
    i, j = pairs_within(posts.obj[order], posts.ts[order], time_window)
    older, newer = _in_its_order(posts, rows, order[i], order[j])
    found = Groups(
        posts=posts, older=older, newer=newer, time_delta=posts.ts[newer] - posts.ts[older]
    )
    if remove_loops:
        found = found.where(_is_no_loop(found))
    if min_participation >= 1:
        found = found.where(_takes_part(found, rows, min_participation))
    return found


def flag_speed_share(found: Groups, *, min_participation: int, time_window: float) -> Groups:
    """Flag the pairs within a shorter window; as CooRTweet does, by their two posts alone."""
    posts = found.posts
    quick = found.where(found.time_delta <= time_window)
    everybody = np.flatnonzero(posts.acc >= 0).astype(np.int32)
    quick = quick.where(_takes_part(quick, everybody, min_participation))
    return evolve(found, is_fast=np.isin(_posts_of(found), _posts_of(quick)))


def _active(posts: Posts, least: int) -> Int32s:
    """Return the rows of accounts with enough of them, account after account.

    The order settles which of two posts of one second counts as the older, as in CooRTweet.
    """
    known = np.flatnonzero(posts.acc >= 0)
    acc = posts.acc[known]
    counts = np.bincount(acc, minlength=len(posts.accounts))
    first = np.full(len(posts.accounts), len(posts), np.int64)
    np.minimum.at(first, acc, known)
    enough = counts[acc] >= least
    known = known[enough]
    return known[np.argsort(first[acc[enough]], kind="stable")].astype(np.int32)


def _in_its_order(
    posts: Posts, rows: Int32s, older: Int32s, newer: Int32s
) -> tuple[Int32s, Int32s]:
    """Sort pairs by the first row of their object, then by their later and earlier row.

    Its edges take their direction, and some figures their value, from this order.
    """
    place = np.empty(len(posts), np.int64)
    place[rows] = np.arange(len(rows))
    first = np.full(len(posts.objects), len(posts), np.int64)
    has_object = rows[posts.obj[rows] >= 0]
    np.minimum.at(first, posts.obj[has_object], place[has_object])
    one, two = place[older], place[newer]
    order = np.lexsort((np.minimum(one, two), np.maximum(one, two), first[posts.obj[older]]))
    return older[order], newer[order]


def _is_no_loop(found: Groups) -> Flags:
    posts, older, newer = found.posts, found.older, found.newer
    one, two = posts.content[older], posts.content[newer]
    own = posts.own_content()[posts.obj[older]] if len(found) else one
    kept: Flags = (
        (posts.acc[older] != posts.acc[newer])
        & (one != two)
        & (one >= 0)
        & (two >= 0)
        & (one != own)
        & (two != own)
    )
    return kept


def _takes_part(found: Groups, rows: Int32s, least: int) -> Flags:
    posts = found.posts
    one, two = posts.content[found.older], posts.content[found.newer]
    paired = np.zeros(len(posts.contents) + 1, np.bool_)  # the last place is for no content
    paired[one] = True
    paired[two] = True
    paired[-1] = False
    inside = rows[paired[posts.content[rows]]]
    counts = np.bincount(posts.acc[inside], minlength=len(posts.accounts))
    enough = inside[counts[posts.acc[inside]] >= least]
    good = np.zeros(len(posts.contents) + 1, np.bool_)
    good[posts.content[enough]] = True
    kept: Flags = good[one] | good[two]
    return kept


def _posts_of(found: Groups) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    one = found.posts.content[found.older].astype(np.int64)
    both: np.ndarray[tuple[int], np.dtype[np.int64]] = (
        one * (len(found.posts.contents) + 1) + found.posts.content[found.newer]
    )
    return both
