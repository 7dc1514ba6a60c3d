"""Findings: a behaviour, how improbable it is, and why one may be no ground to tell of people."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grounds import FINDING
from tocsin.foundation import BadInputError, canonical, parse_json
from tocsin.records import Explanation, Finding, FindingKind, is_stix_id


def test_a_sound_coordination_finding_lacks_nothing() -> None:
    assert FINDING.lacks == ()


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"kind": FindingKind.NAMES}, "it is about names, not coordination"),
        ({"parameters": {}}, "it names no parameters"),
        ({"q_value": None}, "it has no q-value"),
        ({"q_value": 0.051}, "its q-value 0.051 is above 0.05"),
        ({"explanations": ()}, "no innocent explanation was tried"),
        (
            {"explanations": (Explanation("fandom", True), Explanation("newsroom", True))},
            "it has an innocent explanation: fandom, newsroom",
        ),
    ],
)
def test_each_thing_that_a_finding_lacks_is_told(change: dict[str, Any], lacks: str) -> None:
    assert evolve(FINDING, **change).lacks == (lacks,)


def test_an_explanation_that_could_not_be_told_counts_as_tried() -> None:
    assert evolve(FINDING, explanations=(Explanation("protest"),)).lacks == ()


def test_a_q_value_of_just_the_limit_is_enough() -> None:
    assert evolve(FINDING, q_value=0.05).lacks == ()


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_q_value_is_a_share(q: float) -> None:
    with pytest.raises(BadInputError, match="between 0 and 1"):
        evolve(FINDING, q_value=q)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"behaviour": " "}, "behaviour"),
        ({"behaviour": 7}, "behaviour"),
        ({"subjects": "a"}, "subjects"),
        ({"parameters": []}, "parameters"),
        ({"q_value": "0.1"}, "q_value"),
        ({"q_value": True}, "q_value"),
        ({"started": "yesterday"}, "started"),
        ({"explanations": [7]}, "explanations"),
        ({"explanations": [{"fits": True}]}, "explanation"),
    ],
)
def test_a_malformed_field_is_named(said: dict[str, Any], names: str) -> None:
    with pytest.raises(BadInputError, match=names):
        Finding.from_json({**FINDING.to_json(), **said})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each),
    max_leaves=5,
)


@given(
    st.dictionaries(st.text(max_size=5), _JSON, max_size=3),
    st.lists(_JSON, max_size=3),
    st.none() | st.floats(0, 1),
    st.lists(st.text(max_size=5), max_size=3, unique=True),
)
def test_its_stored_form_reads_back_and_keeps_its_name(
    parameters: dict[str, Any], evidence: list[Any], q: float | None, subjects: list[str]
) -> None:
    made = evolve(
        FINDING,
        parameters=parameters,
        evidence=tuple(evidence),
        q_value=q,
        subjects=tuple(subjects),
    )
    stored = parse_json(canonical(made.to_json()), source="it")
    assert isinstance(stored, dict)
    again = Finding.from_json(stored)
    assert again == made
    assert again.id == made.id
    assert is_stix_id(made.id)


def test_another_content_has_another_name() -> None:
    assert evolve(FINDING, q_value=0.002).id != FINDING.id
