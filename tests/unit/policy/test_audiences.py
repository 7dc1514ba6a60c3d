"""What a person may write after `--to`, and the refusal of what names nothing or two things."""

import pytest
from attrs import evolve

from tests.unit.policy.test_gates import COMMUNITY, PLATFORM, STATE
from tocsin.foundation import BadInputError
from tocsin.policy import audience_of
from tocsin.records import Audience, Group, MemberKind

TO_CORE = Audience(groups=frozenset({"g1"}))
TO_STATE = Audience(members=frozenset({STATE.id}))
TWICE = evolve(
    COMMUNITY,
    groups={
        **COMMUNITY.groups,
        "g2": Group(id="g2", name="Bureau"),
        "g3": Group(id="g3", name="Alps"),
    },
)


@pytest.mark.parametrize(
    ("word", "audience"),
    [
        ("community", Audience(community=True)),
        ("ALL", Audience(community=True)),
        ("Everyone", Audience(community=True)),
        ("g1", TO_CORE),
        (" Core ", TO_CORE),
        ("group:core", TO_CORE),
        ("group:g1", TO_CORE),
        ("Bureau", TO_STATE),
        (STATE.id, TO_STATE),
        ("member:bureau", TO_STATE),
        (f"member:{STATE.id}", TO_STATE),
        ("kind:government", Audience(kinds=frozenset({MemberKind.GOVERNMENT}))),
    ],
)
def test_a_word_means_the_same_by_name_and_by_id(word: str, audience: Audience) -> None:
    assert audience_of([word], COMMUNITY) == audience


def test_a_name_may_hold_a_colon_or_be_called_like_a_scope() -> None:
    odd = evolve(
        COMMUNITY,
        groups={name: Group(id=name, name=name) for name in ("a:b", "kind", "group", "member")},
    )
    for name in odd.groups:
        assert audience_of([name], odd).groups == {name}
    assert audience_of(["group:a:b"], odd).groups == {"a:b"}


def refusal(word: str) -> BadInputError:
    with pytest.raises(BadInputError) as caught:
        audience_of([word], TWICE)
    return caught.value


def test_what_names_a_group_and_a_member_is_refused_with_both_ways_to_say_it() -> None:
    both = refusal("bureau")
    assert both.message == "'bureau' is both a group and a member"
    assert both.hint == "write group:bureau or member:bureau"
    assert audience_of(["group:bureau"], TWICE).groups == {"g2"}
    assert audience_of(["member:bureau"], TWICE).members == {STATE.id}


def test_a_group_that_is_not_there_is_refused_with_those_that_are() -> None:
    unknown = refusal("group:nobody")
    assert unknown.message == "'nobody' is no group of yours"
    assert unknown.hint == "your groups: Alps, Bureau, Core"
    with pytest.raises(BadInputError) as caught:
        audience_of(["group:x"], evolve(COMMUNITY, groups={}))
    assert caught.value.hint == "your groups: none"


def test_two_groups_of_one_name_are_told_apart_by_their_ids_alone() -> None:
    twins = evolve(COMMUNITY, groups={each: Group(id=each, name="Core") for each in ("g1", "g2")})
    with pytest.raises(BadInputError, match="no group of yours"):
        audience_of(["group:core"], twins)
    assert audience_of(["group:g2"], twins).groups == {"g2"}


def test_a_kind_that_is_none_is_refused_with_those_that_are() -> None:
    assert refusal("kind:nobody").message == (
        "kind 'nobody' is not one of platform, research, agency, government, target, other"
    )


def test_no_word_at_all_is_refused_with_what_to_say() -> None:
    with pytest.raises(BadInputError) as caught:
        audience_of([], COMMUNITY)
    assert caught.value.message == "no audience is named"
    assert caught.value.hint == "say `--to community`, a group's or a member's name"


def test_words_add_up() -> None:
    assert audience_of(["core", "pigeon", "kind:target"], COMMUNITY) == Audience(
        groups=frozenset({"g1"}),
        members=frozenset({PLATFORM.id}),
        kinds=frozenset({MemberKind.TARGET}),
    )
