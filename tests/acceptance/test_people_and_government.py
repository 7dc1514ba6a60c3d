"""People stay inside until a finding, a purpose and a second person let them out; by command."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.town import PERSON, SECOND, Node, Town

TERMS = (
    *("--purpose", "remove the network", "--expires", "90d"),
    *("--contact", "corrections@lab.example"),
)
GROUNDS = (
    "the case holds no coordination finding: `tocsin case add {} --finding FILE`",
    "nobody has assessed the case: `tocsin case assess {} --hypothesis ",
    "a second person has not approved the case yet: `tocsin case review {} --decision approve ",
)
REASONS = (
    "no purpose is stated",
    "it has no expiry",
    "no contact for corrections is given",
)
SUMMARY: dict[str, Any] = {
    "posts": 900,
    "accounts": 60,
    "edges": 66,
    "parameters": {"window": 60, "min_coactions": 2},
    "groups": [
        {
            "id": "g1",
            "accounts": ["sound_acct", "other_acct"],
            "objects": ["https://one.example/a"],
            "q_value": 0.0004,
            "explanations": [{"name": "newsroom", "fits": False, "why": "no common employer"}],
        }
    ],
}
CLAIM = (
    *("--claimant", "Example Lab", "--evidence", "infrastructure"),
    *("--operator", "Example Agency Ltd", "--on", "2026-03-02", "--confidence", "70"),
)


def case_with_account(node: Node, title: str) -> None:
    """A case with one account and one domain."""
    text = f"https://twitter.com/{title}_acct\n{title}[.]example\n"
    node.says("import", "-", "--case", title, stdin=text.encode())


def release(node: Node, title: str, *terms: str, code: int = 0) -> Any:
    """Release a case to Pigeon."""
    typed = ("release", title, "--to", "Pigeon", "--tlp", "amber", *terms)
    return node.says(*typed, code=code)


def ground(node: Node, title: str) -> None:
    """Put into a case what a release about people rests on, but for the review."""
    file = node.folder / "summary.json"
    file.write_text(json.dumps(SUMMARY), encoding="utf-8")
    node.says("case", "add", title, "--finding", file)
    node.says(
        *("case", "assess", title, "--confidence", "likely", "--technique", "T0049"),
        *("--hypothesis", "one operator", "--evidence-for", "the same links in the same minute"),
        *("--innocent", "a fan club", "--evidence-against", "no common idol"),
    )


def approve(node: Node, title: str) -> None:
    node.says("--as", SECOND, "case", "review", title, "--approve", "--why", "same operator")


def test_an_account_does_not_leave_and_every_reason_is_named_at_once(town: Town) -> None:
    case_with_account(town["lab"], "bare")
    error = release(town["lab"], "bare", code=1)["error"]
    wanted = [*(each.format("bare") for each in GROUNDS), *REASONS]
    assert [reason for reason in wanted if reason not in error] == []
    preview = release(town["lab"], "bare", "--preview")
    assert len(preview["refusals"]) == len(wanted)


@pytest.mark.parametrize("missing", [0, 2, 4], ids=["purpose", "expiry", "contact"])
def test_each_term_is_needed(town: Town, missing: int) -> None:
    title = f"terms{missing}"
    case_with_account(town["lab"], title)
    ground(town["lab"], title)
    approve(town["lab"], title)
    terms = TERMS[:missing] + TERMS[missing + 2 :]
    error = release(town["lab"], title, *terms, code=1)["error"]
    assert error.endswith(REASONS[missing // 2])


def test_a_review_is_needed_even_with_all_terms(town: Town) -> None:
    case_with_account(town["lab"], "unreviewed")
    ground(town["lab"], "unreviewed")
    preview = release(town["lab"], "unreviewed", *TERMS, "--preview")
    assert [each["rule"] for each in preview["refusals"]] == ["people-review"]


def test_a_review_alone_is_no_ground(town: Town) -> None:
    case_with_account(town["lab"], "ungrounded")
    approve(town["lab"], "ungrounded")
    preview = release(town["lab"], "ungrounded", *TERMS, "--preview")
    rules = [each["rule"] for each in preview["refusals"]]
    assert rules == ["people-finding", "people-assessment"]


def test_what_nobody_could_tell_of_a_finding_a_reviewer_must_speak_of(town: Town) -> None:
    lab, title = town["lab"], "untold"
    case_with_account(lab, title)
    ground(lab, title)
    (finding,) = lab.says("case", "show", title)["findings"]
    lab.says("case", "remove", title, finding["id"])
    tried = [{"name": "newsroom", "fits": None, "why": "cannot be told: give --accounts"}]
    group = {**SUMMARY["groups"][0], "explanations": tried}
    file = lab.folder / "untold.json"
    file.write_text(json.dumps({**SUMMARY, "groups": [group]}), encoding="utf-8")
    (held,) = lab.says("case", "add", title, "--finding", file)["findings"]
    assert (held["lacks"], held["untold"]) == ([], ["newsroom"])
    approve(lab, title)
    (refusal,) = release(lab, title, *TERMS, "--preview")["refusals"]
    assert refusal["rule"] == "people-untold"
    assert "--untold newsroom" in refusal["why"]
    speaks = ("--approve", "--why", "no imprint names them", "--untold", "newsroom")
    said = lab.says("--as", SECOND, "case", "review", title, *speaks)
    assert said["reviews"][-1]["untold"] == ["newsroom"]
    assert release(lab, title, *TERMS, "--preview")["refusals"] == []


def test_a_finding_that_chance_or_a_newsroom_explains_is_no_ground(town: Town) -> None:
    lab = town["lab"]
    case_with_account(lab, "explained")
    ground(lab, "explained")
    (finding,) = lab.says("case", "show", "explained")["findings"]
    lab.says("case", "remove", "explained", finding["id"])
    weak = {**SUMMARY["groups"][0], "q_value": 0.2}
    weak["explanations"] = [{"name": "newsroom", "fits": True}]
    file = lab.folder / "weak.json"
    file.write_text(json.dumps({**SUMMARY, "groups": [weak]}), encoding="utf-8")
    lab.says("case", "add", "explained", "--finding", file)
    approve(lab, "explained")
    (refusal,) = release(lab, "explained", *TERMS, "--preview")["refusals"]
    assert "its q-value 0.2 is above 0.05" in refusal["why"]
    assert "it has an innocent explanation: newsroom" in refusal["why"]


def test_a_review_covers_only_what_the_case_held_then(town: Town) -> None:
    case_with_account(town["lab"], "grown")
    ground(town["lab"], "grown")
    approve(town["lab"], "grown")
    town["lab"].says("import", "-", "--case", "grown", stdin=b"https://x.com/grown_later\n")
    error = release(town["lab"], "grown", *TERMS, code=1)["error"]
    assert "a second person has not approved the case since it changed" in error


def test_a_review_covers_only_what_the_assessment_said_then(town: Town) -> None:
    lab = town["lab"]
    case_with_account(lab, "rethought")
    ground(lab, "rethought")
    approve(lab, "rethought")
    ground(lab, "rethought")
    assert lab.says("case", "show", "rethought")["is_reviewed"]
    lab.says("case", "assess", "rethought", "--confidence", "roughly even chance")
    error = release(lab, "rethought", *TERMS, code=1)["error"]
    assert "a second person has not approved the case since it changed" in error


def test_with_review_terms_and_a_second_person_it_leaves_and_carries_them(town: Town) -> None:
    lab, pigeon = town["lab"], town["pigeon"]
    case_with_account(lab, "sound")
    ground(lab, "sound")
    approve(lab, "sound")
    objects = release(lab, "sound", *TERMS)["objects"]
    assert len(objects) == 2
    town.sync("lab", "pigeon")
    got = {each["id"]: each for each in pigeon.says("inbox")["objects"]}
    assert set(objects) <= set(got)
    assert any("sound_acct" in str(got[each]["pattern"]) for each in objects)


def test_a_preview_names_the_accounts_that_no_finding_names(town: Town) -> None:
    lab = town["lab"]
    case_with_account(lab, "other")
    ground(lab, "other")
    assert release(lab, "other", *TERMS, "--preview")["in_no_finding"] == []
    lab.says("import", "-", "--case", "other", stdin=b"https://x.com/passer_by\n")
    (stranger,) = release(lab, "other", *TERMS, "--preview")["in_no_finding"]
    leaves = release(lab, "other", *TERMS, "--preview")["leaves"]
    assert [each["what"] for each in leaves if each["of"] == stranger] == ["twitter/@passer_by"]


def test_an_export_with_people_rests_on_the_same_grounds(town: Town, tmp_path: Path) -> None:
    lab = town["lab"]
    case_with_account(lab, "written")
    approve(lab, "written")
    typed = ("export", "written", "--format", "csv", "--people", "include", *TERMS)
    error = lab.says(*typed, "-o", tmp_path / "no.csv", code=1)["error"]
    assert "the case holds no coordination finding" in error
    assert "nobody has assessed the case" in error
    ground(lab, "written")
    approve(lab, "written")
    lab.says(*typed, "-o", tmp_path / "yes.csv")
    assert "written_acct" in (tmp_path / "yes.csv").read_text(encoding="utf-8-sig")


def test_without_people_the_rest_leaves_and_the_account_is_named_as_staying(town: Town) -> None:
    case_with_account(town["lab"], "rest")
    said = release(town["lab"], "rest", "--without-people")
    assert len(said["objects"]) == 1
    (stays,) = said["stays"]
    assert "personal identifier" in stays["why"]


def test_who_opened_a_case_cannot_review_it_and_learns_who_can(town: Town) -> None:
    case_with_account(town["lab"], "alone")
    typed = ("case", "review", "alone", "--approve", "--why", "I am sure")
    said = town["lab"].says(*typed, code=1)
    assert PERSON in said["error"]
    assert "--as" in said["hint"]


def test_an_export_of_what_is_not_reviewed_says_so_on_every_row(town: Town, tmp_path: Path) -> None:
    case_with_account(town["lab"], "exported")
    file = tmp_path / "list.csv"
    town["lab"].says("export", "exported", "--format", "csv", "--own-use", "-o", file)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2
    assert all("NOT REVIEWED" in row["Review"] for row in rows)
    shared = tmp_path / "shared.csv"
    said = town["lab"].says("export", "exported", "--format", "csv", "-o", shared)
    assert "exported_acct" not in shared.read_text(encoding="utf-8-sig")
    (left,) = said["left_out"]
    assert "personal identifier" in left["why"]


@pytest.mark.parametrize("kind", ["account", "email", "domain,account"])
def test_a_government_cannot_ask_what_it_shares_about_people(town: Town, kind: str) -> None:
    ministry = town["ministry"]
    listed = [f"https://twitter.com/gov_{at}\n" for at in range(25)]
    listed += [f"gov{at}@mail.example\n" for at in range(25)]
    ministry.says("import", "-", stdin="".join(listed).encode())
    said = ministry.says("overlap", "ask", "Pigeon", "--kinds", kind, code=1)
    assert "a government member cannot ask about" in said["error"]
    assert "leave out --kinds" in said["hint"]
    assert ministry.says("overlap", "list")["askings"] == []


def test_a_short_list_cannot_be_asked_about(town: Town) -> None:
    town["agency"].pastes([f"few-{at}.example" for at in range(19)], "Few")
    said = town["agency"].says("overlap", "ask", "Pigeon", "--case", "Few", code=1)
    assert "19 elements are fewer than the minimum of 20" in said["error"]


PUBLIC = ("--to", "community", "--tlp", "clear")
REPLY = ("--right-of-reply", "by letter on 2026-03-01, no answer")
NAMES = "naming Example Agency Ltd in public needs a second person"


def claims(node: Node, title: str, *more: str) -> str:
    """Open a case, and record in it who ran the operation; gives the claim's id."""
    node.says("case", "new", title)
    said = node.says("claim", "add", title, "Example Agency ran it", *CLAIM, *more)
    return str(said["id"])


