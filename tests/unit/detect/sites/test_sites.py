"""Sites are joined by what is rarer than chance, and each cluster says what carries it."""

import io
import math
import random
from itertools import permutations

import pytest

from tests.unit.detect.sites.invented import carried, strangers
from tocsin.detect.sites import (
    Carried,
    Shared,
    background_of,
    expand,
    find_sites,
    find_ties,
    probability,
    read_evidence,
    shared_identifiers,
    weigh,
)
from tocsin.records import Finding


def found_in(evidence: Carried, least: float = 0.95) -> list[Finding]:
    return find_sites(shared_identifiers(evidence), count=len(evidence.sites), least=least)


def clusters(evidence: Carried) -> list[set[str]]:
    return [set(each.subjects) for each in found_in(evidence)]


@pytest.mark.parametrize(("n", "expected"), [(2, 0.01), (3, 0.5), (10, 3.5), (40, 58.0)])
def test_the_weight_is_the_ratio_of_one_operator_to_chance(n: int, expected: float) -> None:
    """Against the sum of the Poisson distribution's terms, term by term."""
    below = sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(n))
    tail = 1 - below if expected > 0.1 else math.exp(-expected) * sum(
        expected**k / math.factorial(k) for k in range(n, n + 30)
    )  # fmt: skip
    ratio = 1 / (n * (n - 1)) / tail
    found = weigh("ip", "x", [str(at) for at in range(n)], expected).weight
    assert found == pytest.approx(max(0.0, min(math.log10(ratio), 12.0)), abs=1e-6)


def test_of_values_that_two_sites_share_one_in_a_hundred_is_taken_for_an_operator_s() -> None:
    assert probability(0.0) == pytest.approx(1 / 101)
    assert probability(2.0) == pytest.approx(0.5)


def test_one_webmaster_account_joins_two_sites_and_says_so() -> None:
    evidence = carried(
        ("a.example", "verification", "v1"), ("b.example", "verification", "v1"), more=50
    )
    (finding,) = found_in(evidence)
    assert finding.subjects == ("a.example", "b.example")
    assert finding.objects == ("verification v1",)
    (row,) = finding.evidence
    assert isinstance(row, dict)
    assert (row["kind"], row["carriers"], row["without_it"]) == ("verification", 2, [1, 1])
    assert "v1" in str(row["why"])
    assert finding.q_value is None


def test_no_finding_is_a_ground_to_tell_of_people() -> None:
    evidence = carried(("a.example", "wallet", "w"), ("b.example", "wallet", "w"), more=20)
    (finding,) = found_in(evidence)
    assert finding.lacks
    assert finding.untold


def test_a_few_sites_at_one_address_are_no_network_and_a_third_of_all_is_one() -> None:
    few = carried(*((f"a{at}.example", "ip", "45.1.1.1") for at in range(8)), more=200)
    assert clusters(few) == []
    many = carried(*((f"a{at}.example", "ip", "45.1.1.1") for at in range(100)), more=200)
    (cluster,) = found_in(many)
    assert len(cluster.subjects) == 100
    innocent = {each.name: each.fits for each in cluster.explanations}
    assert innocent["a host that strangers share"] is None


@pytest.mark.parametrize(("count", "hosts"), [(200, 20_000), (1_000, 20_000), (1_000, 200_000)])
def test_strangers_are_not_joined(count: int, hosts: int) -> None:
    joined = [seed for seed in range(6) if clusters(strangers(seed, count, hosts))]
    assert joined == []


def test_a_background_tells_what_is_common_and_what_is_not() -> None:
    rows = [(f"a{at}.example", "ip", "45.1.1.1") for at in range(20)]
    evidence = carried(*rows, more=200)
    elsewhere = background_of(
        carried(*((f"b{at}.example", "ip", f"45.{at // 200}.{at % 200}.9") for at in range(4_000)))
    )
    here = background_of(carried(*((f"b{at}.example", "ip", "45.1.1.1") for at in range(400))))
    assert clusters(evidence) == []
    found = find_sites(shared_identifiers(evidence, elsewhere), count=220)
    assert [len(each.subjects) for each in found] == [20]
    assert find_sites(shared_identifiers(evidence, here), count=220) == []


def test_weak_signs_of_several_families_add_up_and_of_one_family_do_not() -> None:
    icon = [("a.example", "favicon", "7"), ("b.example", "favicon", "7")]
    article = [("a.example", "article", "5"), ("b.example", "article", "5")]
    several = carried(*icon, *article, more=500)
    (tie,) = find_ties(shared_identifiers(several))
    assert [each.family for each in tie.by] == ["articles", "page"]
    assert tie.weight == pytest.approx(sum(each.weight for each in tie.by))
    assert clusters(several) == [{"a.example", "b.example"}]
    second = [("a.example", "favicon", "9"), ("b.example", "favicon", "9")]
    assert clusters(carried(*icon, *second, more=500)) == []


def test_files_loaded_from_another_site_prove_nothing_by_themselves() -> None:
    """A copy loads the pictures of the paper that it imitates: that is no accomplice."""
    copies = [(f"copy{at}.example", "asset", "https://cdn.paper.example/x.png") for at in range(8)]
    paper = ("paper.example", "analytics", "UA-9")
    evidence = carried(*copies, paper, more=100)
    assert [each.sites for each in find_ties(shared_identifiers(evidence))] == [
        (f"copy{at}.example", "paper.example") for at in range(8)
    ]
    assert clusters(evidence) == []
    many = [(f"a{at}.example", "asset", "counter.example") for at in range(30)]
    service = carried(*many, ("counter.example", "uuid", "1"), more=100)
    assert shared_identifiers(service) == []


