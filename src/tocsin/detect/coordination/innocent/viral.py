"""One viral object: without one or two stories there would be no group."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import Sign, percent, shown

NAME: Final = "one viral object"

_STORIES: Final = 2
_MOST: Final = 0.6
_STANDS: Final = 0.5


def signs(acts: Acts, window_s: int) -> Iterator[Sign]:
    """Expect two stories to be most of what the group did, and the group to fall without them.

    The stability of `stability.leave_one_object_out`, for stories, and with the weakest tie that
    counts: to have met at all.
    """
    story = np.unique(acts.story, return_inverse=True)[1]
    weight = np.bincount(story, weights=acts.gathered)
    largest = np.argsort(-weight, kind="stable")[:_STORIES]
    share = float(weight[largest].sum() / weight.sum())
    name = shown(acts.objects[int(np.argmax(acts.gathered))])
    said = f"{percent(share)} of what they did together is on {len(largest)} of {len(weight)} "
    said += f"stories, such as {name}"
    yield Sign(share >= _MOST, said if share >= _MOST else f"only {said}")
    left = _together(acts, ~np.isin(story, largest), window_s)
    yield Sign(left < _STANDS * acts.size, f"{left} of {acts.size} accounts still meet without")


def _together(acts: Acts, objects: Flags, window_s: int) -> int:
    """Return how many accounts still hang together by meetings on `objects`."""
    kept = acts.met & objects[acts.obj]
    obj, acc, ts = acts.obj[kept], acts.acc[kept], acts.ts[kept]
    near = np.flatnonzero((obj[1:] == obj[:-1]) & (ts[1:] - ts[:-1] <= window_s))
    if len(near) == 0:
        return 0
    ties = coo_array(
        (np.ones(len(near), np.int8), (acc[near], acc[near + 1])), (acts.size, acts.size)
    )
    _, component = connected_components(ties, directed=False)
    return int(np.bincount(component).max())
