"""Where the objects come from that a group shared together, and what it did on others."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import sparse

from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import Sign, listed, percent, shown
from tocsin.detect.coordination.innocent.surroundings import Surroundings

MOSTLY: Final = 0.8
"""So much of what a group did together must be what the explanation is about."""

FEW: Final = 4
"""So many accounts that come together again and again are no chance."""

_ASIDE: Final = 0.5  # of the group, on one object from elsewhere: an act of its own
_ASIDE_OFTEN: Final = 0.25  # of the group, on several
_BY_CHANCE: Final = 0.05  # of all objects
_CROWD: Final = 1_000  # accounts
_AGAIN: Final = 3  # stories on which the same two came together


def one_source(acts: Acts, around: Surroundings) -> Sign:
    """Expect nearly everything to come from one place, and no act on something else."""
    own = acts.own
    total: dict[str, int] = defaultdict(int)
    for label, gathered in zip(acts.objects, own.tolist(), strict=True):
        total[around.domain.get(label, "")] += gathered
    whole = int(own.sum())
    unknown = total.pop("", 0)
    if unknown > (1 - MOSTLY) * whole or not total:
        return Sign(None, f"it is not known where {percent(unknown / whole)} of it comes from")
    domain = max(total, key=lambda each: (total[each], each))
    share = total[domain] / whole
    if share < MOSTLY:
        return Sign(
            False,
            f"they came together on {len(total)} domains, and only {percent(share)} of it is from "
            f"the first of them, {shown(domain)}",
        )
    covered = marked(acts, lambda label: around.domain.get(label) == domain)
    said = f"{percent(share)} of what they did together is from {shown(domain)}"
    return aside(acts, covered, shown(domain)) or Sign(True, said)


def marked(acts: Acts, wanted: Callable[[str], bool]) -> Flags:
    """Mark objects by their label."""
    return np.fromiter((wanted(label) for label in acts.objects), np.bool_, len(acts.objects))


def aside(acts: Acts, covered: Flags, what: str) -> Sign | None:
    """Contradict where all or some of a group also acted on objects that are not `covered`.

    Once a quarter of a group came together on something may be chance. The same few on one
    story after the other are not.
    """
    others = np.where(covered, 0, acts.own)
    once = others >= max(FEW, _ASIDE * acts.size)
    often = others >= max(FEW, _ASIDE_OFTEN * acts.size)
    if once.any() or often.sum() > max(1.0, _BY_CHANCE * len(others)):
        n = int(often.sum())
        which = "an object that is" if n == 1 else f"{n} objects that are"
        return Sign(
            False,
            f"{int(others.max())} of {acts.size} accounts came together on {which} not from {what}",
        )
    few = again_and_again(acts, others > 0)
    if len(few) >= FEW:
        return Sign(
            False,
            f"{len(few)} of {acts.size} accounts came together again and again on objects that are "
            f"not from {what}: {listed(few)}",
        )
    return None


def again_and_again(acts: Acts, objects: Flags) -> list[str]:
    """Return who met the same other on several stories among `objects`.

    Objects on which very many met are a crowd's and are left out.
    """
    rows = np.flatnonzero(acts.met & (objects & (acts.own <= _CROWD))[acts.obj])
    story = np.unique(acts.story[acts.obj[rows]], return_inverse=True)[1]
    if len(rows) == 0:
        return []
    shape = (acts.size, int(story.max()) + 1)
    there = sparse.csr_matrix((np.ones(len(rows), np.int64), (acts.acc[rows], story)), shape)
    there.data[:] = 1
    together = sparse.triu(there @ there.T, k=1).tocoo()
    again = together.data >= _AGAIN
    places = np.unique(np.concatenate([together.row[again], together.col[again]]))
    return [acts.accounts[int(place)] for place in places]
