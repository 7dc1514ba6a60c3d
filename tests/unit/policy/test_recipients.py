"""One answer to who receives, equal to an oracle that shares no code with it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import SeededEntropy
from tocsin.policy import derived_limit, recipients
from tocsin.records import (
    Audience,
    Community,
    Compartment,
    Group,
    Marking,
    Member,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    new_object,
)

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
KINDS = ["platform", "platform", "research", "agency", "government", "target"]
IDS = [f"identity--0000000{n}-0000-4000-8000-000000000000" for n in range(len(KINDS))]
GROUPS = {
    "group--a": ({0, 1, 4}, "industry"),
    "group--b": ({1, 2, 3, 4}, "mixed"),
}
GONE = 3


def community() -> Community:
    return Community.of(
        "identity--99999999-0000-4000-8000-000000000000",
        "Example Community",
        [
            Member(id=IDS[n], name=f"member {n}", kind=MemberKind(kind), active=n != GONE)
            for n, kind in enumerate(KINDS)
        ],
        [
            Group(
                id=name,
                name=name,
                compartment=Compartment(compartment),
                members=frozenset(IDS[n] for n in members),
            )
            for name, (members, compartment) in GROUPS.items()
        ],
    )


def released(
    tlp: str,
    words: list[str],
    *,
    author: int | None = 0,
    expires: datetime | None = None,
    seed: int = 1,
) -> StixObject:
    return new_object(
        "indicator",
        now=NOW,
        entropy=SeededEntropy(seed),
        author=None if author is None else IDS[author],
        marking=Marking(Tlp(tlp)),
        fields={"pattern": "[domain-name:value = 'x.example']"},
    ).with_sharing(Sharing(audience=Audience.from_list(words), expires=expires))


def oracle(tlp: str, words: list[str], sender: int, *, expired: bool) -> set[str]:
    """Who receives, said again from the rules in docs/reference/policy.md, in plain sets."""
    reached: set[int] = set()
    for word in words:
        scope, _, value = word.partition(":")
        if word == "community":
            reached |= set(range(len(KINDS)))
        elif scope == "member":
            reached.add(IDS.index(value))
        elif scope == "kind":
            reached |= {n for n, kind in enumerate(KINDS) if kind == value}
        else:
            members, compartment = GROUPS[value]
            reached |= {n for n in members if compartment == "mixed" or KINDS[n] == "platform"}
    if tlp == "red":
        reached &= {IDS.index(word.removeprefix("member:")) for word in words if "member:" in word}
    reached -= {sender, GONE}
    return set() if expired else {IDS[n] for n in reached}


TLPS = st.sampled_from(["clear", "green", "amber", "amber+strict", "red"])
WORDS = st.lists(
    st.sampled_from(
        ["community", "kind:platform", "kind:government", "group:group--a", "group:group--b"]
        + [f"member:{each}" for each in IDS]
    ),
    max_size=4,
    unique=True,
)


@given(TLPS, WORDS, st.integers(0, 5), st.booleans(), st.booleans())
def test_who_receives_equals_the_oracle(
    tlp: str, words: list[str], sender: int, is_named: bool, is_expired: bool
) -> None:
    expires = NOW - timedelta(seconds=1) if is_expired else NOW + timedelta(days=1)
    item = released(tlp, words, author=sender if is_named else None, expires=expires)
    reach = recipients(item, community(), now=NOW, sender=IDS[sender])
    assert set(reach.receivers) == oracle(tlp, words, sender, expired=is_expired)
    assert set(reach.receivers) | set(reach.others) == set(IDS)
    assert all(decision.why for decision in reach.decisions.values())


@given(TLPS, WORDS, TLPS, WORDS, st.integers(0, 5))
def test_what_is_derived_reaches_nobody_whom_its_source_did_not(
    tlp: str, words: list[str], source_tlp: str, source_words: list[str], sender: int
) -> None:
    source = released(source_tlp, source_words, author=1, seed=7)
    item = released(tlp, words, author=sender)
    reach = recipients(item, community(), now=NOW, sources=[source])
    plain = oracle(tlp, words, sender, expired=False)
    if source_tlp in ("clear", "green"):
        assert set(reach.receivers) == plain
    else:
        allowed = oracle(source_tlp, source_words, 1, expired=False) | {IDS[1]}
        assert set(reach.receivers) == plain & allowed


@given(st.lists(TLPS, min_size=1, max_size=4))
def test_what_is_derived_is_as_strict_as_its_strictest_source(tlps: list[str]) -> None:
    sources = [released(tlp, ["community"], seed=n) for n, tlp in enumerate(tlps)]
    order = ["clear", "green", "amber", "amber+strict", "red"]
    limit = derived_limit(sources, community(), NOW)
    assert limit.tlp == max(tlps, key=order.index)


def test_what_has_no_marking_or_audience_reaches_nobody() -> None:
    private = new_object(
        "indicator", now=NOW, entropy=SeededEntropy(3), marking=Marking(Tlp.CLEAR), fields={}
    )
    reach = recipients(private, community(), now=NOW)
    assert reach.receivers == ()
    assert {decision.rule for decision in reach.decisions.values()} == {"private"}
