"""Where the objects come from that a group shared together."""

from collections import defaultdict
from typing import Final

from attrs import frozen

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import Sign, percent, shown
from tocsin.detect.coordination.innocent.surroundings import Surroundings

_MOSTLY: Final = 0.8
_KNOWN: Final = 0.8
_ASIDE: Final = 0.5  # of the group, on one object from elsewhere: an act of its own
_ASIDE_OFTEN: Final = 0.25  # of the group, on several
_ASIDE_LEAST: Final = 4
_BY_CHANCE: Final = 0.05  # of all objects


@frozen
class Source:
    """The domain that most of a group's acts come from.

    Attributes:
        share: of what the group did together, 0 to 1.
        domains: different ones, all in all.
        aside: accounts that met on each object from elsewhere, most first.
        known: share of what they did together whose domain is known.
    """

    domain: str
    share: float
    domains: int
    aside: tuple[int, ...]
    known: float


def source_of(acts: Acts, around: Surroundings) -> Source:
    """Find where most comes from, by accounts that met."""
    total: dict[str, int] = defaultdict(int)
    for label, gathered in zip(acts.objects, acts.gathered.tolist(), strict=True):
        total[around.domain.get(label, "")] += gathered
    whole = max(sum(total.values()), 1)
    unknown = total.pop("", 0)
    if not total:
        return Source("", 0.0, 0, (), 0.0)
    domain = max(total, key=lambda each: (total[each], each))
    others = [
        gathered
        for label, gathered in zip(acts.objects, acts.gathered.tolist(), strict=True)
        if around.domain.get(label) != domain
    ]
    others.sort(reverse=True)
    return Source(domain, total[domain] / whole, len(total), tuple(others), 1 - unknown / whole)


def one_source(acts: Acts, around: Surroundings) -> Sign:
    """Expect nearly everything to come from one place, and no act on something else."""
    source = source_of(acts, around)
    if source.known < _KNOWN:
        return Sign(
            None, f"the domains of {percent(1 - source.known)} of the objects are not known"
        )
    if source.share < _MOSTLY:
        return Sign(
            False,
            f"they came together on {source.domains} domains, and only {percent(source.share)} of "
            f"it is from the first of them, {shown(source.domain)}",
        )
    if acts_aside(source, acts.size, len(acts.objects)):
        return Sign(
            False,
            f"{source.aside[0]} of {acts.size} accounts came together on an object that is not "
            f"from {shown(source.domain)}",
        )
    return Sign(
        True, f"{percent(source.share)} of what they did together is from {shown(source.domain)}"
    )


def acts_aside(source: Source, size: int, objects: int) -> bool:
    """Tell whether a group also acted on something else.

    Popular objects bring a few of any group together: now and then a quarter of it is chance.
    """
    once = [each for each in source.aside if each >= max(_ASIDE_LEAST, _ASIDE * size)]
    often = [each for each in source.aside if each >= max(_ASIDE_LEAST, _ASIDE_OFTEN * size)]
    return bool(once) or len(often) > max(1, _BY_CHANCE * objects)
