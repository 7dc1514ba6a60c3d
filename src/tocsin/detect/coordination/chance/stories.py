"""What came out within an hour is one story, and counts once."""

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int64s
from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def over_stories(story: Int64s, chance: Floats, came: Flags, per_story: Floats) -> tuple[int, int]:
    """Write the chance of coming in any cell of a story; cells of one story stand together.

    Returns:
        Over how many stories somebody came, and of how many.
    """
    stories, met = 0, 0
    is_met = False
    for i in range(len(story)):
        if i == 0 or story[i] != story[i - 1]:
            per_story[stories] = 0.0
            stories += 1
            is_met = False
        missed = 1.0 - per_story[stories - 1]
        per_story[stories - 1] += missed * min(chance[i], 1.0)
        if came[i] and not is_met:
            is_met = True
            met += 1
    return met, stories
