"""Platform digests: a scheduler of the platform posts for unrelated accounts at fixed minutes."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.rows import of_objects
from tocsin.detect.coordination.innocent.signs import Sign, percent
from tocsin.detect.coordination.shares import Shares

NAME: Final = "platform digest"

_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60
_MINUTES: Final = 4  # of the hour, such as :00, :15, :30, :45
_MOSTLY: Final = 0.8
_SELDOM: Final = 0.2  # of the objects
_SELDOM_LEAST: Final = 2
_ENOUGH: Final = 12  # moments: fewer fall on four minutes of the hour by chance


def signs(acts: Acts, shares: Shares) -> Iterator[Sign]:
    """Expect the same minutes of the hour, and strangers there at the same moments."""
    minute = acts.ts[acts.met] % _HOUR_S // _MINUTE_S
    count = np.bincount(minute, minlength=60)
    best = np.argsort(-count, kind="stable")[:_MINUTES]
    best = np.sort(best[count[best] > 0])
    share = float(count[best].sum() / max(count.sum(), 1))
    named = ", ".join(f":{each:02d}" for each in best)
    said = f"{percent(share)} of it in the minutes {named} of the hour"
    if share < _MOSTLY:
        yield Sign(False, f"not at fixed minutes: {said}")
        return
    moments = len(np.unique(acts.ts[acts.met] // _MINUTE_S))
    if moments < _ENOUGH:
        yield Sign(None, f"{moments} moments are too few to see a schedule: {said}")
        return
    yield Sign(True, said)
    fixed = np.zeros(60, np.bool_)
    fixed[best] = True
    yield _others_too(acts, shares, fixed)


def _others_too(acts: Acts, shares: Shares, fixed: Flags) -> Sign:
    """Expect others there in the same minutes, as many as the group, and each of them seldom.

    Who is there often is no stranger: it may be the rest of the same operation.
    """
    rows = of_objects(shares, acts.numbers)
    rows = rows[fixed[shares.ts[rows] % _HOUR_S // _MINUTE_S]]
    place = np.searchsorted(acts.numbers, shares.obj[rows])
    there = np.unique(np.stack([acts.obj, acts.ts // _MINUTE_S]), axis=1)
    both = np.concatenate([there, np.stack([place, shares.ts[rows] // _MINUTE_S])], axis=1)
    key = np.unique(both, axis=1, return_inverse=True)[1].ravel()
    together = rows[np.isin(key[there.shape[1] :], key[: there.shape[1]])]
    objects = np.bincount(shares.acc[together], minlength=shares.n_accounts)
    objects[acts.members] = 0
    seldom = (objects > 0) & (objects <= max(_SELDOM_LEAST, _SELDOM * len(acts.objects)))
    n = int(seldom.sum())
    said = f"{n} accounts that are seldom there shared the same objects in the same minutes"
    return Sign(n >= acts.size, said)
