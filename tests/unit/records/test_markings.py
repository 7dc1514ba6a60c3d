"""Markings are read in every usual spelling and written only as OASIS publishes them."""

import pytest
import stix2

from tocsin.foundation import BadInputError, JsonObject
from tocsin.records import Iep, Marking, Pap, Tlp, marking_definition, read_markings

# Ids as OASIS publishes them in cti-stix-common-objects (tlp-2.0 and PAP definitions).
CLEAR_ID = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
PAP_AMBER_ID = "marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab"
# STIX 2.1 §7.2.1.4, TLP:WHITE of version 1.
OLD_WHITE_ID = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TLP:CLEAR", Tlp.CLEAR),
        ("white", Tlp.CLEAR),
        ("tlp:amber+strict", Tlp.AMBER_STRICT),
        ("TLP: AMBER-STRICT", Tlp.AMBER_STRICT),
        (" Red ", Tlp.RED),
    ],
)
def test_a_tlp_is_read_in_every_usual_spelling(written: str, meant: Tlp) -> None:
    assert Tlp.read(written) is meant


def test_an_unknown_colour_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInputError) as caught:
        Tlp.read("TLP:PURPLE")
    assert "amber+strict" in caught.value.message


def test_colours_are_ordered_from_open_to_strict() -> None:
    ranks = [tlp.rank for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)]
    assert ranks == sorted(set(ranks))
    assert Tlp.strictest([Tlp.GREEN, Tlp.RED, Tlp.CLEAR]) is Tlp.RED
    assert Tlp.strictest([]) is None


@pytest.mark.parametrize("marking", [*Tlp, *Pap, Iep()])
def test_every_marking_definition_is_accepted_by_the_stix2_library(
    marking: Tlp | Pap | Iep,
) -> None:
    parsed = stix2.parse(marking_definition(marking), allow_custom=False)
    assert parsed["id"] == marking.marking_id


def test_ids_are_those_that_oasis_publishes() -> None:
    assert Tlp.CLEAR.marking_id == CLEAR_ID
    assert Pap.AMBER.marking_id == PAP_AMBER_ID


def test_old_and_home_made_definitions_are_read_as_tlp_2_and_named() -> None:
    home_made: JsonObject = {
        "id": "marking-definition--11111111-1111-4111-8111-111111111111",
        "definition_type": "tlp",
        "definition": {"tlp": "amber"},
    }
    reading = read_markings([OLD_WHITE_ID, str(home_made["id"])], {str(home_made["id"]): home_made})
    assert reading.marking == Marking(Tlp.AMBER)
    assert set(reading.normalised) == {OLD_WHITE_ID, home_made["id"]}


def test_a_marking_that_is_not_known_is_named_and_not_guessed() -> None:
    stranger = "marking-definition--22222222-2222-4222-8222-222222222222"
    reading = read_markings([stranger], {})
    assert reading.marking is None
    assert reading.unknown == (stranger,)


def test_two_markings_together_are_as_strict_as_both() -> None:
    together = Marking(Tlp.GREEN, Pap.RED).strictest_with(Marking(Tlp.AMBER, Pap.CLEAR, Iep()))
    assert together == Marking(Tlp.AMBER, Pap.RED, Iep())


def test_an_iep_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInputError, match="permitted_actions"):
        Iep(permitted_actions="everything")


def test_the_same_iep_has_the_same_id_everywhere() -> None:
    assert Iep().marking_id == Iep().marking_id
    assert Iep().marking_id != Iep(unmodified_resale="may").marking_id
