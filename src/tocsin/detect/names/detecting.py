"""From hosts to findings: which matches are rare enough, and what a person needs to check them."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from tocsin.detect.names.background import Background
from tocsin.detect.names.entities import BUDGET
from tocsin.detect.names.hosts import shown
from tocsin.detect.names.index import Index, Kind
from tocsin.detect.names.matches import Match, Rule
from tocsin.detect.names.rules import find_matches
from tocsin.foundation import JsonObject
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "names/1"

_SAID: Final = {
    Rule.SUFFIX: "it is the same name under another suffix",
    Rule.LOOKS: "its letters look like those of the name",
    Rule.SPELLED: "it is the name in another script",
    Rule.EDIT: "it differs by a letter or two",
    Rule.TOKEN: "the name stands between hyphens",
    Rule.AFFIX: "the name stands beside words that lure",
    Rule.AFFIX_EDIT: "the name, with a letter changed, stands beside other words",
    Rule.INSIDE: "the name stands inside",
    Rule.WRITTEN: "the domain is written out",
    Rule.BELOW: "the name is a subdomain of a stranger's domain",
    Rule.STATE: "a word for a government stands where anybody can register it",
    Rule.LURE: "it is made of words that lure, and names nobody",
    Rule.KNOWN: "it is on the watchlist as an adversary's own",
}


@frozen
class Found:
    """What came of a run.

    Attributes:
        silenced: hosts whose every match is commoner among benign names than the budget, by
            entity.
        repeated: how often a host came again that had alerted already.
    """

    findings: list[Finding] = field(factory=list)
    hosts: Counter[str] = field(factory=Counter)
    silenced: Counter[str] = field(factory=Counter)


def find_names(hosts: Iterable[str], index: Index, background: Background) -> Found:
    """Return a finding for each host that imitates, in the order of coming.

    Memory grows with alerts only, never with hosts.
    """
    found, alerted = Found(), set()
    for host in hosts:
        found.hosts["screened"] += 1
        matches = find_matches(host, index)
        if not matches:
            continue
        rated = sorted(((background.rate(each), each) for each in matches), key=_order)
        kept = [each for each in rated if each[0] <= _budget(each[1])]
        if host in background.met:
            found.hosts["benign"] += 1
        elif not kept:
            found.hosts["silenced"] += 1
            found.silenced[_name(rated[0][1])] += 1
        elif host in alerted:
            found.hosts["repeated"] += 1
        else:
            alerted.add(host)
            found.findings.append(finding_of(host, kept))
    return found


def finding_of(host: str, rated: list[tuple[float, Match]]) -> Finding:
    """State what a host imitates; the rarest match leads.

    Args:
        rated: matches with their rates in 100,000 benign names, rarest first.
    """
    rate, first = rated[0]
    readable = ".".join(shown(each) for each in host.split("."))
    whom = f"imitates {_name(first)}" if first.entity else "lures, and names nobody"
    return Finding(
        kind=FindingKind.NAMES,
        behaviour=f"the name {whom}: {_SAID[first.rule]}",
        subjects=(host,),
        objects=tuple(dict.fromkeys(_name(each) for _, each in rated if each.entity)),
        detector=DETECTOR,
        parameters={"budget_per_100k": _budget(first)},
        score=round(1 / (1 + rate), 4),
        rule=str(first.rule),
        evidence=tuple(_evidence(host, readable, *each) for each in rated),
        explanations=_explanations(first),
    )


def _evidence(host: str, readable: str, rate: float, match: Match) -> JsonObject:
    return {
        "host": host,
        "shown_as": readable,
        "entity": match.entity.name if match.entity else None,
        "own_domains": [*match.entity.domains[:3]] if match.entity else [],
        "rule": str(match.rule),
        "key": match.key,
        "change": match.how,
        "form": match.form,
        "distinctive": str(match.kind),
        "background_per_100k": round(rate, 3),
        "why": _SAID[match.rule],
    }


def _explanations(match: Match) -> tuple[Explanation, ...]:
    others = "who registered it was not asked"
    if match.kind is not Kind.DISTINCT:
        others = f"{match.key!r} is {match.kind}: others bear it"
    return (
        Explanation(
            "the entity's own or a partner's domain",
            None,
            "the watchlist does not list it; who holds it was not asked",
        ),
        Explanation("another holder of the same name", None, others),
        Explanation("criticism, parody or fans", None, "what stands there was not looked at"),
    )


def _order(rated: tuple[float, Match]) -> tuple[float, tuple[str, ...]]:
    return rated[0], rated[1].cell


def _budget(match: Match) -> float:
    return match.entity.budget if match.entity else BUDGET


def _name(match: Match) -> str:
    return match.entity.name if match.entity else ""
