"""Escrowed authorship: two together learn the author, each alone and everybody else nothing."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, SeededEntropy, TrustError, UsageError, canonical
from tocsin.records import (
    Audience,
    Authorship,
    Community,
    Escrow,
    EscrowPerson,
    Marking,
    Member,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_id,
    new_object,
)
from tocsin.trust import (
    KeyRing,
    Opening,
    SealedBytes,
    SealingPublicKey,
    SigningKey,
    check_escrow_form,
    escrowed,
    member_of,
    open_inner,
    open_outer,
    open_sealed,
    seal,
    seal_object,
    sealed_id_of,
    verify_content,
    verify_opening,
    with_escrow,
)

NOW = datetime(2026, 11, 3, 19, tzinfo=UTC)
ENTROPY = SeededEntropy(5)
RINGS = [KeyRing.generate(NOW) for _ in range(4)]
RINGS.sort(key=lambda ring: ring.sealing.key_id)
PERSONS = tuple(
    EscrowPerson(
        name=f"person {number}",
        organisation=f"organisation {number}",
        verify_key=ring.signing.public.to_text(),
        sealing_key=ring.sealing.public.to_text(),
    )
    for number, ring in enumerate(RINGS)
)
KNOWN = {ring.sealing.key_id: each for ring, each in zip(RINGS, PERSONS, strict=True)}
AUTHORS = {new_id("identity", ENTROPY): SigningKey.generate() for _ in range(3)}
ALICE, BOB, _ = AUTHORS


def unnamed(authorship: Authorship = Authorship.NONE, **fields: Any) -> StixObject:
    said = {"name": "evil.example", **fields}
    item = new_object("malware", now=NOW, entropy=ENTROPY, marking=Marking(Tlp.GREEN), fields=said)
    return item.with_sharing(Sharing(audience=Audience(community=True), authorship=authorship))


def escrow_of(item: StixObject) -> Escrow:
    assert item.sharing is not None
    assert item.sharing.escrow is not None
    return item.sharing.escrow


def by(member: str, item: StixObject | None = None, persons: int = 2) -> StixObject:
    return escrowed(item or unnamed(), member, AUTHORS[member], PERSONS[:persons])


def opened(item: StixObject, first: int = 0, second: int = 1) -> Opening:
    escrow = escrow_of(item)
    return open_inner(escrow, open_outer(escrow, RINGS[first]), RINGS[second])


def keys_of(member: str) -> dict[str, Any]:
    key = AUTHORS[member].public
    return {key.key_id: key}


@pytest.mark.parametrize("member", AUTHORS)
def test_two_persons_together_prove_who_wrote_it(member: str) -> None:
    item = by(member)
    opening = opened(item)
    assert opening.member == member
    verify_opening(opening, escrow_of(item).commitment, keys_of(member))
    assert verify_content(opening, item)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_any_two_of_those_appointed_open_it(count: int) -> None:
    item = by(ALICE, persons=count)
    for first, second in combinations(range(count), 2):
        assert opened(item, first, second).member == ALICE


@pytest.mark.parametrize("count", [2, 3, 4])
def test_nobody_opens_both_layers(count: int) -> None:
    escrow = escrow_of(by(ALICE, persons=count))
    for ring in RINGS:
        try:
            inner = open_outer(escrow, ring)
        except TrustError:
            continue
        with pytest.raises(TrustError, match="not sealed for us"):
            open_inner(escrow, inner, ring)


def test_no_key_alone_brings_a_byte_of_the_author_to_light() -> None:
    """Every layer that one key opens, anybody's, is searched for the author in each spelling."""
    item = by(ALICE, persons=3)
    commitment = escrow_of(item).commitment
    everyone = [*RINGS, *(KeyRing.generate(NOW) for _ in range(3))]
    secret = [ALICE.encode(), ALICE.partition("--")[2].replace("-", "").encode()]
    secret += [AUTHORS[ALICE].key_id.encode(), AUTHORS[ALICE].public.to_text().encode()]
    for ring in everyone:
        seen = [item.to_json()]
        seen += _all_that_opens(item, ring, commitment)
        for text in seen:
            assert not any(each in text for each in secret)


def _all_that_opens(item: StixObject, ring: KeyRing, commitment: str) -> Iterator[bytes]:
    for each in escrow_of(item).envelopes:
        for layer in ("outer", "inner"):
            parts = (b"tocsin-escrow/1", layer.encode(), commitment.encode())
            context = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
            try:
                plain = open_sealed(SealedBytes.from_json(each), ring, context)
            except TrustError:
                continue
            yield plain
            with pytest.raises(TrustError):
                open_sealed(SealedBytes.from_json(json.loads(plain)), ring, context)


