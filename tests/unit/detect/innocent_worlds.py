"""Invented worlds with everything declared about them, and operations that copy the innocent."""

from functools import lru_cache
from typing import Final

import numpy as np
from attrs import evolve

from tests.worlds.organic import HOUR, Habits
from tests.worlds.planted import Tactic, World
from tocsin.detect.coordination import Edges, Shares
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.innocent import Surroundings, explanations
from tocsin.records import Explanation

SMALL: Final = Habits(accounts=1_000, posts=15_000, objects=2_500)

RIGHT: Final = {
    "syndication": "declared owner",
    "fandom": "fandom",
    "newsroom": "newsroom",
    "alert-bots": "alert bots",
    "protest": "protest or mutual aid",
}
"""What each control is."""

_COPY: Final = Tactic(name="copy", size=(15, 31), pushes=(30, 61), window_s=60, participation=0.8)
_OWNER: Final = evolve(_COPY, owner="Honest Media", kind="outlet")
_BOTS: Final = evolve(_COPY, kind="bot", window_s=10)
_FANS: Final = evolve(_COPY, kind="fan", size=(30, 31))
_DAYS: Final = evolve(_COPY, days=2, size=(60, 61))

COPIES: Final = {
    "an owner; others' sites": _OWNER,
    "an owner; others' sites, at publication": evolve(_OWNER, prompt_s=0),
    "an owner; one site, hours later": evolve(_OWNER, site="h.example", prompt_s=2 * HOUR),
    "journalists; others' sites, at publication": evolve(
        _OWNER, kind="journalist", prompt_s=0, window_s=300, participation=0.6
    ),
    "bots; others' sites, at publication": evolve(_BOTS, prompt_s=0),
    "bots; one site, hours later": evolve(_BOTS, site="w.example", prompt_s=2 * HOUR),
    "fans; others' sites, at publication": evolve(_FANS, prompt_s=0),
    "fans; one site, hours later": evolve(_FANS, site="a.example", prompt_s=2 * HOUR),
    "ten fans; one site, at publication": evolve(
        _FANS, size=(10, 11), site="a.example", prompt_s=0
    ),
    "fans; one site, at publication, all of them each time": evolve(
        _FANS, site="a.example", prompt_s=0, participation=1.0
    ),
    "nothing; others' sites, at publication": evolve(_COPY, prompt_s=0),
    "nothing; one site, at publication": evolve(_COPY, prompt_s=0, site="x.example"),
    "two days; within a minute": _DAYS,
    "two days; one site, within a minute": evolve(_DAYS, site="x.example"),
    "two days; always the same, over an hour": evolve(_DAYS, window_s=HOUR, participation=0.95),
    "two days; thirty at the pace of people": evolve(
        _DAYS, size=(30, 31), spread_s=900, participation=0.4, prompt_s=0
    ),
    "two days; ten in a large public": evolve(_DAYS, size=(10, 11), viral=True),
    "a scheduler at full hours": evolve(_COPY, minute=0, window_s=30),
}
"""Operations that copy a trait or two of what is innocent: no explanation fits."""

PASSES: Final = {
    "declared owner": evolve(_OWNER, site="h.example", prompt_s=0),
    "alert bots": evolve(_BOTS, site="w.example", prompt_s=0),
    "fandom": evolve(_FANS, site="a.example", prompt_s=0),
    "protest or mutual aid": evolve(_DAYS, spread_s=900, participation=0.4, prompt_s=0),
    "one viral object": evolve(_COPY, pushes=(2, 3)),
}
"""Operations that copy all that an explanation asks for, by its name: they get through."""


@lru_cache(maxsize=8)
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


def group_of(accounts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Group:
    """Make a group as if it had been found whole, without an edge."""
    none = np.empty(0, np.int32)
    return Group(np.sort(accounts).astype(np.int32), none.astype(np.int64), none, none)


def tried_on(
    world: World,
    accounts: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    window_s: int = 60,
    known: Surroundings | None = None,
) -> dict[str, Explanation]:
    """Try every explanation on some accounts, knowing what the world declares."""
    tried = explanations(
        shares_of(world),
        Edges.none(),
        group_of(accounts),
        around(world) if known is None else known,
        window_s,
    )
    return {each.name: each for each in tried}


def fitting(tried: dict[str, Explanation]) -> set[str]:
    return {name for name, each in tried.items() if each.fits}


def with_shares(world: World, acc: list[int], obj: list[int], ts: list[int]) -> World:
    """Add shares of known accounts and objects."""
    return evolve(
        world,
        acc=np.concatenate([world.acc, np.array(acc, np.int64)]),
        obj=np.concatenate([world.obj, np.array(obj, np.int64)]),
        ts=np.concatenate([world.ts, np.array(ts, np.int64)]),
    )


def _by_number(said: tuple[str, ...]) -> dict[str, str]:
    return {str(k): each for k, each in enumerate(said)}