def test_naming_an_operator_in_public_needs_a_review_by_a_second_person(town: Town) -> None:
    lab = town["lab"]
    claims(lab, "Attribution", *REPLY)
    assert NAMES in lab.says("release", "Attribution", *PUBLIC, code=1)["error"]
    assert lab.says("release", "Attribution", *PUBLIC[:-1], "green", "--preview")["refusals"] == []
    approve(lab, "Attribution")
    by_the_reviewer = ("--as", SECOND, "release", "Attribution", *PUBLIC)
    assert "cannot release it as well" in lab.says(*by_the_reviewer, code=1)["error"]
    objects = lab.says("release", "Attribution", *PUBLIC)["objects"]
    town.sync("lab", "pigeon")
    got = {each["id"]: each for each in town["pigeon"].says("inbox")["objects"]}
    assert set(objects) <= set(got)


def test_a_name_typed_into_a_claim_is_no_second_person(town: Town) -> None:
    lab = town["lab"]
    lab.says("case", "new", "Typed")
    typed = ("claim", "add", "Typed", "they ran it", *CLAIM, *REPLY, "--approved-by", SECOND)
    assert "approved-by" in lab.does(*typed, code=2).stderr


def test_who_recorded_a_claim_is_not_its_second_person(town: Town) -> None:
    lab = town["lab"]
    lab.says("case", "new", "By ben")
    typed = ("claim", "add", "By ben", "Example Agency ran it", *CLAIM, *REPLY)
    lab.says("--as", f" {SECOND.upper()}", *typed)
    review = ("--as", SECOND, "case", "review", "By ben", "--approve", "--why", "same operator")
    assert f"{SECOND} recorded 1 of its claims" in lab.does(*review).stderr
    error = lab.says("release", "By ben", *PUBLIC, code=1)["error"]
    assert f"{SECOND} recorded it and cannot review it as well" in error


