"""What leaves a node unnamed is the same whichever member's node it leaves."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import evolve

from tests.unit.release.desk_work import outbox, previewed, released, terms
from tests.unit.release_desk import START, Desk, open_desk
from tocsin.records import Authorship, EscrowPerson, Tlp
from tocsin.trust import KeyRing, SealingPublicKey

_RANDOM = re.compile(rb'"(commitment|ciphertext|wrapped|sig)":"([A-Za-z0-9+/=]+)"')
_KEY = re.compile(rb'"keyid":"ed25519:[0-9a-f]{32}"')


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """A platform's desk, and a lab's half an hour later; the same persons hold the escrow."""
    rings = [KeyRing.generate(START) for _ in range(2)]
    persons = tuple(
        EscrowPerson(
            name=f"person {number}",
            organisation=f"house {number}",
            verify_key=ring.signing.public.to_text(),
            sealing_key=ring.sealing.public.to_text(),
        )
        for number, ring in enumerate(rings)
    )
    with ExitStack() as stack:
        for name in ("platform", "lab"):
            (tmp_path / name).mkdir()
        first, second = (
            stack.enter_context(open_desk(tmp_path / name)) for name in ("platform", "lab")
        )
        second = evolve(second, author=second.lab, keyring=second.lab_keyring)
        second.clock.advance(minutes=11)
        yield (
            evolve(first, community=evolve(first.community, escrow=persons)),
            evolve(second, community=evolve(second.community, escrow=persons)),
        )


def shown(desk: Desk) -> list[bytes]:
    """What the convenor would sign in the author's place, random values as so many zeros.

    The author's own key id and signature go away with its signature, of which none stays.
    """
    found: list[bytes] = []
    for each in outbox(desk):
        body = _KEY.sub(b'"keyid":"convenor"', each.body)
        found.append(_RANDOM.sub(lambda hit: b'"%b":"%b"' % (hit[1], b"0" * len(hit[2])), body))
    return found


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
@pytest.mark.parametrize("tlp", [Tlp.CLEAR, Tlp.AMBER])
def test_an_unnamed_release_is_the_same_from_either_node(
    desks: tuple[Desk, Desk], authorship: Authorship, tlp: Tlp
) -> None:
    said: list[list[bytes]] = []
    for desk, hand in zip(desks, ("ada", "somebody else"), strict=True):
        case = desk.case("one.example", "two.example", title=f"by {hand}")
        released(desk, previewed(desk, case, terms(
            desk, "community", tlp=tlp, authorship=authorship), by=hand))  # fmt: skip
        said.append(shown(desk))
    assert len(said[0]) == 2
    assert said[0] == said[1]


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
def test_a_reviewed_one_does_not_tell_who_reviewed_it(
    desks: tuple[Desk, Desk], authorship: Authorship
) -> None:
    said: list[list[bytes]] = []
    for desk in desks:
        case = desk.approved(desk.grounded(desk.case("https://t.me/borrowed_voice")))
        chosen = terms(
            desk, "community", tlp=Tlp.AMBER, authorship=authorship, purpose="to look",
            expires=START.replace(year=2027), contact="desk@town.example",
        )  # fmt: skip
        released(desk, previewed(desk, case, chosen))
        said.append(shown(desk))
    assert said[0]
    assert said[0] == said[1]


def test_sealed_to_both_possible_authors_it_shows_the_same_keys(desks: tuple[Desk, Desk]) -> None:
    """Both address themselves and one another: neither may be the one whose key is missing."""
    for desk in desks:
        case = desk.case("one.example")
        to = ("Pigeon", "Example Lab", "Ministry")
        chosen = terms(desk, *to, tlp=Tlp.RED, authorship=Authorship.NONE)
        released(desk, previewed(desk, case, chosen))
        (outer,) = (each for each in outbox(desk) if each.type == "x-tocsin-sealed")
        sealed_to = {each["keyid"] for each in json.loads(outer.body)["sealed"]["recipients"]}
        all_keys = [member.sealing_key or "" for member in desk.community.members.values()]
        assert sealed_to == {SealingPublicKey.from_text(text).key_id for text in all_keys}


def test_a_named_release_does_differ(desks: tuple[Desk, Desk]) -> None:
    """The negative control."""
    said: list[list[bytes]] = []
    for desk in desks:
        case = desk.case("one.example")
        released(desk, previewed(desk, case, terms(desk, "community")))
        said.append(shown(desk))
    assert said[0] != said[1]
