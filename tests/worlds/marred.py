"""What collection and evasion do to a world: clocks that are off, posts that are gone."""

import numpy as np
from attrs import evolve

from tests.worlds.planted import TACTICS, World


def with_clocks_off(world: World, most_s: int, seed: int) -> World:
    """Shift each planted account's times, its own shift always, by at most so many seconds."""
    rng = np.random.default_rng(seed)
    shift = np.zeros(len(world.group), np.int64)
    planted = world.members(*TACTICS)
    shift[planted] = rng.integers(-most_s, most_s + 1, len(planted))
    return evolve(world, ts=np.maximum(world.ts + shift[world.acc], 0))


def with_an_export_shifted(world: World, by_s: int) -> World:
    """Shift every other account's times, groups' and people's: one of two platforms' exports."""
    return evolve(world, ts=world.ts + np.where(world.acc % 2 == 1, by_s, 0))


def with_posts_gone(world: World, share: float, seed: int) -> World:
    """Delete a share of the planted groups' posts."""
    rng = np.random.default_rng(seed)
    planted = np.isin(world.acc, world.members(*TACTICS))
    kept = ~(planted & (rng.random(len(world.acc)) < share))
    return evolve(world, acc=world.acc[kept], obj=world.obj[kept], ts=world.ts[kept])
