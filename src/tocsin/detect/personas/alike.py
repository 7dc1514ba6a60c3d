"""Which accounts are called alike: by handle or display name, as a hurried reader sees them.

Alike are forms that one edit makes equal (from five letters on) or that are equal: look-alike
letters, capitals, accents, punctuation and words such as `official` around a name aside.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from tocsin.detect.names.index import dropped
from tocsin.detect.names.letters import edits, skeleton, transliterated
from tocsin.detect.personas.profiles import Profile
from tocsin.foundation import HIDDEN

_EDITED: Final = 5
"""From so many letters on one edit is looked past: of four, half a newsroom is one edit away."""
_LEAST: Final = 3
_LONGEST: Final = 64
"""Platforms allow names of up to 50 or so; of a longer one its beginning is read."""
_MOST: Final = 200
_OLDEST: Final = 20
"""Among more than `_MOST` accounts of one name each is held against own and the oldest ones."""

_FIGURES: Final = "0123456789"
_WORD: Final = re.compile(r"[^\W_]+")
_AFFIXES: Final = tuple(
    skeleton(each)
    for each in (
        "official", "theofficial", "thereal", "verified", "support", "account", "backup", "real",
        "team", "help", "page", "its", "the", "hq",
    )
)  # fmt: skip


def forms(profile: Profile) -> frozenset[str]:
    """Return the names of an account, each as all names that look like it."""
    found = set[str]()
    for said in (profile.handle, profile.name):
        bare = HIDDEN.sub("", said[:_LONGEST]).lower()
        latin = transliterated(bare)
        for text in (bare, latin, latin.rstrip(_FIGURES)):  # as letters, figures would stay
            words = _WORD.findall(skeleton(text))
            for whole in ("".join(words), "".join(sorted(words))):
                found |= {whole, _bare(whole)}
    return frozenset(each for each in found if len(each) >= _LEAST)


def _bare(form: str) -> str:
    """Return a form without what a claim to be genuine adds to it."""
    for affix in _AFFIXES:
        rest = form.removeprefix(affix) if form.startswith(affix) else form.removesuffix(affix)
        if len(rest) >= _LEAST:
            form = rest
    return form


def alike_pairs(profiles: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Yield the places of any two accounts of one platform that are called alike, each pair once.

    In time linear in the accounts, but for names that many bear.
    """
    bearers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, each in enumerate(profiles):
        for form in forms(each):
            bearers[each.platform, form].append(place)
    seen = set[tuple[int, int]]()
    for platform, form, other in _near(bearers):
        for pair in _pairs(profiles, bearers[platform, form], bearers[platform, other]):
            if pair not in seen:
                seen.add(pair)
                yield pair


def _near(known: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield platform and two forms that at most one edit makes equal; a form with itself, too.

    Two such forms are equal when at most one letter is dropped from each.
    """
    listed = sorted(known)
    holding: dict[tuple[str, int], list[str]] = defaultdict(list)
    for platform, form in listed:
        for part in _parts(form):
            holding[platform, hash(part)].append(form)
    for platform, form in listed:
        others = {each for part in _parts(form) for each in holding[platform, hash(part)]}
        for other in sorted(each for each in others if each >= form):
            is_long = min(len(form), len(other)) >= _EDITED
            if other == form or (is_long and edits(form, other, 1) is not None):
                yield platform, form, other


def _parts(form: str) -> set[str]:
    return dropped(form) if len(form) >= _EDITED else {form}


def _pairs(
    profiles: Sequence[Profile], some: Sequence[int], others: Sequence[int]
) -> Iterator[tuple[int, int]]:
    both = sorted({*some, *others})
    if len(both) <= _MOST:
        yield from combinations(both, 2)
        return
    first = sorted(both, key=lambda at: (not profiles[at].is_own, _age(profiles[at]), at))
    own = sum(profiles[at].is_own for at in both)
    for one in first[: own + _OLDEST]:
        yield from ((min(one, other), max(one, other)) for other in both if other != one)


def _age(profile: Profile) -> float:
    return profile.created if profile.created is not None else float("inf")
