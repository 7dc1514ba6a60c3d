"""Platform digests: a scheduler of the platform posts for unrelated accounts at fixed minutes."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import Sign, percent
from tocsin.detect.coordination.shares import Shares

NAME: Final = "platform digest"

_HOUR_S: Final = 3_600
_MINUTE_S: Final = 60
_MINUTES: Final = 4  # of the hour, such as :00, :15, :30, :45
_MOSTLY: Final = 0.8
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
    """Expect others to share the same objects in the same minutes, as many as the group."""
    there = np.zeros(shares.n_objects, np.bool_)
    there[acts.numbers] = True
    rows = np.flatnonzero(there[shares.obj])
    rows = rows[fixed[shares.ts[rows] % _HOUR_S // _MINUTE_S]]
    minute = shares.ts[rows] // _MINUTE_S
    own = np.unique(np.stack([acts.numbers[acts.obj], acts.ts // _MINUTE_S]), axis=1)
    key = shares.obj[rows].astype(np.int64) << 34 | (minute & (1 << 34) - 1)
    mine = own[0].astype(np.int64) << 34 | (own[1] & (1 << 34) - 1)
    together = np.isin(key, mine)
    labels = set(acts.accounts)
    who = shares.accounts.take(np.unique(shares.acc[rows[together]])).to_pylist()
    strangers = sum(str(each) not in labels for each in who)
    said = f"{strangers} accounts outside of the group shared the same objects in the same minutes"
    return Sign(strangers >= acts.size, said)