def test_a_certificate_with_the_names_of_two_sites_joins_them() -> None:
    rows = [("a.example", "cert-domain", "*.b.example"), ("b.example", "uuid", "1")]
    assert clusters(carried(*rows, more=100)) == [{"a.example", "b.example"}]


def test_naming_each_other_counts_and_being_named_does_not() -> None:
    ring = [(a, "link", b) for a, b in permutations([f"r{at}.example" for at in range(6)], 2)]
    named = [(f"n{at}.example", "link", "paper.example") for at in range(30)]
    evidence = carried(*ring, *named, ("paper.example", "analytics", "UA-9"), more=300)
    assert clusters(evidence) == [{f"r{at}.example" for at in range(6)}]


def test_sites_begun_within_an_hour_are_a_cohort_where_few_are_begun() -> None:
    steady = [
        (f"s{at}.example", "created", f"201{at % 9}-{1 + at % 12:02}-11T08:00:00Z")
        for at in range(60)
    ]
    cohort = [(f"c{at}.example", "created", f"2015-03-01T10:{at:02}:00Z") for at in range(8)]
    assert {f"c{at}.example" for at in range(8)} in clusters(carried(*steady, *cohort))
    assert clusters(carried(*((s, k, v) for s, k, v in steady[:9]))) == []


def network(name: str, size: int) -> list[tuple[str, str, str]]:
    return [(f"{name}{at}.example", "analytics", f"UA-{name}") for at in range(size)]


def test_one_site_does_not_join_two_networks_and_two_do() -> None:
    """A single wrong row must not make two networks one; it is told as a bridge."""
    rows = [*network("a", 9), *network("b", 7)]
    bridge = [("a0.example", "wallet", "w"), ("b0.example", "wallet", "w")]
    evidence = carried(*rows, *bridge, more=100)
    assert [len(each) for each in clusters(evidence)] == [9, 7]
    told = [row for each in found_in(evidence) for row in each.evidence if isinstance(row, dict)]
    assert [row["value"] for row in told if row.get("bridge")] == ["w", "w"]
    second = [("a1.example", "e-mail", "x@x.example"), ("b1.example", "e-mail", "x@x.example")]
    assert [len(each) for each in clusters(carried(*rows, *bridge, *second, more=100))] == [16]


def test_a_single_site_more_is_taken_into_a_network() -> None:
    rows = [*network("a", 9), ("a0.example", "wallet", "w"), ("new.example", "wallet", "w")]
    assert [len(each) for each in clusters(carried(*rows, more=100))] == [10]


def test_each_join_says_what_would_be_left_without_it() -> None:
    rows = [*network("a", 4), *(("a3.example", "wallet", "w"), ("b.example", "wallet", "w"))]
    (finding,) = found_in(carried(*rows, more=100))
    splits = {
        str(row["value"]): row["without_it"] for row in finding.evidence if isinstance(row, dict)
    }
    assert splits == {"UA-a": [2, 1, 1, 1], "w": [4, 1]}


def test_every_site_of_a_cluster_carries_something_that_is_named() -> None:
    rows = [*network("a", 9), ("a0.example", "wallet", "w"), ("new.example", "wallet", "w")]
    evidence = carried(*rows, more=100)
    (finding,) = found_in(evidence)
    named = {
        site
        for kind, value in (each.split(" ", 1) for each in finding.objects)
        for site in evidence.carriers[kind, value]
    }
    assert named == set(finding.subjects)


def test_from_a_seed_each_step_says_by_what_it_came_in() -> None:
    rows = [
        ("a.example", "wallet", "w"), ("b.example", "wallet", "w"),
        ("b.example", "verification", "v"), ("c.example", "verification", "v"),
        ("d.example", "verification", "z"), ("e.example", "verification", "z"),
    ]  # fmt: skip
    shared = shared_identifiers(carried(*rows, more=20))
    steps = expand(["a.example"], shared, 5)
    assert [(each.sites, [by.value for by in each.by]) for each in steps] == [
        (("b.example",), ["w"]),
        (("c.example",), ["v"]),
    ]
    assert [each.sites for each in expand(["a.example"], shared, 1)] == [("b.example",)]


def test_the_order_of_rows_and_their_repetition_change_nothing() -> None:
    rows = [*network("a", 9), *network("b", 7), ("a0.example", "wallet", "w"),
            ("b0.example", "wallet", "w"), ("b1.example", "ip", "45.1.1.1")]  # fmt: skip
    expected = found_in(carried(*rows, more=50))
    for seed in range(5):
        mixed = [*rows, *rows[:5]]
        random.Random(seed).shuffle(mixed)  # noqa: S311 - an order, no secret
        assert found_in(carried(*mixed, more=50)) == expected


def test_pages_built_alike_are_a_weak_sign() -> None:
    same = " ".join(f"block-{at}" for at in range(30))
    text = f"site,kind,value\na.example,css-class,{same}\nb.example,css-class,{same} more\n"
    evidence = Carried()
    read_evidence(io.BytesIO(text.encode()), "rows", evidence)
    evidence.sites.update((f"other{at}.example", None) for at in range(30))
    (shared,) = shared_identifiers(evidence)
    assert isinstance(shared, Shared)
    assert 0 < shared.weight < 2
    assert clusters(evidence) == []
