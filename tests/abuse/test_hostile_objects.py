"""Objects by a member that means harm: sizes, signatures, ids, and what it may not change."""

import json
from typing import Any

import pytest

from tests.abuse.calling import Sent, Wire, check_answered, with_token
from tests.abuse.hostile import written
from tests.abuse.town import OBJECTS, OWN, TAXII, Town
from tocsin.foundation import JsonObject
from tocsin.records import SHARING_EXTENSION, Audience, StixObject
from tocsin.trust import sign_object


def test_two_thousand_objects_that_are_none_are_named_one_by_one(town: Town, wire: Wire) -> None:
    answer = _post(town, wire, [{"type": "x"}] * 2_000)
    assert (answer["total_count"], answer["failure_count"]) == (2_000, 2_000)


@pytest.mark.long
@pytest.mark.parametrize("wrong", [0, 8])
def test_the_most_that_one_request_may_hold_costs_less_than_a_cpu_second(
    town: Town, wire: Wire, wrong: int
) -> None:
    bodies = [_sound(town) for _ in range(2_000)]
    for body in bodies if wrong else ():
        entries = _sharing(body)["signatures"]
        entries[:] = [{**entries[0], "sig": "A" * 86 + "=="}] * wrong
    sent = _request(town, bodies)
    measured = wire.send(sent)
    check_answered(sent, measured)
    assert measured.answer.status == 202


def test_ten_thousand_objects_are_refused_whole(town: Town, wire: Wire) -> None:
    sent = _request(town, [{"type": "x"}] * 10_000)
    measured = wire.send(sent)
    check_answered(sent, measured)
    assert measured.answer.status == 422


