"""What sources set together for whatever is derived from them."""

from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.test_recipients import IDS, NOW, community, released
from tocsin.foundation import SeededEntropy
from tocsin.policy import DerivedLimit, Reaches, derived_limit, recipients
from tocsin.records import MemberKind, StixObject, new_object

KINDS = (MemberKind.PLATFORM, MemberKind.AGENCY, MemberKind.GOVERNMENT)
TO_TWO = [f"member:{IDS[2]}"]


def source(
    tlp: str = "amber",
    words: Sequence[str] = ("community",),
    *,
    name: str = "source",
    author: int | None = 1,
    origins: Sequence[MemberKind] = (),
    ends: int | None = None,
) -> StixObject:
    expires = None if ends is None else NOW + timedelta(hours=ends)
    made = released(tlp, list(words), author=author, expires=expires).replaced(name=name)
    assert made.sharing is not None
    return made.with_sharing(evolve(made.sharing, origins=frozenset(origins)))


def ids(*numbers: int) -> frozenset[str]:
    return frozenset(IDS[n] for n in numbers)


def limit(*sources: StixObject) -> DerivedLimit:
    return derived_limit(sources, community(), NOW)


terms = st.tuples(
    st.frozensets(st.sampled_from(KINDS)), st.one_of(st.none(), st.integers(1, 9)), st.booleans()
)


@given(st.lists(terms, max_size=4))
def test_every_origin_stays_and_the_earliest_end_binds(
    given_terms: list[tuple[frozenset[MemberKind], int | None, bool]],
) -> None:
    found = limit(
        *(
            source("green" if lax else "amber", origins=list(origins), ends=ends)
            for origins, ends, lax in given_terms
        )
    )
    assert found.origins == {kind for origins, _, _ in given_terms for kind in origins}
    ends = [ends for _, ends, _ in given_terms if ends is not None]
    assert found.expires == (NOW + timedelta(hours=min(ends)) if ends else None)


def test_it_goes_to_those_whom_every_strict_source_reached_and_to_no_more() -> None:
    wide, narrow = source(), source(words=TO_TWO)
    both = ids(1, 2)
    assert limit().allowed is None
    assert limit(source("green", TO_TWO), source("clear", TO_TWO)).allowed is None
    for each in ((narrow,), (wide, narrow), (narrow, wide), (wide, narrow, source("green"))):
        assert limit(*each).allowed == both
    elsewhere = source(words=[f"member:{IDS[4]}"])
    assert limit(narrow, elsewhere).allowed == ids(1)


def test_the_source_that_narrows_it_most_is_named_and_of_equal_ones_the_first() -> None:
    wide, narrow = source(name="wide"), source(words=TO_TWO, name="narrow")
    twin = source(words=TO_TWO, name="twin")
    assert limit(source("green", name="open")).narrowest is None
    assert limit(wide).narrowest == "wide"
    assert limit(wide, narrow).narrowest == "narrow"
    assert limit(narrow, wide).narrowest == "narrow"
    assert limit(narrow, twin).narrowest == "narrow"


def test_a_source_without_a_visible_author_adds_nobody() -> None:
    assert limit(source(words=TO_TWO, author=None)).allowed == ids(2)


def test_a_source_without_a_marking_counts_as_amber_and_without_an_audience_stays_here() -> None:
    bare = new_object("malware", now=NOW, entropy=SeededEntropy(2), author=IDS[1], fields={})
    found = limit(bare)
    assert str(found.tlp) == "amber"
    assert found.allowed == ids(1)
    assert (found.origins, found.expires) == (frozenset(), None)


def test_a_source_that_is_over_was_shared_with_nobody_but_its_author() -> None:
    over = source(ends=0)
    assert limit(over).allowed == ids(1)
    reach = recipients(released("green", ["community"]), community(), now=NOW, sources=[over])
    assert reach.receivers == (IDS[1],)


def test_a_source_that_narrows_a_derived_object_is_named_to_whoever_misses_it() -> None:
    narrow = source(words=TO_TWO, name="Anvil")
    reach = recipients(released("green", ["community"]), community(), now=NOW, sources=[narrow])
    missed = reach.decisions[IDS[4]]
    assert (missed.allowed, missed.rule) == (False, "derived")
    assert missed.why == "its source Anvil was not shared with this member"
    assert reach.decisions[IDS[2]].why == "is in the community"


def test_a_question_that_was_put_before_is_answered_from_memory() -> None:
    reaches = Reaches(community(), NOW)
    one, same = released("green", ["community"], seed=1), released("green", ["community"], seed=2)
    assert reaches.of(one) is reaches.of(same)
    assert reaches.of(one) is not reaches.of(one, sender=IDS[1])


def test_a_batch_knows_its_time_and_its_sender() -> None:
    reaches = Reaches(community(), NOW)
    assert reaches.of(source(ends=0)).receivers == ()
    hidden = released("green", ["community"], author=None)
    assert reaches.of(hidden, sender=IDS[2]).decisions[IDS[2]].rule == "sender"
