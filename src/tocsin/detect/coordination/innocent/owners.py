"""Declared owners and syndication: outlets of one owner post what the owner publishes, by feed."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import of_owner, one_owner, same_owner
from tocsin.detect.coordination.innocent.signs import Sign, percent, shown
from tocsin.detect.coordination.innocent.sources import MOSTLY, aside, marked, one_source
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import soon_after

NAME: Final = "declared owner"

_FEED_S: Final = 60 * 60  # a feed that is read every hour


def signs(acts: Acts, core: Acts, around: Surroundings) -> Iterator[Sign]:
    """Expect one declared owner, the owner's own sites, and posts when these publish."""
    yield one_owner(acts, around)
    yield own_sites(acts, around)
    yield soon_after(core, around, _FEED_S)


def own_sites(acts: Acts, around: Surroundings) -> Sign:
    """Expect what they share to be the declared owner's.

    Where no site names its owner, one single site is taken for the owner's, and said to be
    unconfirmed: that is what accounts say of themselves, and no more.
    """
    owner, _ = of_owner(acts, around)
    if not owner:
        return one_source(acts, around)
    named = {label: around.domain_owner.get(around.domain.get(label, "")) for label in acts.objects}
    theirs = marked(acts, lambda label: same_owner(named[label] or "", owner))
    foreign = marked(acts, lambda label: named[label] is not None) & ~theirs
    whole = float(acts.own.sum())
    share, others = acts.own[theirs].sum() / whole, acts.own[foreign].sum() / whole
    if others > 1 - MOSTLY:
        label = acts.objects[int(np.argmax(np.where(foreign, acts.own, 0)))]
        return Sign(
            False,
            f"they declare the owner {shown(owner)}, but {percent(others)} of what they did "
            f"together is from sites that do not name it, such as {shown(around.domain[label])} "
            f"({shown(named[label] or '') or 'nobody'})",
        )
    if share >= MOSTLY:
        said = f"{percent(share)} of what they did together is from sites that name {shown(owner)}"
        return aside(acts, theirs, f"sites of {shown(owner)}") or Sign(True, said)
    single = one_source(acts, around)
    if single.holds:
        return Sign(True, f"{single.says}, whose own word on its owner is not known: look it up")
    if single.holds is None:
        return single
    return Sign(None, f"{single.says}; it is not known whose these are")
