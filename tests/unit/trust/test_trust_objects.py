"""Signed and sealed objects: what is covered, what shows outside, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from tocsin.foundation import SeededEntropy, TrustError, canonical
from tocsin.records import (
    Audience,
    Authorship,
    Correction,
    Marking,
    MemberKind,
    Review,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
)
from tocsin.records.stix import signed_part
from tocsin.trust import KeyRing, SigningKey, sign
from tocsin.trust.objects import (
    OBJECT_PAYLOAD,
    SEALED_EXTENSION,
    SEALED_TYPE,
    open_object,
    seal_object,
    sealed_id_of,
    sign_object,
    verify_object,
)
from tocsin.trust.seal import seal

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
AUTHOR = "identity--00000001-0000-4000-8000-000000000000"
KEYS = [SigningKey.from_raw(bytes([n]) * 32) for n in range(1, 12)]
KEY, OTHER = KEYS[:2]
TRUSTED = {KEY.key_id: KEY.public}
RING, STRANGER = KeyRing.generate(NOW), KeyRing.generate(NOW)
TO_RING = {"member": RING.public.sealing}

SHARING = Sharing(
    audience=Audience(members=frozenset({AUTHOR})),
    purpose="find the rest",
    expires=NOW + timedelta(days=30),
    origins=frozenset({MemberKind.GOVERNMENT}),
    derived_from=("indicator--11111111-1111-4111-8111-111111111111",),
    review=Review(finding="x", approved_by=("ada", "bo")),
    withdrawal=Withdrawal(why="a secret reason", at=NOW),
    correction=Correction(why="a typing error", at=NOW, changed=("name",), claim="x-claim--1"),
)


def made(sharing: Sharing | None = SHARING, **fields: Any) -> StixObject:
    item = new_object(
        "malware",
        now=NOW,
        entropy=SeededEntropy(3),
        author=AUTHOR,
        marking=Marking(Tlp.RED),
        fields={"name": "Anvil", **fields},
    )
    return item if sharing is None else item.with_sharing(sharing)


SIGNED = sign_object(made(), KEY)
SEALED_ID = sealed_id_of(SIGNED.id)
SEALED = seal_object(SIGNED, TO_RING, sealed_id=SEALED_ID)


def terms(item: StixObject) -> Sharing:
    assert item.sharing is not None
    return item.sharing


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(TrustError) as caught:
        call(*arguments, **named)
    return caught.value.message, caught.value.hint


def test_a_signature_covers_the_canonical_form_under_the_type_of_objects() -> None:
    outside = sign("application/vnd.tocsin.object+json", canonical(signed_part(made().body)), KEY)
    signed = sign_object(made(), KEY)
    assert terms(signed).signatures == ((KEY.key_id, outside.sig),)
    assert OBJECT_PAYLOAD == "application/vnd.tocsin.object+json"
    assert verify_object(signed, TRUSTED) == KEY.key_id


def test_a_second_signature_stands_beside_the_first_and_either_is_enough() -> None:
    twice = sign_object(SIGNED, OTHER)
    assert [key for key, _ in terms(twice).signatures] == [KEY.key_id, OTHER.key_id]
    assert verify_object(twice, TRUSTED) == KEY.key_id
    assert verify_object(twice, {OTHER.key_id: OTHER.public}) == OTHER.key_id


def test_a_broken_signature_does_not_hide_a_good_one_behind_it() -> None:
    broken = made().with_sharing(terms(made()).with_signature(OTHER.key_id, "AAAA"))
    both = sign_object(broken, KEY)
    assert verify_object(both, {**TRUSTED, OTHER.key_id: OTHER.public}) == KEY.key_id


@pytest.mark.parametrize("junk", [1, 2])
def test_the_first_two_signatures_by_known_keys_are_looked_at_and_no_more(junk: int) -> None:
    item = made()
    for key in KEYS[1 : 1 + junk]:
        item = item.with_sharing(terms(item).with_signature(key.key_id, "AAAA"))
    for stranger in range(20):
        item = item.with_sharing(terms(item).with_signature(f"unknown {stranger}", "AAAA"))
    item, keys = sign_object(item, KEY), {key.key_id: key.public for key in KEYS}
    if junk == 1:
        assert verify_object(item, keys) == KEY.key_id
    else:
        assert "does not hold" in refused(verify_object, item, keys)[0]


def test_who_does_not_sign_or_is_a_stranger_or_changed_it_is_told_apart() -> None:
    known = "sync the directory; if it stays so, tell the convenor"
    assert refused(verify_object, made(), TRUSTED) == (f"{made().id}: not signed", known)
    stranger = refused(verify_object, SIGNED, {OTHER.key_id: OTHER.public})
    assert stranger == (f"{SIGNED.id}: signed by a stranger ({KEY.key_id})", known)
    assert refused(verify_object, SIGNED.replaced(name="Hammer"), TRUSTED) == (
        f"{SIGNED.id}: the signature does not hold: it was changed on the way",
        "ask its author for it again",
    )


def test_what_names_no_audience_is_neither_signed_nor_sealed() -> None:
    bare = made(None)
    for call in (
        lambda: sign_object(bare, KEY),
        lambda: verify_object(bare, TRUSTED),
        lambda: seal_object(bare, TO_RING, sealed_id=SEALED_ID),
    ):
        message, _ = refused(call)
        assert message == (
            f"{bare.id}: carries no audience, so it cannot be signed or sealed for anybody"
        )


def test_a_sealed_id_keeps_the_random_part_and_none_is_made_from_content() -> None:
    number = "6a1d4a3c-55a0-4d0e-8f29-3b6dcf2a1e00"
    assert sealed_id_of(f"malware--{number}") == f"x-tocsin-sealed--{number}"
    derived = "ipv4-addr--6a1d4a3c-55a0-5d0e-8f29-3b6dcf2a1e00"
    assert refused(sealed_id_of, derived) == (
        f"{derived}: an id that is made from the content cannot be sealed",
        "release it under a random id, as an indicator",
    )


def test_outside_shows_what_routing_needs_and_nothing_else() -> None:
    whole = SIGNED.replaced(revoked=True, spec_version="2.1")
    outer = seal_object(whole, TO_RING, sealed_id=SEALED_ID)
    same = ("spec_version", "created", "modified", "revoked", "created_by_ref")
    assert set(outer.body) == {*same, "object_marking_refs", "type", "id", "extensions", "sealed"}
    for key in (*same, "object_marking_refs"):
        assert outer.body[key] == whole.body[key]
    assert (outer.type, outer.id) == (SEALED_TYPE, SEALED_ID)
    extensions = outer.body["extensions"]
    assert isinstance(extensions, dict)
    assert extensions[SEALED_EXTENSION] == {"extension_type": "new-sdo"}
    assert terms(outer) == evolve(
        SHARING,
        purpose=None,
        review=None,
        withdrawal=Withdrawal(why="withdrawn by its author", at=NOW),
        correction=Correction(why="corrected by its author", at=NOW),
    )
    assert terms(outer).signatures == ()


def test_what_was_never_withdrawn_or_corrected_does_not_look_so_outside() -> None:
    plain = made(evolve(SHARING, withdrawal=None, correction=None))
    shown = terms(seal_object(plain, TO_RING, sealed_id=SEALED_ID))
    assert (shown.withdrawal, shown.correction) == (None, None)


def test_a_recipient_opens_what_was_sealed_with_its_signature() -> None:
    sealed = seal_object(SIGNED, TO_RING, sealed_id=SEALED_ID)
    inner = open_object(sign_object(sealed, KEY), RING)
    assert inner.body == SIGNED.body
    assert verify_object(inner, TRUSTED) == KEY.key_id


def test_an_unnamed_authors_signature_stays_outside() -> None:
    hidden = sign_object(made(evolve(SHARING, authorship=Authorship.MEMBER)), KEY)
    inner = open_object(seal_object(hidden, TO_RING, sealed_id=SEALED_ID), RING)
    assert terms(inner).signatures == ()
    assert inner.body["name"] == "Anvil"


def test_sealing_to_nobody_and_opening_as_a_stranger_is_refused() -> None:
    assert refused(seal_object, SIGNED, {}, sealed_id=SEALED_ID) == (
        f"{SIGNED.id}: no recipient has announced a key to seal to",
        "they must join or sync once before they can receive TLP:RED",
    )
    assert "not sealed for us" in refused(open_object, SEALED, STRANGER)[0]


def test_what_was_sealed_under_one_id_does_not_open_under_another() -> None:
    moved = SEALED.replaced(id=sealed_id_of("malware--6a1d4a3c-55a0-4d0e-8f29-3b6dcf2a1e00"))
    assert "altered or moved" in refused(open_object, moved, RING)[0]


@pytest.mark.parametrize(
    "outside",
    [
        SEALED.replaced(object_marking_refs=[*Marking(Tlp.GREEN).refs]),
        SEALED.replaced(created_by_ref="identity--00000002-0000-4000-8000-000000000000"),
        SEALED.replaced(modified="2026-11-04T00:00:00.000Z"),
        SEALED.replaced(revoked=True),
        SEALED.with_sharing(evolve(terms(SEALED), audience=Audience(community=True))),
        SEALED.with_sharing(evolve(terms(SEALED), withdrawal=None)),
    ],
)
def test_an_outside_that_says_otherwise_than_the_inside_is_refused(outside: StixObject) -> None:
    assert refused(open_object, outside, RING) == (
        f"{SEALED_ID}: marked or addressed otherwise inside than outside",
        "tell its author",
    )


def test_sealed_text_that_is_no_object_is_refused_by_the_id_it_came_under() -> None:
    def filled(plain: bytes) -> StixObject:
        box = seal(plain, TO_RING, context=SEALED_ID.encode())
        return SEALED.replaced(sealed=box.to_json())

    assert refused(open_object, filled(b"[]"), RING) == (
        f"{SEALED_ID}: what was sealed is no object",
        "tell its author",
    )
    with pytest.raises(Exception, match=SEALED_ID):
        open_object(filled(b"{"), RING)
