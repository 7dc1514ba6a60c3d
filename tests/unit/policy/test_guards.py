"""Guards: what names the innocent is stopped, what names one site is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.policy import Guard, GuardLists, border_refusals, broad_refusals, guard_stop
from tocsin.records import Audience, Marking, Sharing, StixObject, Tlp

LISTS = GuardLists(
    popular=frozenset({"popular.example", "news.example"}),
    own={"ours.example": "Our Lab", "member.example": "Parrot"},
)


@pytest.mark.parametrize(
    ("key", "guard"),
    [
        ("domain:popular.example", Guard.POPULAR),
        ("domain:www.popular.example", Guard.POPULAR),
        ("domain:evil.popular.example", None),
        ("url:https://popular.example/one/page", None),
        ("domain:ours.example", Guard.OWN),
        ("domain:deep.below.ours.example", Guard.OWN),
        ("url:https://member.example/page", Guard.OWN),
        ("email:press@ours.example", Guard.OWN),
        ("domain:notours.example", None),
        ("domain:wordpress.com", Guard.SHARED),
        ("domain:www.blogspot.com", Guard.SHARED),
        ("domain:github.io", Guard.SHARED),
        ("domain:telegra.ph", Guard.SHARED),
        ("domain:pinterest.com", Guard.SHARED),
        ("domain:bit.ly", Guard.SHARED),
        ("domain:someone.wordpress.com", None),
        ("url:https://bit.ly/3abcd", None),
        ("network:10.0.0.0/8", Guard.TOO_BROAD),
        ("network:192.0.2.0/23", Guard.TOO_BROAD),
        ("network:192.0.2.0/24", None),
        ("network:2001:db8::/47", Guard.TOO_BROAD),
        ("network:2001:db8::/48", None),
        ("ipv4:192.0.2.1", None),
        ("md5:00000000000000000000000000000000", None),
    ],
)
def test_a_guard_stops_what_names_the_innocent(key: str, guard: Guard | None) -> None:
    found = guard_stop(key, LISTS)
    assert (found.guard if found else None) == guard


def test_what_a_person_allows_passes_and_nothing_else() -> None:
    allowing = GuardLists(LISTS.popular, LISTS.own, frozenset({"domain:popular.example"}))
    assert guard_stop("domain:popular.example", allowing) is None
    assert guard_stop("domain:news.example", allowing) is not None


@given(st.from_regex(r"[a-z]{3,12}(\.[a-z]{3,12}){0,2}\.example", fullmatch=True))
def test_a_name_is_own_just_when_an_own_name_ends_it(host: str) -> None:
    labels = host.split(".")
    tails = {".".join(labels[at:]) for at in range(len(labels))}
    found = guard_stop(f"domain:{host}", LISTS)
    assert (found is not None and found.guard is Guard.OWN) == bool(tails & set(LISTS.own))


def _indicator(pattern: str) -> StixObject:
    return StixObject.of(
        {
            "type": "indicator",
            "id": "indicator--00000000-0000-4000-8000-000000000001",
            "pattern": pattern,
            "object_marking_refs": [*Marking(Tlp.GREEN).refs],
        }
    ).with_sharing(Sharing(audience=Audience(community=True)))


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value = 'com']",
        "[domain-name:value = 'co.uk']",
        "[domain-name:value = '*.com']",
        "[domain-name:value LIKE '%.co.uk']",
        "[domain-name:value LIKE '%']",
        "[domain-name:value = '*']",
        "[url:value = 'https://*.com/']",
        "[domain-name:value = 'a.example' OR domain-name:value = '*.ru']",
    ],
)
def test_everything_under_a_public_suffix_crosses_no_border(pattern: str) -> None:
    item = _indicator(pattern)
    assert [each.rule for each in broad_refusals(item)] == ["too-broad"]
    assert "too-broad" in {each.rule for each in border_refusals(item)}


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value = 'a.example']",
        "[domain-name:value = 'bbc.co.uk']",
        "[domain-name:value = 'google.com']",
        "[domain-name:value = '*.a.example']",
        "[domain-name:value LIKE '%.a.example']",
        "[url:value = 'https://a.example/100%25/x']",
        "[url:value = 'https://wordpress.com/']",
        "[file:name = 'com']",
        "[ipv4-addr:value = '10.0.0.0/8']",
    ],
)
def test_what_only_a_node_can_judge_is_left_to_it(pattern: str) -> None:
    assert broad_refusals(_indicator(pattern)) == ()


def test_an_observable_that_is_a_public_suffix_is_refused_too() -> None:
    item = StixObject.of(
        {"type": "domain-name", "id": "domain-name--00000000-0000-5000-8000-000000000001",
         "value": "co.uk"}
    )  # fmt: skip
    assert [each.rule for each in broad_refusals(item)] == ["too-broad"]
