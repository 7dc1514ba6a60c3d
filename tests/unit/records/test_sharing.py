"""The sharing extension survives a round trip, and what is not understood is never guessed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, JsonObject, SeededEntropy
from tocsin.records import (
    SHARING_EXTENSION,
    Audience,
    Authorship,
    Marking,
    MemberKind,
    Review,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
    read_sharing,
    signed_part,
)

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
IDS = st.uuids(version=4).map(lambda each: f"identity--{each}")
TIMES = st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
AUDIENCES = st.builds(
    Audience,
    community=st.booleans(),
    groups=st.frozensets(IDS, max_size=3),
    kinds=st.frozensets(st.sampled_from(MemberKind)),
    members=st.frozensets(IDS, max_size=3),
)
SHARINGS = st.builds(
    Sharing,
    audience=AUDIENCES,
    authorship=st.sampled_from(Authorship),
    purpose=st.none() | TEXT,
    expires=st.none() | TIMES,
    origins=st.frozensets(st.sampled_from(MemberKind)),
    derived_from=st.lists(IDS, max_size=3, unique=True).map(lambda each: tuple(sorted(each))),
    withdrawal=st.none() | st.builds(Withdrawal, why=TEXT, at=TIMES),
    review=st.none()
    | st.builds(Review, finding=IDS, approved_by=st.tuples(TEXT, TEXT), contact=TEXT),
    signatures=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)


def indicator() -> StixObject:
    return new_object(
        "indicator",
        now=NOW,
        entropy=SeededEntropy(1),
        marking=Marking(Tlp.GREEN),
        fields={"pattern": "[domain-name:value = 'x.example']", "pattern_type": "stix"},
    )


@given(SHARINGS)
def test_a_sharing_survives_its_wire_form(sharing: Sharing) -> None:
    read = read_sharing(indicator().with_sharing(sharing).body)
    assert read == sharing
    assert read is not None
    assert read.signatures == sharing.signatures


@given(SHARINGS)
def test_signatures_are_the_only_part_that_a_signature_does_not_cover(sharing: Sharing) -> None:
    plain = indicator().with_sharing(sharing)
    signed = indicator().with_sharing(sharing.with_signature("key", "sig"))
    assert signed_part(plain.body) == signed_part(signed.body)
    assert "signatures" not in str(signed_part(signed.body)["extensions"])


@pytest.mark.parametrize(
    "audience", [["everybody"], ["group:"], ["kind:martian"], ["member"], [7], "community"]
)
def test_an_audience_that_is_not_understood_is_refused(audience: object) -> None:
    body = {
        **indicator().body,
        "extensions": {
            SHARING_EXTENSION: {
                "extension_type": "property-extension",
                "sharing_version": 1,
                "authorship": "named",
                "audience": audience,
            }
        },
    }
    with pytest.raises(BadInputError):
        read_sharing(body)  # type: ignore[arg-type]


def test_a_later_form_asks_for_an_upgrade_instead_of_guessing() -> None:
    extension = {**Sharing(audience=Audience()).to_extension(), "sharing_version": 2}
    body: JsonObject = {**indicator().body, "extensions": {SHARING_EXTENSION: extension}}
    with pytest.raises(BadInputError) as caught:
        read_sharing(body)
    assert "upgrade" in caught.value.hint


def test_an_object_without_the_extension_is_private() -> None:
    assert indicator().sharing is None


def test_an_object_whose_type_is_not_that_of_its_id_is_refused() -> None:
    with pytest.raises(BadInputError, match="not that of its id"):
        StixObject.of({**indicator().body, "type": "report"})
