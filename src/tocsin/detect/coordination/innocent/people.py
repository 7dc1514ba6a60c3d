"""Signs of people: many take part, not always the same, at a human pace, with lives beside it."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.circle import inner_circle
from tocsin.detect.coordination.innocent.crowd import Crowd
from tocsin.detect.coordination.innocent.signs import Sign, lasting, listed, percent
from tocsin.detect.coordination.innocent.surroundings import Surroundings

_BATCH_S: Final = 7 * 86_400
_BATCH: Final = 0.5
_BATCH_LEAST: Final = 5
_ELSEWHERE: Final = 0.1
_LUCK: Final = np.log(1e-3)


def many(crowd: Crowd, least: int) -> Sign:
    """Expect many accounts, of the group or not, that shared two or more of the objects."""
    said = f"{crowd.size} accounts shared two or more of the objects"
    if crowd.has_tip:
        said += f", {crowd.outsiders} of them outside of the group"
    return Sign(crowd.size >= least, said)


def come_and_go(acts: Acts, crowd: Crowd, most: float) -> Sign:
    """Expect the middle account to leave out some of the objects."""
    whose, participation = ("of the crowd", crowd.participation)
    if not crowd.has_tip:
        whose, participation = ("of the group", acts.participation)
    middle = float(np.median(participation))
    said = f"the middle account {whose} shares {percent(middle)} of the objects"
    return Sign(middle <= most, said if middle <= most else f"{said}: always the same ones")


def no_closer(crowd: Crowd) -> Iterator[Sign]:
    """Expect the tip of a crowd to meet as some part of such a crowd would by luck."""
    if not crowd.has_tip:
        return
    if crowd.luck >= _LUCK:
        yield Sign(True, "its accounts meet as the luckiest of such a crowd would")
        return
    chance = f"10^{crowd.luck / np.log(10):.0f}"
    yield Sign(
        False,
        f"its accounts meet more than any part of the crowd around it would (chance {chance})",
    )


def no_circle(acts: Acts, window_s: int) -> Iterator[Sign]:
    """Contradict where a few of the group meet far more than its others do; name them."""
    circle = inner_circle(acts, window_s)
    if circle:
        yield Sign(
            False,
            f"{len(circle)} of {acts.size} accounts meet each other far more than the others do, "
            f"look at them alone: {listed(circle)}",
        )


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
