"""From what sites carry to findings."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from tocsin.detect.sites.clustering import LEAST, Cluster, Join, Step, Tie, find_clusters
from tocsin.detect.sites.evidence import Carried
from tocsin.detect.sites.kinds import ASSET, CERTIFICATE_NAME, KINDS, LINK
from tocsin.detect.sites.rings import built_alike, cohorts, own_hosts, rings
from tocsin.detect.sites.weighing import Background, Shared, weigh
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import Explanation, Finding, FindingKind

DETECTOR: Final = "tocsin detect sites 1"
_BETWEEN: Final = frozenset({ASSET, CERTIFICATE_NAME, LINK})
_SHOWN: Final = 12
_FURTHER: Final = 20
NULL_MODEL: Final = "carriers of one value among unrelated sites are Poisson distributed"


def shared_identifiers(carried: Carried, background: Background | None = None) -> list[Shared]:
    """Return what at least two sites share, weighed, the heaviest first.

    Args:
        background: of ordinary sites, see `background_of`.
    """
    count = len(carried.sites)
    known = background or Background()
    found = [
        weigh(kind, value, sites, count * known.share(kind, value))
        for (kind, value), sites in carried.carriers.items()
        if len(sites) > 1 and kind not in _BETWEEN
    ]
    found += own_hosts(carried.carriers, carried.sites)
    found += rings(carried.carriers, count)
    found += built_alike(carried.tokens, count)
    found += cohorts(carried.times)
    return sorted(found, key=lambda each: (-each.weight, each.kind, each.value))


def background_of(carried: Carried) -> Background:
    """Return what was counted in files of ordinary sites."""
    return Background(
        len(carried.sites),
        {key: len(sites) for key, sites in carried.carriers.items()},
        frozenset(kind for kind, _ in carried.carriers),
    )


def find_sites(
    shared: Sequence[Shared], *, count: int, least: float = LEAST, fewest: int = 2
) -> list[Finding]:
    """Return a finding for each cluster of sites.

    Args:
        count: how many sites were looked at.
        fewest: sites in a cluster.
    """
    clusters = find_clusters(shared, least)
    return [finding_of(each, count, least) for each in clusters if len(each.sites) >= fewest]


def finding_of(cluster: Cluster, count: int, least: float) -> Finding:
    """State that sites are run together, and by what that is known."""
    rows: list[JsonValue] = [_join(each, count) for each in cluster.carrying]
    further = sorted(cluster.further, key=lambda each: (-each.weight, each.kind, each.value))
    rows += [{**_identifier(each), "carries": False} for each in further[:_FURTHER]]
    rows += [{**_join(each, count), "carries": False, "bridge": True} for each in cluster.bridges]
    return Finding(
        kind=FindingKind.SITES,
        behaviour=f"{len(cluster.sites)} sites are run together:"
        f" {', '.join(f'{n} by {family}' for family, n in _families(cluster))}",
        subjects=cluster.sites,
        objects=tuple(
            dict.fromkeys(f"{by.kind} {by.value}" for each in cluster.carrying for by in each.by)
        ),
        detector=DETECTOR,
        parameters={"least": least, "sites": count},
        null_model=NULL_MODEL,
        score=round(cluster.probability, 4),
        rule="+".join(cluster.families),
        evidence=tuple(rows),
        explanations=_explanations(cluster),
    )


def _families(cluster: Cluster) -> list[tuple[str, int]]:
    """Return how many joins each family carries."""
    counts = Counter(each.by[0].family for each in cluster.carrying)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _join(join: Join, count: int) -> JsonObject:
    first, *others = join.by
    said: JsonObject = {
        **_identifier(first),
        "carries": True,
        "of_sites": count,
        "probability": round(join.probability, 6),
        "with": [_identifier(each) for each in others],
        "without_it": [*join.splits],
    }
    return {**said, "sites": [*join.sites[:_SHOWN]], "carriers": len(join.sites)}


def _identifier(shared: Shared) -> JsonObject:
    return {
        "kind": shared.kind,
        "value": shared.value,
        "family": shared.family,
        "why": KINDS[shared.kind].says.format(value=shared.value),
        "sites": [*shared.sites[:_SHOWN]],
        "carriers": len(shared.sites),
        "expected_by_chance": float(f"{shared.expected:.3g}"),
        "weight": round(shared.weight, 2),
    }


_INNOCENT: Final = (
    (
        "one agency, developer or host works for several owners",
        "whom each belongs to was not asked",
    ),
    ("a declared group of publishers", "owners and imprints were not looked at"),
    ("a page or theme that was copied", "which came first was not looked at"),
)


def _explanations(cluster: Cluster) -> tuple[Explanation, ...]:
    families = set(cluster.families)
    is_hosting = families <= {"hosting", "creation"}
    shared_host = Explanation(
        "a host that strangers share",
        None if is_hosting else False,
        "only addresses tie them: look who else is there"
        if is_hosting
        else "other than addresses ties them; known hosts of many are left out by rule",
    )
    return (shared_host, *(Explanation(name, None, why) for name, why in _INNOCENT))


def ranked(ties: Iterable[Tie], most: int) -> list[JsonValue]:
    """Return the pairs with the heaviest evidence between them, for `--json`."""
    return [
        {
            "sites": [*each.sites],
            "weight": round(each.weight, 2),
            "probability": round(each.probability, 6),
            "by": [_identifier(by) for by in each.by],
        }
        for each in islice(ties, most)
    ]


def stepped(steps: Iterable[Step]) -> list[JsonValue]:
    """Return what each step from the seeds added, for `--json`."""
    return [{"added": [*each.sites], "by": [_identifier(by) for by in each.by]} for each in steps]
