"""A case from finding to review, typed: hypotheses side by side, and who may decide what."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.town import PERSON, SECOND, Node, make_node, tocsin

TITLE = "Borrowed voices"
GROUP: dict[str, Any] = {
    "id": "g1",
    "accounts": ["one", "two"],
    "objects": ["https://one.example/a"],
    "q_value": 0.0004,
    "explanations": [{"name": "newsroom", "fits": False}],
}


def taxonomy(year: int, terms: dict[str, str]) -> bytes:
    """A release of DISARM's red framework, in the form in which it is published."""
    stamp = f"{year}-01-01T00:00:00.000Z"
    common = {"spec_version": "2.1", "created": stamp, "modified": stamp}
    objects: list[dict[str, Any]] = [
        {"type": "x-mitre-tactic", "name": "DISARM tactic"},
        *(
            {
                "type": "attack-pattern",
                "name": name,
                "external_references": [{"source_name": "mitre-attack", "external_id": number}],
            }
            for number, name in terms.items()
        ),
    ]
    for at, each in enumerate(objects):
        each.update(common, id=f"{each['type']}--00000000-0000-4000-8000-{at:012d}")
    return json.dumps({"type": "bundle", "objects": objects}).encode()


@pytest.fixture
def lab(tmp_path: Path) -> Node:
    """A node with a case of one account and one domain."""
    node = make_node(tmp_path / "lab", "Example Lab", "research")
    text = b"https://twitter.com/borrowed_voice\nborrowed-voices[.]example\n"
    node.says("import", "-", "--case", TITLE, stdin=text)
    return node


def summary(folder: Path, *groups: dict[str, Any]) -> Path:
    file = folder / "summary.json"
    document = {"parameters": {"window": 60}, "groups": [*groups] or [GROUP]}
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def assess(node: Node, *more: str) -> Any:
    return node.says(
        *("case", "assess", TITLE, "--confidence", "likely"),
        *("--hypothesis", "one operator", "--evidence-for", "same minute"),
        *("--evidence-for", "one host", "--innocent", "a fan club"),
        *("--evidence-for", "same minute", "--evidence-against", "one host", *more),
    )


def test_evidence_belongs_to_the_hypothesis_that_it_was_typed_behind(lab: Node) -> None:
    said = assess(lab)["assessment"]
    assert [(each["text"], each["innocent"]) for each in said["hypotheses"]] == [
        ("one operator", False),
        ("a fan club", True),
    ]
    assert [(row["evidence"], row["bearings"], row["diagnostic"]) for row in said["matrix"]] == [
        ("same minute", ["for", "for"], False),
        ("one host", ["for", "against"], True),
    ]
    assert said["least_contradicted"] == ["one operator"]
    assert said["confidence"] == {
        "word": "likely",
        "scale": "estimative (ICD 203)",
        "percent": [55, 80],
    }
    assert said["text"] == "one operator"
    assert said["breakout"]["category"] is None


def test_a_terminal_shows_the_hypotheses_side_by_side(lab: Node) -> None:
    assess(lab, "--platforms", "2", "--communities", "1")
    shown = lab.does("case", "show", TITLE).stdout
    assert "H2 (innocent)" in shown
    assert "likely (55 to 80%): one operator" in shown
    assert "breakout 2 of 6: one community on 2 platforms" in shown


