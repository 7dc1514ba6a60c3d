"""From likenesses to findings: what returns, why that is said, and what else it may be."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import field, frozen

from tocsin.detect.names.hosts import shown
from tocsin.detect.recycled.habits import Habits, learn
from tocsin.detect.recycled.indicators import Indicator
from tocsin.detect.recycled.likeness import Likeness, Rule, find_likenesses
from tocsin.detect.recycled.rates import LIFT, Rates, count_rates
from tocsin.foundation import JsonObject, rfc3339
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "recycled/1"
_MOST_NAMED: Final = 5

_SAID: Final = {
    Rule.RETURNED: "a name that was taken from the operation, or given up, is seen again",
    Rule.BELOW: "it stands below a name that is known",
    Rule.SUFFIX: "it is the label of a known name under another suffix",
    Rule.LETTERS: "it is the label of a known name with other hyphens or look-alike letters",
    Rule.NUMBERS: "it is the label of a known name with other digits",
    Rule.EDIT: "it is the label of a known name with a letter or two changed",
    Rule.AFFIX: "it is the label of a known name with something added",
    Rule.STEM: "it is put together as known names are",
    Rule.BORROWED: "it is a well-known site's label under a suffix where known names borrowed such",
}
_INNOCENT: Final = {
    Rule.RETURNED: ("who seized it holds it", "a sinkhole gets certificates and addresses too"),
    Rule.BELOW: ("the name has changed hands", "who holds the name above was not asked"),
    Rule.SUFFIX: ("another holder of the same word", "words are free for all"),
    Rule.LETTERS: ("another holder of the same word", "words are free for all"),
    Rule.NUMBERS: ("digits of a year or a series of somebody else", ""),
    Rule.EDIT: ("a word of its own that is spelled alike", ""),
    Rule.AFFIX: ("a word of its own that holds the other", ""),
    Rule.STEM: ("a topic word that others put first or last as well", ""),
    Rule.BORROWED: ("the well-known site's own name for another country or use", ""),
}
_IMITATED: Final = frozenset({Rule.SUFFIX, Rule.LETTERS, Rule.EDIT, Rule.AFFIX, Rule.NUMBERS})


@frozen
class Found:
    """What came of a run.

    Attributes:
        hosts: `screened`, `known` (they are indicators and not gone), `benign` (in the benign
            list), `silenced` (alike, but so are benign names, or the operation has no such habit),
            `repeated`.
    """

    findings: list[Finding] = field(factory=list)
    hosts: Counter[str] = field(factory=Counter)


def find_recycled(hosts: Iterable[str], habits: Habits, rates: Rates) -> Found:
    """Return a finding for each ACE host that looks like the operation coming back.

    In the order of coming; memory grows with alerts only.
    """
    found, alerted = Found(), set()
    for host in hosts:
        found.hosts["screened"] += 1
        known = habits.known.get(host.removeprefix("www."))
        if known is not None and not known.state.is_gone:
            found.hosts["known"] += 1
            continue
        if known is not None:
            likenesses = [Likeness(Rule.RETURNED, str(known.state), known.host, (known.host,))]
        else:
            likenesses = find_likenesses(host, habits)
        kept = [each for each in likenesses if rates.counts(each)]
        if host in rates.met and known is None:
            found.hosts["benign"] += 1
        elif not kept:
            found.hosts["silenced"] += bool(likenesses)
        elif host in alerted:
            found.hosts["repeated"] += 1
        else:
            alerted.add(host)
            found.findings.append(_finding(host, kept, habits, rates))
    return found


@frozen
class HeldOut:
    """How many benign names alert that were not counted as background.

    Attributes:
        originals: those of the alerts that bear the very label of a known name: mostly whom the
            operation imitates, who never alert once they stand in the benign list.
    """

    names: int
    alerts: int
    originals: int

    @property
    def per_100k(self) -> float:
        """Return the alerts in 100,000 benign names."""
        return self.alerts * 100_000 / max(self.names, 1)


def hold_out(indicators: Sequence[Indicator], benign: Sequence[str]) -> HeldOut:
    """Count alerts among benign hosts: each half is screened with what the other half told."""
    halves: tuple[list[str], list[str]] = ([], [])
    for host in benign:
        halves[hashlib.sha256(host.encode()).digest()[0] % 2].append(host)
    found = []
    for told, screened in (halves, halves[::-1]):
        habits = learn(indicators, told)
        found += find_recycled(screened, habits, count_rates(habits, told)).findings
    originals = sum(each.rule == Rule.SUFFIX for each in found)
    return HeldOut(len(benign), len(found), originals)


def _finding(host: str, likenesses: list[Likeness], habits: Habits, rates: Rates) -> Finding:
    """State why; the likeness that is most the operation's own leads."""
    ranked = sorted(likenesses, key=lambda each: (_rank(each), -rates.lift(each), each.habit))
    first = ranked[0]
    named = dict.fromkeys(host for each in ranked for host in each.hosts[:_MOST_NAMED])
    certain = first.rule in {Rule.RETURNED, Rule.BELOW}
    return Finding(
        kind=FindingKind.NAMES,
        behaviour=f"the name may be an earlier one coming back: {_SAID[first.rule]}",
        subjects=(host,),
        objects=tuple(named),
        detector=DETECTOR,
        parameters={"lift": LIFT},
        score=1.0 if certain else round(1 - 1 / max(rates.lift(first), 1.0), 4),
        rule=str(first.rule),
        evidence=tuple(_evidence(host, each, habits, rates) for each in ranked),
        explanations=_explanations(first),
    )


def _evidence(host: str, like: Likeness, habits: Habits, rates: Rates) -> JsonObject:
    counted = like.rule not in {Rule.RETURNED, Rule.BELOW}
    return {
        "host": host,
        "shown_as": ".".join(shown(each) for each in host.split(".")),
        "rule": str(like.rule),
        "how": like.how,
        "key": like.key,
        "why": _SAID[like.rule],
        "earlier": [
            {
                "name": each,
                "known": rfc3339(habits.known[each].known),
                "state": str(habits.known[each].state),
            }
            for each in like.hosts[:_MOST_NAMED]
        ],
        "earlier_names": len(like.hosts),
        "own_share": round(rates.share(like), 5) if counted else None,
        "background_per_100k": round(rates.background(like), 2) if counted else None,
        "lift": round(rates.lift(like), 1) if counted else None,
    }


def _explanations(first: Likeness) -> tuple[Explanation, ...]:
    name, why = _INNOCENT[first.rule]
    others = [Explanation(name, None, why or "who registered it was not asked")]
    if first.rule in _IMITATED:
        others.append(
            Explanation(
                "the one whom the earlier name imitates",
                None,
                "an outlet holds its own label under several suffixes, some to keep others off",
            )
        )
    others.append(
        Explanation("a trader in names, or a researcher", None, "names that lapse are bought anew")
    )
    return tuple(others)


def _rank(like: Likeness) -> int:
    return 0 if like.rule in {Rule.RETURNED, Rule.BELOW} else 1
