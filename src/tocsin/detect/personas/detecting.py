"""From profiles to findings: who passes for whom."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from tocsin.detect.personas.alike import alike_pairs, forms
from tocsin.detect.personas.copied import COMMON, NEAR_PICTURE, NEAR_TEXT, Copy, Trait, Traits
from tocsin.detect.personas.profiles import Profile
from tocsin.foundation import HIDDEN, JsonValue
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "tocsin detect personas 1"
_DECLARED: Final = re.compile(
    r"parod|satir|\bfan\b|fan ?(?:page|account|club)|unofficial|not affiliated|tribute|commentary",
    re.IGNORECASE,
)
_POINTED: Final = re.compile(r"[@/]([^@/\s]+)")
_WORD: Final = re.compile(r"\w")


@frozen
class Pass:
    """One account that looks like another.

    Attributes:
        suspect: the younger one; where nobody knows which that is, either.
        is_known: which of them is the suspect.
    """

    suspect: Profile
    original: Profile
    copies: tuple[Copy, ...]
    is_known: bool

    @property
    def traits(self) -> tuple[Trait, ...]:
        """What was copied, each once."""
        return tuple(dict.fromkeys(each.trait for each in self.copies))


def find_personas(profiles: Iterable[Profile]) -> list[Finding]:
    """Return a finding for each account that is called like another and has copied of it.

    A like name alone is none. An own account is never the suspect, and of the others the younger
    one is. Of several that it may pass for the own one is named, or what most was copied of.
    """
    listed = sorted(profiles, key=lambda each: (each.platform, each.account))
    pairs = list(alike_pairs(listed))
    same = _same(listed)
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    traits = Traits(listed)
    passes: dict[tuple[str, str], list[Pass]] = defaultdict(list)
    for one, other in sorted(pairs):
        if listed[one].is_own and listed[other].is_own:
            continue
        aside = {one, other}
        for each in (one, other):
            aside |= near[each] if listed[each].is_own else same(each)
        copies = tuple(traits.copies(one, other, frozenset(aside)))
        if copies:
            made = _pass(listed[one], listed[other], copies)
            passes[made.suspect.platform, made.suspect.account].append(made)
    known = {key for key, found in passes.items() if any(each.is_known for each in found)}
    best = [max(found, key=_rank) for found in passes.values()]
    kept = [each for each in best if each.is_known or _key(each.original) not in known]
    findings = [finding_of(each, len(listed)) for each in kept]
    return sorted(findings, key=lambda each: (-(each.score or 0), each.subjects))


def _same(profiles: Sequence[Profile]) -> Callable[[int], set[int]]:
    """Return who is called the same as an account; one letter off may be a chain's next station.

    Of an own account it is known that the others are none of its chain.
    """
    bearers: dict[tuple[str, str], set[int]] = defaultdict(set)
    known = [forms(each) for each in profiles]
    for place, each in enumerate(profiles):
        for form in known[place]:
            bearers[each.platform, form].add(place)

    def same(place: int) -> set[int]:
        platform = profiles[place].platform
        return {other for form in known[place] for other in bearers[platform, form]}

    return same


def _pass(one: Profile, other: Profile, copies: tuple[Copy, ...]) -> Pass:
    if one.is_own or other.is_own:
        suspect, original = (other, one) if one.is_own else (one, other)
        return Pass(suspect, original, copies, is_known=True)
    if one.created is None or other.created is None or one.created == other.created:
        return Pass(one, other, copies, is_known=False)
    suspect, original = (one, other) if one.created > other.created else (other, one)
    return Pass(suspect, original, copies, is_known=True)


def _rank(each: Pass) -> tuple[bool, bool, int, float, str]:
    created = each.original.created
    age = -created if created is not None else float("-inf")
    return each.is_known, each.original.is_own, len(each.traits), age, each.original.account


def _key(profile: Profile) -> tuple[str, str]:
    return profile.platform, profile.account


def finding_of(found: Pass, count: int) -> Finding:
    """State who looks like whom, by what, and what else it may be."""
    suspect, original = found.suspect, found.original
    traits = " and ".join(found.traits)
    subjects: tuple[str, ...] = (suspect.account,)
    behaviour = f"{suspect.account} is called like {original.account} and has its {traits}"
    if not found.is_known:
        subjects = (suspect.account, original.account)
        behaviour = (
            f"{suspect.account} and {original.account} are called alike and have one {traits};"
            " which of them came first is not known"
        )
    return Finding(
        kind=FindingKind.PERSONAS,
        behaviour=HIDDEN.sub("", behaviour),
        subjects=subjects,
        objects=(original.account,) if found.is_known else (),
        detector=DETECTOR,
        parameters={
            "accounts": count,
            "picture_bits": {str(bits): most for bits, most in NEAR_PICTURE.items()},
            "biography": NEAR_TEXT,
            "common": COMMON,
        },
        score=len(found.traits),
        rule="+".join(("name", *found.traits)),
        evidence=tuple(_rows(found)),
        explanations=_explanations(found),
    )


def _rows(found: Pass) -> list[JsonValue]:
    rows: list[JsonValue] = [
        {
            "trait": "name",
            "of": role,
            "account": each.account,
            "handle": each.handle,
            "name": each.name,
            "created": each.created,
            "own": each.is_own,
        }
        for role, each in (("suspect", found.suspect), ("original", found.original))
    ]
    rows += [{"trait": str(each.trait), "value": each.value} for each in found.copies]
    return rows


def _explanations(found: Pass) -> tuple[Explanation, ...]:
    suspect, original = found.suspect, found.original
    said = f"{suspect.name} {suspect.biography}"
    is_declared = bool(_DECLARED.search(said))
    is_named = found.is_known and _names(original, suspect)
    is_link_only = found.traits == (Trait.LINK,)
    return (
        Explanation(
            "a declared parody, fan or commentary account",
            is_declared or (False if suspect.biography else None),
            "its name or biography says so" if is_declared else "its biography does not say so"
            if suspect.biography else "it has no biography here",
        ),
        Explanation(
            "a second account of the same owner",
            True if is_named else None,
            "the older account names it" if is_named else "the owner was not asked",
        ),
        Explanation(
            "people or bodies of one name",
            None if is_link_only else False,
            "only a link is the same" if is_link_only else "picture or text are the same, too",
        ),
        Explanation("the older account was taken over, or moved", None, "nobody looked at either"),
    )  # fmt: skip


def _names(original: Profile, suspect: Profile) -> bool:
    """Whether an account points to another by its handle, behind an @ or in a link."""
    handle = suspect.handle.casefold()
    pointed = (
        each.casefold()
        for said in (original.biography, *original.links)
        for each in _POINTED.findall(said)
    )
    return bool(handle) and any(
        each.startswith(handle) and not _WORD.match(each, len(handle)) for each in pointed
    )
