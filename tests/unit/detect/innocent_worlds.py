"""Invented worlds with everything declared about them, and the explanation that is right."""

from typing import Final

import numpy as np

from tests.worlds.planted import World
from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.innocent import Surroundings

RIGHT: Final = {
    "syndication": "declared owner",
    "fandom": "fandom",
    "newsroom": "newsroom",
    "alert-bots": "alert bots",
    "protest": "protest or mutual aid",
}


def shares_of(world: World) -> Shares:
    return Shares.of(world.obj.astype(np.int32), world.acc.astype(np.int32), world.ts)


def around(world: World) -> Surroundings:
    """Tell what accounts and objects of a world declare."""
    return Surroundings(
        owner=_by_number(world.owner),
        kind=_by_number(world.kind),
        domain=_by_number(world.domain),
        published={str(k): int(at) for k, at in enumerate(world.posted)},
    )


def _by_number(said: tuple[str, ...]) -> dict[str, str]:
    return {str(k): each for k, each in enumerate(said)}