def test_a_finding_that_is_evidence_is_shown_by_what_it_says(
    lab: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # else the table breaks the words
    (finding,) = lab.says("case", "add", TITLE, "--finding", summary(tmp_path))["findings"]
    assess(lab, "--hypothesis", "a botnet", "--evidence-for", f"{finding['id']} all at once")
    shown = lab.does("case", "show", TITLE).stdout
    assert "all at once [2 accounts acted together on 1 objects (g1)]" in shown
    lab.says("case", "remove", TITLE, finding["id"])
    assert "(no longer in the case)" in lab.does("case", "show", TITLE).stdout


def test_hostile_words_reach_no_terminal(lab: Node, tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    group = {**GROUP, "behaviour": "acts \x1b[31mred\u202e [/bold]"}
    file.write_text(json.dumps({"parameters": {"w": 1}, "groups": [group]}), encoding="utf-8")
    lab.says("case", "add", TITLE, "--finding", file)
    assess(lab, "--evidence-for", "a \x1b[2J word [/b]")
    shown = lab.does("case", "show", TITLE).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[/bold]" in shown
    assert "[/b]" in shown
    lab.says("watch", "add", "[/x]", "--query", "pattern:[/y]*")
    listed = lab.does("watch", "list").stdout
    assert "[/x]" in listed
    assert "pattern:[/y]*" in listed


def test_one_hypothesis_is_kept_and_the_person_told_to_weigh_another(lab: Node) -> None:
    typed = ("case", "assess", TITLE, "--hypothesis", "one operator", "--confidence", "70")
    answer = lab.does("--json", *typed)
    assert answer.said["assessment"]["confidence"]["word"] == "likely"
    assert "--innocent" in answer.stderr


def test_the_words_of_before_still_assess(lab: Node) -> None:
    typed = ("--text", "one network", "--likelihood", "very-likely", "--grade", "B2")
    said = lab.says("case", "assess", TITLE, *typed)["assessment"]
    assert (said["text"], said["likelihood"], said["percent"]) == (
        "one network", "very-likely", [80, 95],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        (("--evidence-for", "x", "--hypothesis", "h"), 2, "stands before any hypothesis"),
        (("--hypothesis", "h"), 1, "does not say how sure it is"),
        (("--hypothesis", "h", "--confidence", "surely"), 1, "on no scale"),
        (("--confidence", "likely", "--likelihood", "likely"), 2, "say the same"),
        (("--confidence", "likely"), 1, "states nothing"),
        (("--hypothesis", "h", "--confidence", "low", "--technique", "49"), 1, "no T-number"),
    ],
)
def test_what_cannot_be_an_assessment_is_refused(
    lab: Node, typed: tuple[str, ...], code: int, says: str
) -> None:
    assert says in lab.says("case", "assess", TITLE, *typed, code=code)["error"]
    assert lab.says("case", "show", TITLE)["assessment"] is None


def test_a_technique_is_named_by_the_taxonomy_that_the_node_holds(
    lab: Node, tmp_path: Path
) -> None:
    bare = assess(lab, "--technique", "T0049")["assessment"]["techniques"]
    assert [(each["number"], each["state"]) for each in bare] == [("T0049", "unresolved")]
    for year, terms in (
        (2023, {"T0049": "Flood Information Space", "T0003": "Sing"}),
        (2024, {"T0049": "Flood Information Space", "T0103": "Sing"}),
    ):
        file = tmp_path / f"disarm-{year}.json"
        file.write_bytes(taxonomy(year, terms))
        lab.says("import", file)
    (known,) = assess(lab, "--technique", "T0049")["assessment"]["techniques"]
    assert (known["name"], known["state"]) == ("Flood Information Space", "current")
    answer = lab.does("--json", "case", "assess", TITLE, "--technique", "T0003")
    assert "T0003 is obsolete in DISARM: now T0103" in answer.stderr
    assert answer.said["assessment"]["techniques"][-1]["successors"] == ["T0103"]


def test_who_opened_or_assessed_it_does_not_review_it(lab: Node) -> None:
    lab.says("--as", SECOND, "case", "assess", TITLE, "--hypothesis", "h", "--confidence", "low")
    typed = ("case", "review", TITLE, "--decision", "approve", "--why", "I am sure")
    assert lab.says(*typed, code=1)["error"] == f"{PERSON} opened the case and cannot review it"
    second = lab.says("--as", SECOND, *typed, code=1)
    assert second["error"] == f"{SECOND} assessed the case and cannot review it"
    assert lab.says("--as", "carol", *typed)["is_reviewed"]


def test_a_decision_is_asked_for(lab: Node) -> None:
    said = lab.says("--as", SECOND, "case", "review", TITLE, "--why", "x", code=2)
    assert "--decision" in said["hint"]


def test_a_returned_case_is_not_reviewed(lab: Node) -> None:
    assess(lab)
    typed = ("--as", SECOND, "case", "review", TITLE, "--why", "x", "--decision")
    assert lab.says(*typed, "approve")["is_reviewed"]
    back = lab.says(*typed, "return")
    assert (back["is_reviewed"], back["reviews"][-1]["verdict"]) == (False, "returned")


def test_a_finding_goes_into_a_case_and_out_of_it_and_into_no_file(
    lab: Node, tmp_path: Path
) -> None:
    said = lab.says("case", "add", TITLE, "--finding", summary(tmp_path))
    (finding,) = said["findings"]
    assert finding["id"] in said["items"]
    assert (finding["q_value"], finding["lacks"]) == (0.0004, [])
    again = lab.says("case", "add", TITLE, "--finding", summary(tmp_path))
    assert again["items"] == said["items"]
    for format_ in ("stix", "csv"):
        file = tmp_path / f"out.{format_}"
        lab.says("export", TITLE, "--format", format_, "--own-use", "-o", file)
        text = file.read_text(encoding="utf-8-sig")
        assert "acted together" not in text
        assert finding["id"] not in text
    gone = lab.says("case", "remove", TITLE, finding["id"])
    assert (len(gone["items"]), gone["findings"]) == (2, [])


def test_a_file_with_one_broken_finding_adds_none(lab: Node, tmp_path: Path) -> None:
    file = summary(tmp_path, GROUP, {**GROUP, "q_value": 7})
    error = lab.says("case", "add", TITLE, "--finding", file, code=1)["error"]
    assert "groups[1]" in error
    assert lab.says("case", "show", TITLE)["findings"] == []
    missing = lab.says("case", "add", TITLE, "--finding", tmp_path / "none.json", code=1)
    assert "none.json" in missing["error"]


def test_a_case_kept_by_another_person_is_the_same_for_all(lab: Node) -> None:
    assess(lab)
    more = lab.says("--as", SECOND, "case", "assess", TITLE, "--technique", "T0049")
    assert more["assessment"]["authors"] == [PERSON, SECOND]
    assert len(more["assessments"]) == 2
    assert tocsin("--json", "--home", lab.folder, "case", "list").said["cases"][0] == more
