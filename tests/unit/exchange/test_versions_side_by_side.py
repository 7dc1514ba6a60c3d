"""Nodes and exchanges of neighbouring versions: what is not known yet is kept, passed on or named.

The later version is crafted here, by hand: what it might add to each form that travels.
"""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.exchange.world import World
from tocsin.exchange import read_bundle, write_bundle
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.directory import DIRECTORY_PAYLOAD, Directory
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.restored import PAYLOAD as RESTORED_PAYLOAD
from tocsin.exchange.restored import Restored
from tocsin.foundation import BadInputError, JsonObject, canonical
from tocsin.policy import recipients
from tocsin.records import SHARING_EXTENSION, Audience, StixObject
from tocsin.trust import KeyRing, SigningKey, sign
from tocsin.trust.objects import OBJECT_PAYLOAD
from tocsin.vault import Standing, Transaction

EVERYONE = Audience(community=True)
LATER_EXTENSION = "extension-definition--11111111-1111-4111-8111-111111111111"
LATER: JsonObject = {
    "x_later_field": {"nested": [1, None, {"deep": "ü\u2028"}], "number": 0.5, "big": 2**40},
    "x_later_flag": True,
}
KEY = SigningKey.from_raw(bytes(range(32)))


def _later_type(world: World, name: str = "alpha", **more: Any) -> StixObject:
    """An object of a type and with an extension that this version has never heard of."""
    item = world.draft(world.nodes[name], EVERYONE)
    body = json.loads(canonical(dict(item.body)))
    body |= {
        **LATER,
        **more,
        "type": "x-later-thing",
        "id": item.id.replace("indicator--", "x-later-thing--"),
    }
    body["extensions"][LATER_EXTENSION] = {"extension_type": "new-sdo", **LATER}
    body["extensions"][SHARING_EXTENSION]["a_later_term"] = {"says": ["more"]}
    return StixObject.of(body)


def _signed(world: World, item: StixObject, name: str = "alpha") -> StixObject:
    """Sign as a later version would: its author writes terms that this version would leave out."""
    key = world.nodes[name].keyring.signing
    made = sign(OBJECT_PAYLOAD, canonical(dict(item.body)), key)
    body = json.loads(canonical(dict(item.body)))
    body["extensions"][SHARING_EXTENSION]["signatures"] = [made.to_json()]
    return StixObject.of(body)


def _released(world: World, item: StixObject) -> StixObject:
    signed = _signed(world, item)

    def work(tx: Transaction) -> None:
        kept = tx.shared.accept(signed, standing=Standing.OWN, by="ada")
        tx.outbox.add(kept.seq, not_before=world.clock.now())
        reach = recipients(
            signed, world.convenor.community(), now=world.clock.now(), sender=signed.author
        )
        tx.visibility.set(kept.seq, reach.receivers)

    world.nodes["alpha"].vault.write(work)
    return signed


def _bodies(world: World, name: str) -> dict[str, bytes]:
    home = world.exchange if name == "exchange" else world.nodes[name]
    with home.vault.read() as view:
        found: dict[str, bytes] = {}
        for seq in range(1, 200):
            for each in view.shared.by_seq([seq]):
                found[each.id] = each.body
        return found


def test_an_unknown_type_is_stored_and_relayed_byte_for_byte(world: World) -> None:
    signed = _released(world, _later_type(world))
    world.sync("alpha")
    world.sync("beta")
    assert b"a_later_term" in signed.to_json()
    assert _bodies(world, "exchange")[signed.id] == signed.to_json()
    assert _bodies(world, "beta")[signed.id] == signed.to_json()


_KEYS = st.text(max_size=9)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(value=_JSON)
def test_whatever_a_later_version_adds_stays_in_the_signed_bytes(value: Any) -> None:
    body: JsonObject = {
        "type": "x-later-thing",
        "id": "x-later-thing--00000000-0000-4000-8000-000000000001",
        "x_later": value,
        "extensions": {LATER_EXTENSION: {"extension_type": "new-sdo", "said": value}},
    }
    expected = json.loads(json.dumps(body))
    assert json.loads(StixObject.of(body).to_json()) == expected


def test_an_unknown_type_travels_in_a_bundle_beside_unknown_things(
    world: World, tmp_path: Path
) -> None:
    signed = _released(world, _later_type(world))
    world.sync("alpha")
    world.sync("beta")
    file = tmp_path / "later.json"
    other = _released(world, _later_type(world))
    write_bundle(world.nodes["alpha"], file, world.clock, world.entropy)
    said = json.loads(file.read_text())
    file.write_text(json.dumps({**said, "x_later": LATER}))

    report = read_bundle(world.nodes["beta"], file, world.clock)

    assert report.left_out == ()
    assert {signed.id, other.id} <= world.received("beta")


