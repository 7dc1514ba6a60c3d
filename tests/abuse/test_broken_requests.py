"""Sound requests, broken in one to three places and signed anew.

A member that is hostile, or a node with a defect, has keys: its requests pass the signature and
are refused for what they say. 12 cases for each request that has a body, twice: broken inside what
is signed, and around it; 400 with TOCSIN_LONG=1, which is 8,800.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st

from tests.abuse.calling import MAX_GROWTH_BYTES, Sent, Wire, check_answered, with_token
from tests.abuse.hostile import broken, written
from tests.abuse.town import OBJECTS, Sound, Town

LONG = os.environ.get("TOCSIN_LONG") == "1"
CASES = 400 if LONG else 12
NAMES = [
    "objects", "join", "keys", "refill", "witness", "receipts", "letters", "outputs", "tags",
    "refusal",
]  # fmt: skip


def test_every_sound_request_is_taken_as_it_is(town: Town, wire: Wire) -> None:
    taken = {}
    for sound in town.sound():
        answer = wire.send(_sent(town, sound, sound.wrapped(sound.said))).answer
        taken[sound.name] = answer.status
    expected = dict.fromkeys(NAMES, 200) | {"objects": 202, "join": 201, "outputs": 403}
    assert taken == expected  # outputs come after an answer, and nobody has answered


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "around"])
@pytest.mark.parametrize("name", NAMES)
def test_no_broken_request_is_answered_with_5xx_or_costs_too_much(
    town: Town, wire: Wire, name: str, *, inside: bool
) -> None:
    for sound in town.sound():
        if sound.name == name:
            break
        wire.send(_sent(town, sound, sound.wrapped(sound.said)))
    secrets = [each for each in town.tokens.values() if each]
    whole = sound.wrapped(sound.said)

    @seed(1)
    @settings(
        max_examples=CASES,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(value=broken(sound.said if inside else whole))
    def run(value: Any) -> None:
        if inside and isinstance(value, dict):
            value = sound.wrapped(value)
        sent = _sent(town, sound, value)
        check_answered(sent, wire.send(sent), secrets)

    run()
    assert wire.growth_bytes < MAX_GROWTH_BYTES


@seed(2)
@settings(max_examples=4 * CASES, database=None, derandomize=False)
@given(where=st.sampled_from(["visible", "indicators", "reports", "none"]), data=st.data())
@example(where="indicators", data=None)
def test_no_object_of_any_form_is_answered_with_5xx(
    town_shared: tuple[Town, Wire], where: str, data: st.DataObject | None
) -> None:
    town, wire = town_shared
    bodies: Any = [{"type": []}, {"id": {}}, 1, None] if data is None else data.draw(_OBJECTS)
    headers = [("content-type", "application/taxii+json"), ("accept", "*/*")]
    headers += with_token(town.tokens["member"]).items()
    target = OBJECTS.replace("visible", where)
    sent = Sent("POST", target, tuple(headers), written({"objects": bodies}))
    check_answered(sent, wire.send(sent))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = ["type", "id", "created", "modified", "extensions", "object_marking_refs", "revoked"]
_OBJECTS = st.lists(_JSON | st.dictionaries(st.sampled_from(_FIELDS), _JSON), max_size=4)


def _sent(town: Town, sound: Sound, value: Any) -> Sent:
    headers = [("accept", sound.media_type), ("content-type", sound.media_type)]
    headers += with_token(town.tokens[sound.caller]).items()
    return Sent(sound.method, sound.path, tuple(headers), written(value))