@pytest.mark.parametrize(
    "text",
    [
        '{"objects": ' + "[" * 10_000 + "]" * 10_000 + "}",
        '{"objects": [' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "]}",
        "[" * 5_000_000,
        '{"objects": [], "objects": []}',
        '{"objects": [{"id": 1, "id": 2}]}',
        '{"objects": [{"a": 9007199254740993}]}',
        '{"objects": [{"a": ' + "9" * 100_000 + "}]}",
        '{"objects": [{"a": 1e400}]}',
        '{"objects": [{"a": NaN}]}',
        '{"objects": [{"a": -Infinity}]}',
        '{"objects": [{"a": "\\ud800"}]}',
        '{"objects": [{"a": "\x01"}]}',
        '{"objects": [{}], }',
        '\ufeff\ufeff{"objects": []}',
        "",
        "null",
        "{'objects': []}",
        "<objects/>",
        "objects: [&a [*a]]",
    ],
    ids=range(19),
)
def test_what_is_no_strict_json_is_refused_with_words(town: Town, wire: Wire, text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    sent = Sent("POST", OBJECTS, tuple(_headers(town).items()), raw)
    measured = wire.send(sent)
    check_answered(sent, measured)
    assert measured.answer.status in {400, 422}


@pytest.mark.parametrize("change", ["truncated", "empty", "of zeros", "doubled", "no base64"])
def test_a_signature_that_was_changed_holds_no_more(town: Town, wire: Wire, change: str) -> None:
    body = _sound(town)
    (entry,) = _sharing(body)["signatures"]
    sig = entry["sig"]
    entry["sig"] = {
        "truncated": sig[:40],
        "empty": "",
        "of zeros": "A" * 86 + "==",
        "doubled": sig + sig,
        "no base64": "\u00e9" * 88,
    }[change]
    assert _failures(town, wire, [body]) == 1


def test_thousands_of_signatures_on_one_object_cost_no_more_than_a_few(
    town: Town, wire: Wire
) -> None:
    body = _sound(town)
    (entry,) = _sharing(body)["signatures"]
    wrong = {**entry, "sig": "A" * 86 + "=="}
    _sharing(body)["signatures"] = [wrong] * 5_000
    assert _failures(town, wire, [body]) == 1


def test_a_signature_of_ones_own_on_anothers_object_makes_it_nobodys(
    town: Town, wire: Wire
) -> None:
    world = town.world
    theirs = world.draft(world.nodes["beta"], Audience(community=True))
    stolen = sign_object(theirs, world.nodes["alpha"].keyring.signing)
    assert _failures(town, wire, [dict(stolen.body)]) == 1


def test_an_update_changes_neither_author_nor_the_time_of_creation(town: Town, wire: Wire) -> None:
    world = town.world
    first = StixObject.of(_sound(town))
    assert _failures(town, wire, [dict(first.body)]) == 0
    later = "2026-11-03T19:00:01.000Z"
    for field in ("author", "created", "type"):
        changed: dict[str, Any] = {"modified": later}
        if field == "author":
            changed["created_by_ref"] = world.nodes["beta"].id
        elif field == "created":
            changed["created"] = "2020-01-01T00:00:00.000Z"
        else:
            changed["type"] = "campaign"
        body = {**first.body, **changed}
        signed = _signed(town, body)
        taken = _failures(town, wire, [signed]) == 0
        assert not taken or field == "created"
    with world.exchange.vault.read() as view:
        assert {each.object.author for each in view.shared.versions(first.id)} == {first.author}


def test_one_id_under_two_types_is_two_objects_or_none(town: Town, wire: Wire) -> None:
    """The type is a part of the id: `indicator--X` and `campaign--X` never meet."""
    first = _sound(town)
    other = json.loads(json.dumps(first).replace("indicator--", "campaign--"))
    other["type"] = "campaign"
    for name in ("pattern", "pattern_type", "valid_from"):
        other.pop(name)
    assert _failures(town, wire, [first, _signed(town, other)]) == 0
    crossed = {**_sound(town), "id": other["id"]}
    assert _failures(town, wire, [crossed]) == 1


def test_a_replayed_request_changes_nothing(town: Town, wire: Wire) -> None:
    for sound in town.sound():
        headers = {
            "accept": sound.media_type,
            "content-type": sound.media_type,
            **with_token(town.tokens[sound.caller]),
        }
        sent = Sent(
            sound.method,
            sound.path,
            tuple(headers.items()),
            written(sound.wrapped(sound.said)),
        )
        if sound.name == "join":  # answered again, with a new credential: the old one ends
            continue
        first = wire.send(sent).answer.status
        size = _log_size(town)
        assert wire.send(sent).answer.status in {first, 403, 404}, sound.name
        grown = {"objects": 0, "receipts": 0, "keys": 0, "letters": 0, "refusal": 0}
        assert _log_size(town) - size <= grown.get(sound.name, 1), sound.name


def test_receipts_for_ten_thousand_objects_are_refused(town: Town, wire: Wire) -> None:
    said: JsonObject = {"objects": [{"id": "a", "version": "b"}] * 10_000}
    headers = {"content-type": "application/json", **with_token(town.tokens["member"])}
    sent = Sent("POST", OWN + "receipts", tuple(headers.items()), written(said))
    measured = wire.send(sent)
    check_answered(sent, measured)
    assert measured.answer.status == 422


def _log_size(town: Town) -> int:
    with town.world.exchange.vault.read() as view:
        return view.log.size


def _headers(town: Town) -> dict[str, str]:
    return {"accept": TAXII, "content-type": TAXII, **with_token(town.tokens["member"])}


def _request(town: Town, bodies: list[Any]) -> Sent:
    return Sent("POST", OBJECTS, tuple(_headers(town).items()), written({"objects": bodies}))


def _post(town: Town, wire: Wire, bodies: list[Any]) -> Any:
    sent = _request(town, bodies)
    measured = wire.send(sent)
    check_answered(sent, measured)
    assert measured.answer.status == 202
    return measured.answer.said


def _failures(town: Town, wire: Wire, bodies: list[Any]) -> int:
    return int(_post(town, wire, bodies)["failure_count"])


def _sound(town: Town) -> dict[str, Any]:
    """Return a signed object of the member's, as JSON of its own."""
    alpha = town.world.nodes["alpha"]
    item = town.world.draft(alpha, Audience(community=True))
    made: dict[str, Any] = json.loads(sign_object(item, alpha.keyring.signing).to_json())
    return made


def _sharing(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["extensions"][SHARING_EXTENSION]
    return found


def _signed(town: Town, body: dict[str, Any]) -> dict[str, Any]:
    """Sign whatever it is by the member's key, once."""
    sound = next(each for each in town.sound() if each.name == "objects")
    (signed,) = json.loads(written(sound.wrapped(body)))["objects"]
    made: dict[str, Any] = signed
    return made
