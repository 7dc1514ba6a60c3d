"""Findings read from what detectors write."""

import json
from typing import Any

import pytest

from tests.unit.grounds import FINDING
from tocsin.cases import read_findings
from tocsin.foundation import BadInputError
from tocsin.records import Explanation, Finding, FindingKind

GROUP: dict[str, Any] = {
    "id": "g1",
    "accounts": ["a", "b", "c"],
    "objects": ["u", "v"],
    "q_value": 0.01,
    "explanations": [
        {"name": "newsroom", "fits": False, "why": "no employer"},
        {"name": "fandom", "outcome": "fits"},
        "protest",
    ],
}
RUN: dict[str, Any] = {"posts": 9, "parameters": {"window": 60}, "groups": [GROUP]}


def read(document: Any) -> tuple[Finding, ...]:
    return read_findings(json.dumps(document).encode(), source="it.json")


def test_a_group_of_a_coordination_run_is_a_finding() -> None:
    (found,) = read(RUN)
    assert found.kind is FindingKind.COORDINATION
    assert found.behaviour == "3 accounts acted together on 2 objects (g1)"
    assert found.subjects == ("a", "b", "c")
    assert found.objects == ("u", "v")
    assert found.parameters == {"window": 60}
    assert found.q_value == 0.01
    assert found.explanations == (
        Explanation("newsroom", False, "no employer"),
        Explanation("fandom", True),
        Explanation("protest"),
    )


def test_settings_beside_the_counts_are_its_parameters_and_its_counts_are_evidence() -> None:
    group = {**GROUP, "objects_in_all": 4_000, "edges": 3}
    (found,) = read({"posts": 9, "window_s": 60, "min_coactions": 2, "groups": [group]})
    assert found.parameters == {"window_s": 60, "min_coactions": 2}
    assert found.evidence == ({"objects_in_all": 4_000, "edges": 3},)
    assert found.behaviour == "3 accounts acted together on 4000 objects (g1)"


def test_explanations_may_stand_by_name() -> None:
    (found,) = read({**RUN, "groups": [{**GROUP, "explanations": {"bots": True, "club": "no"}}]})
    assert found.explanations == (Explanation("bots", True), Explanation("club", None, "no"))


def test_a_group_that_is_only_counted_is_a_finding_without_subjects() -> None:
    (found,) = read({"groups": [{"id": 7, "accounts": 12, "objects": 40, "q_value": None}]})
    assert found.behaviour == "12 accounts acted together on 40 objects (7)"
    assert (found.subjects, found.q_value) == ((), None)


@pytest.mark.parametrize("wrap", [lambda said: said, lambda said: [said, said]])
def test_a_finding_or_a_list_of_them_is_read_and_each_is_there_once(wrap: Any) -> None:
    assert read(wrap(FINDING.to_json())) == (FINDING,)


def test_a_detectors_row_behaves_by_its_rule() -> None:
    row = {"id": "f1", "subjects": ["x.example"], "score": 3, "rule": "one letter off"}
    (found,) = read({"findings": [{**row, "kind": "names", "evidence": [{"at": 1}]}]})
    assert (found.behaviour, found.score, found.evidence) == ("one letter off", 3.0, ({"at": 1},))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({}, "holds no finding"),
        ("text", "holds no finding"),
        ({"groups": []}, "no finding in it"),
        ([], "no finding in it"),
        ({"groups": [GROUP, {**GROUP, "q_value": "low"}]}, r"groups\[1\]: q_value"),
        ({"groups": [{"name": "x"}]}, r"groups\[0\]: kind"),
        ({"findings": [{"kind": "names"}]}, r"findings\[0\]: a finding states no behaviour"),
        ([7], r"\[0\]: '7' is no object"),
    ],
)
def test_what_holds_no_finding_is_refused_by_name(document: Any, why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        read(document)


def test_broken_json_is_named() -> None:
    with pytest.raises(BadInputError, match=r"it\.json"):
        read_findings(b"{", source="it.json")
