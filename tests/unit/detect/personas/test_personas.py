"""Who passes for another is found, with the younger as the suspect; a like name accuses nobody."""

from collections.abc import Sequence

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.unit.detect.personas.invented import DEFAULT, accused, hashed, near, profiles_of, world
from tocsin.detect.personas import Profile, alike_pairs, find_personas

# What counts as a like text was chosen on seeds 100 to 102.
SEEDS = range(20) if LONG else range(3)
DRAW = np.random.default_rng(5)
PICTURE = hashed(DRAW)
OLD = Profile(
    account="old", handle="TownGazette", name="The Town Gazette", picture=PICTURE, bits=256,
    biography="What happens in Bergen between the harbour and the hills, daily since 1911",
    links=frozenset({"towngazette.example"}), created=1_300_000_000,
)  # fmt: skip
YOUNG = Profile(
    account="young", handle="TownGazete", name="Another", picture=near(PICTURE, DRAW), bits=256,
    created=1_600_000_000,
)  # fmt: skip


def test_of_planted_impostors_nineteen_in_twenty_are_found_and_are_it() -> None:
    right = found = planted = 0
    for seed in SEEDS:
        profiles, passing = world(seed)
        said = accused(find_personas(profiles))
        right, found, planted = right + len(said & passing), found + len(said), planted + 60
    assert right >= 0.95 * planted
    assert right >= 0.95 * found


def test_without_pictures_texts_and_links_nobody_is_accused() -> None:
    profiles, _ = world(0)
    bare = [evolve(each, bits=0, biography="", links=frozenset()) for each in profiles]
    assert len(list(alike_pairs(bare))) > 60
    assert find_personas(bare) == []


def test_the_younger_one_is_the_suspect() -> None:
    (finding,) = find_personas([YOUNG, OLD])
    assert (finding.subjects, finding.objects) == (("young",), ("old",))
    assert finding.rule == "name+picture"
    assert finding.q_value is None


def test_an_own_account_is_never_the_suspect_however_young() -> None:
    (finding,) = find_personas([evolve(YOUNG, is_own=True), OLD])
    assert (finding.subjects, finding.objects) == (("old",), ("young",))
    assert find_personas([evolve(YOUNG, is_own=True), evolve(OLD, is_own=True)]) == []


@pytest.mark.parametrize("created", [None, OLD.created])
def test_where_nobody_knows_which_came_first_neither_is_accused(created: int | None) -> None:
    (finding,) = find_personas([evolve(YOUNG, created=created), OLD])
    assert finding.subjects == ("old", "young")
    assert finding.objects == ()
    assert "not known" in finding.behaviour


def test_accounts_of_two_platforms_are_not_compared() -> None:
    assert find_personas([evolve(YOUNG, platform="elsewhere"), OLD]) == []


@pytest.mark.parametrize(
    ("handle", "is_alike"),
    [
        ("towngazette_official", True),
        ("T0wnGazette", True),
        ("TownGazette", True),
        ("realtowngazette", True),
        ("Tоwn\u200bGаzette", True),  # noqa: RUF001 - Cyrillic letters
        ("Gazette_Town", False),
        ("CityGazette", False),
    ],
)
def test_names_are_alike_that_a_hurried_reader_takes_for_each_other(
    handle: str, is_alike: bool
) -> None:
    pairs = list(alike_pairs([evolve(OLD, name=""), evolve(YOUNG, handle=handle, name="")]))
    assert bool(pairs) == is_alike


def test_words_of_a_display_name_may_change_places() -> None:
    one, other = (Profile(account=each, name=each) for each in ("Ada Lind", "Lind, Ada"))
    assert list(alike_pairs([one, other])) == [(0, 1)]


def test_of_four_letters_each_counts() -> None:
    handles = ("cnbc", "cnbe", "abcd", "abcde")
    assert list(alike_pairs([Profile(account=each, handle=each) for each in handles])) == []


def others(count: int, like: Profile) -> Sequence[Profile]:
    named = [f"{chr(97 + at) * 3}weekly{chr(107 + at) * 4}" for at in range(count)]
    return [evolve(like, account=each, handle=each, name=each) for each in named]


def test_a_picture_or_link_that_others_have_too_is_no_evidence() -> None:
    linked = evolve(YOUNG, links=OLD.links)
    assert len(find_personas([OLD, linked, *others(2, linked)])) == 1
    assert find_personas([OLD, linked, *others(3, linked)]) == []


def test_many_copies_of_one_account_do_not_excuse_each_other() -> None:
    copies = [evolve(YOUNG, account=f"copy{at}", handle=f"TownGazette{at}") for at in range(30)]
    found = find_personas([OLD, *copies])
    assert {each.objects for each in found} == {("old",)}
    assert len(found) == 30


def test_a_declared_parody_and_an_account_that_the_older_one_names_are_explained() -> None:
    parody = evolve(YOUNG, biography="Parody. Not affiliated with anybody")
    naming = evolve(OLD, biography="Our weather desk: @TownGazete")
    for profiles in ([OLD, parody], [naming, YOUNG]):
        (finding,) = find_personas(profiles)
        assert any(each.fits for each in finding.explanations)
    for biography in ("", "Our weather desk: @TownGazetesque", "x@TownGazete_2"):
        (plain,) = find_personas([evolve(OLD, biography=biography), YOUNG])
        assert not any(each.fits for each in plain.explanations)


SOME = world(1)[0][-100:]


@settings(max_examples=10)
@given(st.permutations(SOME))
def test_the_order_of_rows_changes_nothing(mixed: list[Profile]) -> None:
    assert find_personas(mixed) == find_personas(SOME)


def test_tables_are_read_and_what_is_wrong_in_them_is_named() -> None:
    text = (
        "Username,Display_Name,PDQ,Bio,URL,Created_At\n"
        f"@ada,Ada,{PICTURE:064x},Painter,https://www.ada.example/,2020-01-01T00:00:00Z\n"
        "bo,Bo,notahash,,,soon\n"
        ",,,,,\n"
        f"cy,Cy,{0:064x},,ada.example,\n"
        ",,,text without a name,,\n"
        "ada,Twice,,,,\n"
    )
    found = profiles_of(text, own="handle\nme\n")
    me, ada, bo, cy = found
    assert (me.is_own, ada.is_own) == (True, False)
    assert (ada.handle, ada.picture, ada.bits, ada.created) == ("ada", PICTURE, 256, 1_577_836_800)
    assert ada.links == cy.links == {"ada.example"}
    assert (bo.bits, bo.created) == (0, None)
    assert cy.bits == 0  # a plain surface
    assert dict(found.faults) == {"bad-picture": 1, "bad-time": 1, "no-name": 1}


def test_a_name_without_end_costs_no_more_than_others() -> None:
    """All ways to leave out one of a million letters would not fit into memory."""
    endless = Profile(account="e", handle="ab" * 500_000, biography="word " * 200_000)
    assert list(alike_pairs([endless, evolve(endless, account="f")])) == [(0, 1)]
    assert len(find_personas([endless, OLD, YOUNG])) == 1


def test_a_default_picture_is_nobodys_mark() -> None:
    named = [
        Profile(
            account=str(at), handle=f"{name}{at}", name=name, picture=DEFAULT, bits=256, created=at
        )
        for at, name in enumerate(["Ada Lind", "Ada Lind", "Bo Moss", "Cy Reed", "Di Fern"])
    ]  # fmt: skip
    assert find_personas(named) == []
