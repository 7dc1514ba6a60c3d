"""Crowds: many take part, not always the same, and each has a life beside it."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import Sign, lasting, percent
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.shares import Shares

_BATCH_S: Final = 7 * 86_400
_BATCH: Final = 0.5
_BATCH_LEAST: Final = 5
_ELSEWHERE: Final = 0.1


def crowd(acts: Acts, shares: Shares, least: int) -> Sign:
    """Expect many accounts, of the group or not, that shared two or more of the objects."""
    there = np.zeros(shares.n_objects, np.bool_)
    there[acts.numbers] = True
    who = shares.acc[there[shares.obj]]
    pairs = np.bincount(who, minlength=shares.n_accounts)
    n = int((pairs >= 2).sum())
    return Sign(n >= least, f"{n} accounts shared two or more of the {len(acts.objects)} objects")


def come_and_go(acts: Acts, most: float) -> Sign:
    """Expect the middle member to leave out some of the objects."""
    middle = float(np.median(acts.participation))
    said = f"the middle account takes part in {percent(middle)} of {len(acts.objects)} objects"
    return Sign(middle <= most, said if middle <= most else f"{said}: the same ones every time")


def lives(acts: Acts) -> Sign:
    """Expect most members to share other things too."""
    own = np.bincount(acts.acc, minlength=acts.size)
    share = acts.elsewhere / np.maximum(acts.elsewhere + own, 1)
    middle = float(np.median(share))
    said = f"{percent(middle)} of the middle account's shares are of other things"
    return Sign(middle >= _ELSEWHERE, said)


def no_batch(acts: Acts, around: Surroundings) -> Iterator[Sign]:
    """Contradict where half the accounts were created within a week; silent where unknown."""
    created = np.sort([around.created[each] for each in acts.accounts if each in around.created])
    if len(created) < max(_BATCH_LEAST, acts.size // 2):
        return
    half = int(np.ceil(_BATCH * len(created)))
    shortest = float((created[half - 1 :] - created[: len(created) - half + 1]).min())
    said = f"half the accounts were created within {lasting(shortest)}"
    yield Sign(shortest > _BATCH_S, said)
