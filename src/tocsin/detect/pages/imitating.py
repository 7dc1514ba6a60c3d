"""From what pages share with genuine ones to findings; which alerts about names they confirm."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from tocsin.detect.pages.comparing import Evidence, Genuine, Ordinary, genuine_of, shared
from tocsin.detect.pages.page import Page
from tocsin.detect.pages.public import ARCHIVES, is_below
from tocsin.detect.pages.reading import Captures
from tocsin.detect.sites import site_of
from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "pages/1"
_MOST_PAGES: Final = 5
_MOST_ALERTS: Final = 1_000_000


@frozen
class Alert:
    """That a host's name imitates an entity, as `tocsin detect names` found it.

    Attributes:
        entity: empty where the name only lures.
        says: what the rule said of the name.
    """

    host: str
    entity: str
    domains: tuple[str, ...]
    says: str


@frozen
class Compared:
    """What came of a run.

    Attributes:
        alerts: how many hosts of alerts are `confirmed`, `unconfirmed` or `not-captured`.
        unconfirmed: hosts whose captured pages share nothing, or too little.
    """

    findings: list[Finding] = field(factory=list)
    alerts: Counter[str] = field(factory=Counter)
    unconfirmed: list[str] = field(factory=list)


def genuine_sites(real: Captures, own: Iterable[str] = ()) -> list[Genuine]:
    """Return whom pages may imitate: each site of the genuine pages, without what they frame.

    Args:
        own: further sites of the owner, which belong to each.
    """
    framed = {
        url for page in real.pages for kind, url in page.files if kind == "frame"
    }  # advertisements, films: they come along in an archive
    pages = [page for page in real.pages if page.url.partition("?")[0] not in framed]
    further = tuple(own)
    return [
        genuine_of(
            site, [(page, real.favicons(page)) for page in pages if page.site == site], further
        )
        for site in sorted({page.site for page in pages})
    ]


def read_alerts(said: JsonValue, source: str) -> tuple[Alert, ...]:
    """Read what `tocsin detect names --json` wrote.

    Raises:
        BadInputError: when it holds no findings.
    """
    findings = said.get("findings") if isinstance(said, dict) else None
    if not isinstance(findings, list):
        raise BadInputError(
            f"{source}: no findings", hint="write it by `tocsin detect names --json`"
        )
    found = []
    for number, each in enumerate(findings[:_MOST_ALERTS], start=1):
        if not isinstance(each, dict):
            raise BadInputError(f"{source}: finding {number} is no object")
        finding = Finding.from_json(each)
        first = next((row for row in finding.evidence if isinstance(row, dict)), {})
        domains = first.get("own_domains")
        if finding.kind is FindingKind.NAMES and finding.subjects:
            found.append(
                Alert(
                    finding.subjects[0],
                    str(first.get("entity") or ""),
                    tuple(map(str, domains)) if isinstance(domains, list) else (),
                    str(first.get("why") or finding.behaviour),
                )
            )
    return tuple(found)


def find_imitations(
    captured: Captures,
    genuine: Sequence[Genuine],
    ordinary: Ordinary,
    alerts: Sequence[Alert] = (),
) -> Compared:
    """Return a finding for each host whose pages pass for a genuine site.

    A page is one where by one thing at least it passes itself off, and by another it shows where
    that is from; a name that alerted is such a thing.
    """
    compared = Compared()
    own = frozenset(site for each in genuine for site in each.sites)
    alerted = _by_host(alerts)
    met: dict[str, list[tuple[Page, Genuine, tuple[Evidence, ...]]]] = defaultdict(list)
    seen = set[str]()
    for page in captured.pages:
        if page.site in own:
            continue
        hosts = [host for host in _hosts(page.host) if host in alerted]
        seen.update(hosts)
        favicons = captured.favicons(page)
        best = _best(page, favicons, genuine, ordinary, [alerted[each] for each in hosts])
        if best is not None:
            met[page.host].append((page, *best))
    for host in sorted(met):
        compared.findings.append(_finding(met[host]))
    _settle(compared, alerted, seen, met)
    return compared


def _by_host(alerts: Iterable[Alert]) -> dict[str, Alert]:
    return {each.host.removeprefix("www."): each for each in alerts}


def _hosts(host: str) -> list[str]:
    """Return a host and those above it, the nearest first."""
    labels = host.removeprefix("www.").split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def _best(
    page: Page,
    favicons: tuple[str, ...],
    genuine: Sequence[Genuine],
    ordinary: Ordinary,
    alerts: Sequence[Alert],
) -> tuple[Genuine, tuple[Evidence, ...]] | None:
    found = [(each, shared(page, favicons, each, ordinary)) for each in genuine]
    for alert in alerts:
        whom = _entity(alert, genuine)
        if page.site in whom.sites:
            continue
        by_name = Evidence("name-alert", alert.host, f"its name: {alert.says}", is_identity=True)
        found.append((whom, (by_name, *shared(page, favicons, whom, ordinary))))
    kept = [(whom, by) for whom, by in found if _is_imitation(by)]
    return max(kept, key=lambda each: len(each[1])) if kept else None


def _is_imitation(by: Sequence[Evidence]) -> bool:
    """Tell whether a page passes itself off and shows where that is from.

    A host and its page that are called alike are one fact: others may bear the name. Such a host
    needs two things of different families beside it, or asks for a password: an agency's text or a
    theme alone is shared by honest namesakes too.
    """
    identities = {each.kind for each in by if each.is_identity}
    copied = {each.family for each in by if not each.is_identity}
    if identities - {"name-alert"}:
        return bool(copied) or len(identities - {"name-alert"}) > 1
    return bool(identities) and (len(copied) > 1 or "password" in copied)


def _entity(alert: Alert, genuine: Sequence[Genuine]) -> Genuine:
    """Return whom an alert means: captured, or known by name and domains only."""
    known = genuine_of(
        "nobody named",
        (),
        own=[site for each in alert.domains if (site := site_of(each))],
        names=[alert.entity] if alert.entity else (),
    )
    for each in genuine:
        if each.sites & known.sites:
            names = {**known.names, **each.names}
            return evolve(each, sites=each.sites | known.sites, names=names)
    return known


def _settle(
    compared: Compared,
    alerted: Mapping[str, Alert],
    seen: set[str],
    met: Mapping[str, Sequence[object]],
) -> None:
    confirmed = {above for host in met for above in _hosts(host)}
    for host in sorted(alerted):
        state = "confirmed" if host in confirmed else "unconfirmed"
        compared.alerts[state if host in seen else "not-captured"] += 1
        if host in seen and host not in confirmed:
            compared.unconfirmed.append(host)


def _finding(met: Sequence[tuple[Page, Genuine, tuple[Evidence, ...]]]) -> Finding:
    page, whom, by = max(met, key=lambda each: len(each[2]))
    kinds = tuple(dict.fromkeys(each.kind for each in by))
    is_alert = "name-alert" in kinds
    rows: list[JsonValue] = [_row(page, each) for each in by]
    also = [each.url for each, *_ in met if each is not page][:_MOST_PAGES]
    return Finding(
        kind=FindingKind.NAMES if is_alert else FindingKind.SITES,
        behaviour=f"the page passes for {whom.name}: {by[0].says}; {by[1].says}",
        subjects=(page.host,),
        objects=tuple(sorted(whom.sites)),
        detector=DETECTOR,
        parameters={"pages": len(met), "also": [*also]},
        score=float(len(kinds)),
        rule="+".join(kinds),
        evidence=tuple(rows),
        explanations=_explanations(page, whom, {*kinds}),
    )


def _row(page: Page, by: Evidence) -> JsonObject:
    return {
        "kind": by.kind,
        "value": by.value,
        "why": by.says,
        "identity": by.is_identity,
        "page": page.url,
        "captured_in": page.where,
        "genuine": by.genuine or None,
    }


def _explanations(page: Page, whom: Genuine, kinds: set[str]) -> tuple[Explanation, ...]:
    is_linked = page.site in whom.linked
    is_archive = is_below(page.host, ARCHIVES)
    is_theme = kinds - {"name-alert"} <= {"shape"}
    return (
        Explanation(
            "the owner's own or a partner's site",
            True if is_linked else None,
            "a genuine page links to it or loads from it"
            if is_linked
            else "no genuine page that was captured links to it; its owner was not asked",
        ),
        Explanation(
            "an archive, a translation or a faster copy",
            is_archive,
            "its host is known to show pages of others"
            if is_archive
            else "its host is not known as one",
        ),
        Explanation(
            "a common theme or site builder",
            is_theme,
            "the shape alone is shared" if is_theme else "more than the shape is shared",
        ),
        Explanation(
            "a quotation, an embed or the text of an agency",
            None if kinds <= _QUOTABLE else False,
            "what is shared beside the name can be quoted"
            if kinds <= _QUOTABLE
            else "what is shared is not what pages quote",
        ),
        Explanation("criticism, parody or fans", None, "read the page, from a safe place"),
    )


_QUOTABLE: Final = frozenset(
    {
        *("name", "name-alert", "text", "links", "canonical", "hot-linked-pictures", "embeds"),
        *("e-mail", "phone"),
    }
)