def test_the_commitment_is_sha256_over_the_canonical_opening() -> None:
    item = by(BOB)
    opening = opened(item)
    said = {
        "format": "tocsin-authorship/1",
        "member": BOB,
        "object": item.id,
        "version": item.version,
        "content": opening.content,
        "nonce": opening.nonce,
        "signature": {"keyid": AUTHORS[BOB].key_id, "sig": opening.signature.sig},
    }
    digest = hashlib.sha256(
        json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    assert bytes.fromhex(digest) == _raw(escrow_of(item).commitment)


def _raw(text: str) -> bytes:
    return base64.b64decode(text)


def test_two_commitments_to_the_same_have_nothing_in_common() -> None:
    item = unnamed()
    first, second = escrow_of(by(ALICE, item)), escrow_of(by(ALICE, item))
    assert first.commitment != second.commitment
    assert first.envelopes != second.envelopes


@given(name=st.text(max_size=300), type_=st.sampled_from(["tool", "malware", "x-" + "y" * 80]))
def test_every_escrow_has_the_same_size_whoever_the_author_and_whatever_the_object(
    name: str, type_: str
) -> None:
    item = unnamed(name="n" + name)
    item = item.replaced(type=type_, id=f"{type_}--{item.id.partition('--')[2]}")
    sizes = {len(canonical(escrow_of(by(member, item)).to_json())) for member in AUTHORS}
    assert sizes == {len(canonical(escrow_of(by(ALICE)).to_json()))}


def test_an_opening_that_would_show_by_its_size_is_refused() -> None:
    type_ = "x-" + "y" * 200
    item = unnamed()
    item = item.replaced(type=type_, id=f"{type_}--{item.id.partition('--')[2]}")
    by(ALICE, item)
    long = item.replaced(modified="2026-11-03T19:00:00." + "0" * 400 + "Z")
    with pytest.raises(UsageError, match="too long"):
        by(ALICE, long)


def test_an_opening_says_nothing_of_another_content() -> None:
    item = by(ALICE)
    opening = opened(item)
    with pytest.raises(TrustError, match="another content"):
        verify_content(opening, item.replaced(name="other.example"))
    with pytest.raises(TrustError, match="not about"):
        verify_content(opening, item.replaced(modified="2026-11-04T00:00:00.000Z"))


def test_the_content_is_the_same_once_the_convenor_has_put_its_name_to_it() -> None:
    item = by(ALICE, unnamed(Authorship.MEMBER))
    shown = item.replaced(created_by_ref=new_id("identity", ENTROPY))
    assert verify_content(opened(item), shown)


def test_naming_another_author_is_caught_when_it_is_opened() -> None:
    item = escrowed(unnamed(), BOB, AUTHORS[ALICE], PERSONS[:2])
    opening = opened(item)
    assert opening.member == BOB
    with pytest.raises(TrustError, match="did not sign it"):
        verify_opening(opening, escrow_of(item).commitment, keys_of(BOB))


def test_another_opening_than_the_committed_one_is_caught() -> None:
    mine, other = by(ALICE), by(BOB)
    with pytest.raises(TrustError, match="commits to another"):
        verify_opening(opened(other), escrow_of(mine).commitment, keys_of(BOB))


def test_an_envelope_that_holds_another_opening_is_caught() -> None:
    """As a modified node would make it: sealed as it should be, but not what is committed to."""
    item, plain = by(ALICE), canonical(opened(by(BOB)).to_json())
    escrow = escrow_of(item)
    inner = seal(plain, {"b": RINGS[1].sealing.public}, _context("inner", escrow))
    outer = seal(
        canonical(inner.to_json()), {"a": RINGS[0].sealing.public}, _context("outer", escrow)
    )
    false = evolve(escrow, envelopes=(outer.to_json(),))
    check_escrow_form(false, KNOWN)
    with pytest.raises(TrustError, match="not what the object commits to"):
        open_inner(false, open_outer(false, RINGS[0]), RINGS[1])


def _context(layer: str, escrow: Escrow) -> bytes:
    parts = (b"tocsin-escrow/1", layer.encode(), escrow.commitment.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_an_envelope_moved_to_another_object_does_not_open() -> None:
    moved = evolve(escrow_of(by(ALICE)), commitment=escrow_of(by(BOB)).commitment)
    with pytest.raises(TrustError, match="altered or moved"):
        open_outer(moved, RINGS[0])


def test_who_does_not_open_first_is_told_to_wait() -> None:
    with pytest.raises(TrustError, match="does not open first"):
        open_outer(escrow_of(by(ALICE)), RINGS[1])


@pytest.mark.parametrize("count", [2, 3, 4])
def test_what_a_node_makes_has_the_form_that_the_exchange_asks_for(count: int) -> None:
    check_escrow_form(escrow_of(by(ALICE, persons=count)), KNOWN)


def _sealed_to_a_stranger(escrow: Escrow) -> Escrow:
    stranger = KeyRing.generate(NOW).sealing.public
    outer = seal(b"x" * 1800, {"x": stranger}, b"")
    return evolve(escrow, envelopes=(outer.to_json(),))


def _of_another_size(escrow: Escrow) -> Escrow:
    outer = seal(b"x" * 5000, {"x": RINGS[0].sealing.public}, b"")
    return evolve(escrow, envelopes=(outer.to_json(),))


def _for_two_at_once(escrow: Escrow) -> Escrow:
    keys: dict[str, SealingPublicKey] = {
        str(at): ring.sealing.public for at, ring in enumerate(RINGS[:2])
    }
    return evolve(escrow, envelopes=(seal(b"x" * 1800, keys, b"").to_json(),))


def _twice_the_same(escrow: Escrow) -> Escrow:
    return evolve(escrow, envelopes=escrow.envelopes[:1] * len(escrow.envelopes))


def _short_commitment(escrow: Escrow) -> Escrow:
    return evolve(escrow, commitment="AAAA")


@pytest.mark.parametrize(
    "change",
    [_sealed_to_a_stranger, _of_another_size, _for_two_at_once, _short_commitment],
)
def test_an_escrow_of_another_form_is_refused(change: Any) -> None:
    with pytest.raises(BadInputError):
        check_escrow_form(change(escrow_of(by(ALICE))), KNOWN)


def test_an_envelope_given_twice_is_refused() -> None:
    with pytest.raises(BadInputError):
        check_escrow_form(_twice_the_same(escrow_of(by(ALICE, persons=3))), KNOWN)


def test_a_named_authors_object_is_not_put_in_escrow() -> None:
    with pytest.raises(UsageError, match="its author is named"):
        escrowed(unnamed(Authorship.NAMED), ALICE, AUTHORS[ALICE], PERSONS[:2])


@pytest.mark.parametrize("count", [0, 1])
def test_one_person_is_not_enough(count: int) -> None:
    with pytest.raises(UsageError, match="two of"):
        escrowed(unnamed(), ALICE, AUTHORS[ALICE], PERSONS[:count])


def community(*persons: EscrowPerson) -> Community:
    member = Member(
        id=ALICE,
        name="alice",
        kind=MemberKind.PLATFORM,
        verify_keys=(AUTHORS[ALICE].public.to_text(),),
    )
    return Community.of("identity--" + ALICE[10:], "Hub", [member], escrow=persons)


def test_only_what_needs_it_is_put_in_escrow() -> None:
    key, two = AUTHORS[ALICE], community(*PERSONS[:2])
    item = unnamed()
    assert opened(with_escrow(item, two, ALICE, key)).member == ALICE
    named = unnamed(Authorship.NAMED)
    sharing = item.sharing
    assert sharing is not None
    gone = item.with_sharing(evolve(sharing, withdrawal=Withdrawal(why="wrong", at=NOW)))
    for as_it_is, there in ((named, two), (gone, two), (item, community(PERSONS[0]))):
        assert with_escrow(as_it_is, there, None, key) is as_it_is


def test_who_is_no_member_puts_nothing_in_escrow() -> None:
    with pytest.raises(TrustError, match="no key of a member"):
        with_escrow(unnamed(), community(*PERSONS[:2]), None, AUTHORS[BOB])


def test_a_sealed_object_shows_the_escrow_of_what_it_holds() -> None:
    item = by(ALICE)
    sealed = seal_object(
        item, {"r": KeyRing.generate(NOW).sealing.public}, sealed_id=sealed_id_of(item.id)
    )
    assert escrow_of(sealed) == escrow_of(item)
    assert not verify_content(opened(item), sealed)


def test_an_escrow_survives_its_way_over_the_wire() -> None:
    item = by(ALICE)
    again = StixObject.of(json.loads(item.to_json()))
    assert escrow_of(again) == escrow_of(item)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"format": "tocsin-escrow/2"},
     {"format": "tocsin-escrow/1", "commitment": "AAAA", "envelopes": []},
     {"format": "tocsin-escrow/1", "commitment": "AAAA", "envelopes": [1]},
     {"format": "tocsin-escrow/1", "commitment": "AAAA", "envelopes": [{}, {}, {}, {}]},
     {"format": "tocsin-escrow/1", "commitment": 3, "envelopes": [{}]}],
)  # fmt: skip
def test_an_escrow_that_is_none_is_refused(value: Any) -> None:
    item = by(ALICE)
    body = json.loads(item.to_json())
    (extension,) = body["extensions"].values()
    extension["escrow"] = value
    with pytest.raises(BadInputError, match="malformed"):
        _ = StixObject.of(body).sharing


def test_a_member_is_known_by_its_earlier_keys_while_the_directory_shows_no_rotation() -> None:
    old = KeyRing.generate(NOW)
    renewed = old.prepared(NOW).promoted()
    member = Member(
        id=ALICE,
        name="alice",
        kind=MemberKind.PLATFORM,
        verify_keys=(old.signing.public.to_text(),),
    )
    town = Community.of("identity--" + BOB[10:], "Hub", [member])
    assert member_of(town, renewed.verify_keys.values()) == ALICE
    assert member_of(town, KeyRing.generate(NOW).verify_keys.values()) is None