def test_what_a_later_sharing_version_says_is_refused_with_both_versions_and_the_rest_is_taken(
    world: World,
) -> None:
    body = json.loads(canonical(dict(_later_type(world).body)))
    body["extensions"][SHARING_EXTENSION]["sharing_version"] = 2
    raw = StixObject.of(body)
    good = _signed(world, _later_type(world))
    answer = world.connect("http://127.0.0.1:9").post(
        "/taxii2/community/collections/visible/objects/",
        json={"objects": [dict(raw.body), dict(good.body)]},
        headers={
            "Accept": "application/taxii+json;version=2.1",
            "Content-Type": "application/taxii+json;version=2.1",
            "Authorization": f"Bearer {_credential(world)}",
        },
    )
    status = answer.json()
    assert (status["success_count"], status["failure_count"]) == (1, 1)
    (failure,) = status["failures"]
    assert "'2'" in failure["message"]
    assert "where 1 is" in failure["message"]
    assert "upgrade" in failure["message"]


def test_new_keys_as_an_earlier_version_announces_them_are_refused_with_a_way_out(
    world: World,
) -> None:
    """Without the proof of possession a member could announce another's key as its own."""
    said: JsonObject = {"keys": KeyRing.generate(world.clock.now()).public.to_json()}
    kind = "application/vnd.tocsin.keys+json"
    made = sign(kind, canonical(said), world.nodes["alpha"].keyring.signing)
    answer = world.connect("http://127.0.0.1:9").put(
        "/tocsin/v1/keys",
        json={"said": said, "signature": made.to_json()},
        headers={"Authorization": f"Bearer {_credential(world)}"},
    )
    assert answer.status_code == 422
    assert "earlier version" in answer.json()["title"]
    assert "upgrade" in answer.json()["description"]


def test_a_node_of_the_time_before_collections_finds_the_one_that_it_knows(world: World) -> None:
    # Copied from commit a2bd7d3, where `server/taxii.py` had it.
    space = UUID("0d6f2f6e-4a0b-5e0f-8d61-7e0f8e7c2b10")
    earlier = uuid5(space, convened_by(world.exchange).id)
    signed = _released(world, _later_type(world))
    world.sync("alpha")
    answer = world.connect("http://127.0.0.1:9").get(
        f"/taxii2/community/collections/{earlier}/objects/",
        headers={"Authorization": f"Bearer {_credential(world)}"},
    )
    assert [each["id"] for each in answer.json()["objects"]] == [signed.id]


def _credential(world: World) -> str:
    from tocsin.exchange.membership import membership_of  # noqa: PLC0415

    return membership_of(world.nodes["alpha"]).credential


def _envelope(payload: JsonObject, kind: str) -> JsonObject:
    raw = canonical(payload)
    return {
        "payloadType": kind,
        "payload": base64.b64encode(raw).decode(),
        "signatures": [sign(kind, raw, KEY).to_json()],
        **LATER,
    }


def _directory(world: World) -> JsonObject:
    made = Directory(
        community=world.convenor.community(),
        member=None,
        version=3,
        issued=world.clock.now(),
        convenor_keys=(KEY.public.to_text(),),
        log_origin=convened_by(world.exchange).id,
    )
    return json.loads(canonical(made.to_json()))  # type: ignore[no-any-return]


def test_a_directory_with_fields_of_a_later_version_is_read(world: World) -> None:
    said: Any = _directory(world)
    said |= LATER
    said["community"] |= LATER
    for each in (*said["members"], *said["groups"]):
        each.update(LATER)

    opened = Directory.open(_envelope(said, DIRECTORY_PAYLOAD), _keys())

    assert opened.community.members.keys() == world.convenor.community().members.keys()
    assert opened.version == 3


def test_a_directory_of_a_later_form_is_refused_with_both_forms_and_what_to_do(
    world: World,
) -> None:
    said = {**_directory(world), "format": "tocsin-directory/2"}
    with pytest.raises(BadInputError, match=r"'tocsin-directory/2'.*'tocsin-directory/1'") as why:
        Directory.open(_envelope(said, DIRECTORY_PAYLOAD), _keys())
    assert "upgrade this node" in why.value.hint


def test_a_restore_of_a_later_form_is_refused_with_both_forms_and_what_to_do() -> None:
    said: JsonObject = {"format": "tocsin-restored/2", "epoch": {"of": "another kind"}}
    with pytest.raises(BadInputError, match=r"'tocsin-restored/2'.*'tocsin-restored/1'") as why:
        Restored.open(_envelope(said, RESTORED_PAYLOAD), _keys())
    assert "upgrade this node" in why.value.hint


def test_a_letter_with_fields_of_a_later_version_is_read_and_its_signature_holds() -> None:
    letter = Letter.write(LetterKind.ASKING, {"id": "x", **LATER}, b"data", KEY)
    again = Letter.from_json({**letter.to_json(), **LATER})
    again.check(_keys())
    assert again.said == letter.said


def test_a_letter_of_an_unknown_kind_asks_for_an_upgrade() -> None:
    letter = Letter.write(LetterKind.ASKING, {"id": "x"}, b"data", KEY)
    with pytest.raises(BadInputError) as why:
        Letter.from_json({**letter.to_json(), "kind": "a-later-kind"})
    assert "upgrade" in why.value.hint


def _keys() -> dict[str, Any]:
    return {KEY.public.key_id: KEY.public}