def test_a_blank_name_is_nobodys(town: Town) -> None:
    lab = town["lab"]
    assert lab.says("--as", " ", "case", "new", "Blank")["opened_by"] == PERSON


def test_the_right_of_reply_is_recorded_before_an_operator_is_named(town: Town) -> None:
    lab = town["lab"]
    first = claims(lab, "Unheard")
    approve(lab, "Unheard")
    said = lab.says("release", "Unheard", *PUBLIC, code=1)
    assert "no record that Example Agency Ltd was offered a reply" in said["error"]
    assert "--right-of-reply" in said["hint"]
    typed = ("claim", "add", "Unheard", "Example Agency ran it", *CLAIM, *REPLY)
    lab.says(*typed, "--supersedes", first)
    assert NAMES in lab.says("release", "Unheard", *PUBLIC, code=1)["error"]
    approve(lab, "Unheard")
    said = lab.says("release", "Unheard", *PUBLIC)
    assert len(said["objects"]) == 1
    assert [each["why"] for each in said["stays"]] == ["a later claim supersedes it"]


def test_a_rejection_stops_what_waits_and_names_what_has_left(town: Town) -> None:
    lab, reject = town["lab"], ("--reject", "--why", "the wrong company")
    claims(lab, "Taken back", *REPLY)
    approve(lab, "Taken back")
    waiting = lab.says("release", "Taken back", *PUBLIC, "--hold", "1h")["objects"]
    said = lab.says("--as", SECOND, "case", "review", "Taken back", *reject)
    assert (said["stopped"], said["left"]) == (waiting, [])
    assert waiting[0] not in [each["id"] for each in lab.says("outbox")["outbox"]]
    assert "stands no more" in lab.does("case", "show", "Taken back").stdout

    approve(lab, "Taken back")
    gone = lab.says("release", "Taken back", *PUBLIC)["objects"]
    assert gone != waiting
    town.sync("lab")
    said = lab.says("--as", SECOND, "case", "review", "Taken back", *reject)
    assert (said["stopped"], said["left"]) == ([], gone)
    lab.says("withdraw", gone[0], "--why", "the wrong company")


