"""Evidence between sites: who names each other, is built alike, or began at the same time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations
from typing import Final

from tocsin.detect.sites.kinds import (
    ASSET,
    CERTIFICATE_NAME,
    CREATED,
    KINDS,
    LINK,
    TEMPLATE,
)
from tocsin.detect.sites.weighing import Shared, weigh

_DAY: Final = 86_400
_HALF_YEAR: Final = 182 * _DAY
_APART: Final = (3_600, _DAY)
_MOST_LOADING: Final = 10
"""Whose files more sites load is a service."""

_ALIKE: Final = 0.6
_FEWEST_TOKENS: Final = 12
_COMMON: Final = 50
"""A class on more sites than that is a theme's; it is not asked."""


def own_hosts(carriers: Mapping[tuple[str, str], set[str]], sites: Iterable[str]) -> list[Shared]:
    """Weigh what names another site of the list: a name in a certificate, or files loaded from it.

    A certificate is given to who holds all its names. Loading files proves little, and ties two
    sites only: a copy loads those of the site that it imitates, and a service is loaded by many.
    Hosts outside the list say nothing: how common they are is not known.
    """
    known = set(sites)
    count = len(known)
    named = [
        (kind, value, sorted(found - {value}))
        for (kind, value), found in sorted(carriers.items())
        if kind in {ASSET, CERTIFICATE_NAME} and value in known
    ]
    return [
        weigh(kind, value, (value, *part), count * KINDS[kind].by_chance)
        for kind, value, found in named
        for part in ([found] if kind == CERTIFICATE_NAME else [[each] for each in found])
        if kind == CERTIFICATE_NAME or len(found) <= _MOST_LOADING
    ]


def rings(carriers: Mapping[tuple[str, str], set[str]], count: int) -> list[Shared]:
    """Weigh sites that name each other: pairs, and rings in which each pair has a third in common.

    That one site names another says nothing, as every newspaper is named.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for (kind, value), naming in carriers.items():
        if kind == LINK:
            for site in naming:
                named[site].add(value)
    mutual = {
        site: {each for each in others if site in named.get(each, ())}
        for site, others in named.items()
    }
    expected = count * KINDS[LINK].by_chance
    ringed = _triangles(mutual)
    found = [weigh(LINK, f"ring of {each[0]}", each, expected) for each in _parts(ringed)]
    pairs = {(a, b) for a, others in mutual.items() for b in others - ringed[a] if a < b}
    return [*found, *(weigh(LINK, f"{a} and {b}", (a, b), expected) for a, b in sorted(pairs))]


def _triangles(mutual: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Keep the pairs that have a third in common."""
    return {
        site: {each for each in others if others & mutual[each]} for site, others in mutual.items()
    }


def _parts(near: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    left = {site for site, others in near.items() if others}
    while left:
        part, edge = set[str](), [min(left)]
        while edge:
            site = edge.pop()
            if site not in part:
                part.add(site)
                edge += near[site] - part
        left -= part
        yield tuple(sorted(part))


def built_alike(tokens: Mapping[str, set[str]], count: int) -> list[Shared]:
    """Weigh pairs whose pages share most of the class names that few others have."""
    holders: dict[str, list[str]] = defaultdict(list)
    for site in sorted(tokens):
        for token in tokens[site]:
            holders[token].append(site)
    rare = {token: found for token, found in holders.items() if len(found) <= _COMMON}
    sizes = Counter(site for found in rare.values() for site in found)
    common = Counter(pair for found in rare.values() for pair in combinations(found, 2))
    expected = count * KINDS[TEMPLATE].by_chance
    alike = (
        (pair, n / (sizes[pair[0]] + sizes[pair[1]] - n))
        for pair, n in sorted(common.items())
        if n >= _FEWEST_TOKENS
    )
    return [
        weigh(TEMPLATE, f"{share:.0%} of the classes of {pair[0]} and {pair[1]}", pair, expected)
        for pair, share in alike
        if share >= _ALIKE
    ]


def cohorts(times: Mapping[str, Iterable[str]]) -> list[Shared]:
    """Weigh sites that were begun within an hour or a day of each other, beside the year around.

    How many are expected is reckoned from how many began in the half years before and after.
    """
    begun = sorted((min(when), site) for site, said in times.items() if (when := [*_seconds(said)]))
    found: dict[tuple[str, ...], Shared] = {}
    for apart in _APART:
        runs = [run for run in _runs(begun, apart) if len(run) > 1]
        for run in runs:
            first, last = run[0][0], run[-1][0]
            around = sum(first - _HALF_YEAR <= when <= last + _HALF_YEAR for when, _ in begun)
            rate = (around - len(run) + 1) / (2 * _HALF_YEAR)
            expected = rate * (last - first + apart) * len(runs)
            value = datetime.fromtimestamp(first, UTC).date().isoformat()
            each = weigh(CREATED, value, [site for _, site in run], expected, given=1)
            if each.sites not in found or found[each.sites].weight < each.weight:
                found[each.sites] = each
    return list(found.values())


def _seconds(said: Iterable[str]) -> Iterator[float]:
    for text in said:
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            continue
        yield (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _runs(begun: list[tuple[float, str]], apart: int) -> Iterator[list[tuple[float, str]]]:
    run: list[tuple[float, str]] = []
    for each in begun:
        if run and each[0] - run[-1][0] > apart:
            yield run
            run = []
        run.append(each)
    if run:
        yield run
