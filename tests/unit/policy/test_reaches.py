"""Asking for a batch gives what asking for each object gives."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.test_recipients import IDS, NOW, community, released
from tocsin.policy import Reaches, recipients

items = st.builds(
    lambda tlp, words, author, seed: released(tlp, words, author=author, seed=seed),
    st.sampled_from(["clear", "green", "amber", "red"]),
    st.lists(st.sampled_from(["community", "group:group--a", f"member:{IDS[2]}"]), max_size=2),
    st.one_of(st.none(), st.integers(0, 2)),
    st.integers(0, 9),
)
senders = st.one_of(st.none(), st.sampled_from(IDS))


@given(st.lists(st.tuples(items, senders, st.lists(items, max_size=2)), max_size=6))
def test_each_object_of_a_batch_reaches_whom_it_reaches_alone(
    batch: list[tuple[object, ...]],
) -> None:
    town = community()
    reaches = Reaches(town, NOW)
    for item, sender, sources in [*batch, *batch]:
        found = reaches.of(item, sender=sender, sources=sources)  # type: ignore[arg-type]
        assert found == recipients(item, town, now=NOW, sender=sender, sources=sources)  # type: ignore[arg-type]


def test_what_is_derived_from_another_source_is_another_question() -> None:
    reaches = Reaches(community(), NOW)
    narrow = released("amber", [f"member:{IDS[2]}"], author=1)
    item = released("amber", ["community"])

    assert IDS[4] in reaches.of(item).receivers
    assert reaches.of(item, sources=[narrow]).receivers == (IDS[1], IDS[2])
