"""All explanations, each time, in one order."""

from typing import Final

from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.innocent import (
    alerts,
    digests,
    fandom,
    newsroom,
    owners,
    protest,
    viral,
)
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import Crowd
from tocsin.detect.coordination.innocent.signs import Sign, weigh
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import UsageError
from tocsin.records import Explanation

NAMES: Final = (
    owners.NAME,
    newsroom.NAME,
    alerts.NAME,
    fandom.NAME,
    protest.NAME,
    digests.NAME,
    viral.NAME,
)

DECLARED: Final = frozenset({owners.NAME, newsroom.NAME, alerts.NAME, fandom.NAME})
"""Those that rest on what accounts declare, beside what they do."""


def explanations(
    shares: Shares,
    edges: Edges,
    group: Group,
    surroundings: Surroundings,
    window_s: int,
) -> tuple[Explanation, ...]:
    """Try every innocent explanation on one group; `NAMES` gives their order.

    Args:
        edges: those that the group's places point to. What all pairs of the group did is asked,
            not only its edges: a group that was found whole has few or none.
        window_s: that of the run.

    Raises:
        UsageError: when the group is not of these shares and edges.
    """
    last = group.accounts.max(initial=-1)
    if group.edges.max(initial=-1) >= len(edges) or last >= shares.n_accounts:
        raise UsageError(
            f"a group of {len(group.accounts)} accounts that is not of these shares and edges",
            hint="give what the group was cut from",
        )
    acts = Acts.of(shares, group, window_s)
    if len(acts.objects) == 0:
        nothing = Sign(None, "no two of these accounts shared an object within the window")
        return tuple(weigh(name, (nothing,)) for name in NAMES)
    core = acts.core()
    crowd = Crowd.of(shares, core, window_s)
    tried = (
        owners.signs(acts, core, surroundings),
        newsroom.signs(acts, core, surroundings),
        alerts.signs(acts, core, surroundings),
        fandom.signs(acts, core, crowd, surroundings),
        protest.signs(acts, core, crowd, shares, surroundings),
        digests.signs(core, shares),
        viral.signs(acts, window_s),
    )
    return tuple(weigh(name, signs) for name, signs in zip(NAMES, tried, strict=True))
