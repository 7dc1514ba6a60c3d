"""The published JSON Schemas accept what Tocsin makes and refuse what it refuses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tocsin.foundation import SeededEntropy
from tocsin.records import (
    SHARING_EXTENSION,
    Audience,
    Claim,
    EvidenceClass,
    Marking,
    MemberKind,
    Review,
    Sharing,
    SourceGrade,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
)
from tocsin.trust import KeyRing, seal_object, sealed_id_of, sign_object

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
KEYS = KeyRing.generate(NOW)
LAB = "identity--00000001-0000-4000-8000-000000000000"


def check(name: str, value: object) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


def released() -> StixObject:
    sharing = Sharing(
        audience=Audience(
            community=True,
            groups=frozenset({"g1"}),
            kinds=frozenset({MemberKind.PLATFORM}),
            members=frozenset({LAB}),
        ),
        purpose="find the rest",
        expires=NOW + timedelta(days=30),
        origins=frozenset({MemberKind.GOVERNMENT}),
        derived_from=("indicator--11111111-1111-4111-8111-111111111111",),
        withdrawal=Withdrawal(why="an error", at=NOW),
        review=Review(finding="grouping--x", approved_by=("ada", "bo"), contact="desk"),
    )
    item = new_object(
        "indicator",
        now=NOW,
        entropy=SeededEntropy(1),
        author=LAB,
        marking=Marking(Tlp.RED),
        fields={"pattern": "[domain-name:value = 'one.example']"},
    )
    return sign_object(item.with_sharing(sharing), KEYS.signing)


def extension(item: StixObject) -> dict[str, Any]:
    extensions = item.body["extensions"]
    assert isinstance(extensions, dict)
    found = extensions[SHARING_EXTENSION]
    assert isinstance(found, dict)
    return found


def test_the_sharing_extension_fits_its_schema() -> None:
    check("sharing", extension(released()))


@pytest.mark.parametrize(
    "wrong",
    [{"audience": ["everybody"]}, {"authorship": "anonymous"}, {"secret": "x"}, {"origins": [1]}],
)
def test_what_the_reader_refuses_the_schema_refuses_too(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        check("sharing", {**extension(released()), **wrong})


def test_a_claim_fits_its_schema() -> None:
    claim = Claim(
        statement="run by Example Agency",
        claimant="Example Lab",
        evidence=EvidenceClass.INFRASTRUCTURE,
        stated_on=NOW,
        about=(LAB,),
        answers="who runs it",
        value="Example Agency",
        confidence=80,
        grade=SourceGrade.read("B2"),
        source="report 7",
        supersedes=("x-tocsin-claim--11111111-1111-4111-8111-111111111111",),
        operator="Example Agency",
        right_of_reply="asked",
    )
    made = claim.to_object(
        now=NOW, entropy=SeededEntropy(2), author=LAB, marking=Marking(Tlp.GREEN)
    )
    check("claim", dict(made.body))


def test_a_sealed_object_fits_its_schema() -> None:
    item = released()
    sealed = seal_object(item, {LAB: KEYS.public.sealing}, sealed_id=sealed_id_of(item.id))
    check("sealed", dict(sealed.body))
