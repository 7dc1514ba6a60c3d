"""Declared owners and syndication: outlets of one owner post what the owner publishes, by feed."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import of_owner, one_owner, same_owner
from tocsin.detect.coordination.innocent.signs import Sign, percent, shown
from tocsin.detect.coordination.innocent.sources import one_source, source_of
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import soon_after

NAME: Final = "declared owner"

_FEED_S: Final = 15 * 60
_MOSTLY: Final = 0.8


def signs(acts: Acts, around: Surroundings) -> Iterator[Sign]:
    """Expect one declared owner, the owner's own sites, and posts when these publish."""
    yield one_owner(acts, around)
    yield own_sites(acts, around)
    yield soon_after(acts, around, _FEED_S)


def own_sites(acts: Acts, around: Surroundings) -> Sign:
    """Expect what they share to be the declared owner's.

    Where no site names its owner, one single site is taken for the owner's, and said to be
    unconfirmed: that is what an account says of itself, and no more.
    """
    owner, _ = of_owner(acts, around)
    total = own = others = 0
    foreign: dict[str, str] = {}
    for label, gathered in zip(acts.objects, acts.gathered.tolist(), strict=True):
        total += gathered
        domain = around.domain.get(label, "")
        named = around.domain_owner.get(domain)
        if named is None:
            continue
        if owner and same_owner(named, owner):
            own += gathered
        else:
            others += gathered
            foreign[domain] = named
    if not owner or not total:
        return one_source(acts, around)
    if others > (1 - _MOSTLY) * total:
        domain, named = next(iter(foreign.items()))
        return Sign(
            False,
            f"{percent(others / total)} of what they did together is from sites that name another "
            f"owner than {shown(owner)}, such as {shown(domain)} ({shown(named) or 'none'})",
        )
    if own >= _MOSTLY * total:
        return Sign(
            True,
            f"{percent(own / total)} of what they did together is from sites that name "
            f"{shown(owner)} as their owner",
        )
    single = one_source(acts, around)
    if single.holds:
        return Sign(
            True, f"{single.says}, of which nothing is known but what the accounts say: confirm it"
        )
    source = source_of(acts, around)
    if source.domains and not around.domain_owner:
        return Sign(
            None if not source.known else False,
            f"declares an owner, but {single.says}, none of them known to be the owner's",
        )
    return single