def test_what_a_partner_gave_under_a_marking_leaves_under_no_laxer_one(town: Town) -> None:
    lab = town["lab"]
    lab.says("import", "-", "--case", "Partner", "--tlp", "amber", stdin=b"partner.example\n")
    lab.says("import", "-", "--case", "Partner", stdin=b"ours.example\n")
    green = ("release", "Partner", "--to", "Pigeon", "--tlp", "green", "--preview")
    said = lab.says(*green)
    assert [each["what"] for each in said["leaves"]] == ["ours.example"]
    assert [each["why"] for each in said["stays"]] == [
        "it was given as TLP:AMBER; TLP:GREEN would be laxer"
    ]
    assert len(lab.says(*green[:5], "amber", "--preview")["leaves"]) == 2


@pytest.mark.parametrize("format_", ["stix", "opencti"])
def test_an_export_holds_a_public_attribution_to_the_same_rule(
    town: Town, tmp_path: Path, format_: str
) -> None:
    lab, title = town["lab"], f"Written for {format_}"
    claims(lab, title, *REPLY)
    lab.pastes(["beacon.example"], title)
    file = tmp_path / "case.json"
    typed = ("export", title, "--format", format_, "--tlp", "clear", "-o", file)
    assert NAMES in str(lab.says(*typed)["left_out"])
    assert "Example Agency" not in file.read_text()
    approve(lab, title)
    assert NAMES not in str(lab.says(*typed)["left_out"])
    assert NAMES in str(lab.says("--as", SECOND, *typed)["left_out"])


def test_a_claim_that_attributes_without_a_date_or_confidence_is_no_claim(town: Town) -> None:
    town["lab"].says("case", "new", "Undated")
    typed = ("claim", "add", "Undated", "they did it", *CLAIM[:6])
    said = town["lab"].says(*typed, code=1)
    assert "no date or no confidence" in said["error"]


def test_two_sources_that_disagree_are_both_kept(town: Town) -> None:
    lab = town["lab"]
    lab.says("case", "new", "Meeting")
    for claimant, value in (("Report A", "eight"), ("Report B", "nine")):
        lab.says(
            *("claim", "add", "Meeting", f"{value} companies met"),
            *("--claimant", claimant, "--evidence", "open-reporting"),
            *("--answers", "companies at the meeting in May", "--value", value),
        )
    said = lab.says("claim", "list", "Meeting")
    assert len(said["claims"]) == 2
    assert said["disagreements"] == [
        {
            "question": "companies at the meeting in May",
            "answers": [["Report A", "eight"], ["Report B", "nine"]],
        }
    ]
