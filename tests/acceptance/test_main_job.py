"""A practitioner's Monday, typed: what two organisations share, act on, take back and prove."""

from pathlib import Path
from typing import Any

import pytest
from taxii2client.v21 import Collection, Server, as_pages

from tests.acceptance.town import SECOND, Node, Town, process, tocsin, wait_until

OBSERVED = "domain,first seen\n"


def names(word: str, count: int = 40, *, start: int = 0) -> list[str]:
    return [f"{word}-{at}.example" for at in range(start, start + count)]


def defanged(values: list[str]) -> bytes:
    return "\n".join(value.replace(".", "[.]") for value in values).encode()


def observed(values: list[str], day: int) -> bytes:
    return (OBSERVED + "".join(f"{each},2026-03-{day:02d}\n" for each in values)).encode()


def inbox_names(node: Node, word: str) -> set[str]:
    return {each["name"] for each in node.says("inbox")["objects"] if word in str(each["name"])}


def members(rows: Any) -> dict[str, str]:
    return {row["member"]: row["why"] for row in rows}


def ask_and_count(town: Town, asker: str, holder: str, *options: str) -> str:
    """Ask, and let both sides work until the number is there; gives the asking's id."""
    asked = town[asker].says("overlap", "ask", town[holder].name, *options)
    assert (asked["common"], asked["state"], asked["items"]) == (None, "waiting", [])

    def is_counted() -> bool:
        town.sync(holder)
        said = town[asker].says("overlap", "show", asked["id"])
        return bool(said["state"] == "counted")

    wait_until(is_counted)
    return str(asked["id"])


def test_forty_pasted_domains_become_a_case_and_pasting_again_adds_nothing(town: Town) -> None:
    text = b"Hi both,\nplease look at these, seen since Friday:\n" + defanged(names("monday"))
    typed = ("--home", town["lab"].folder, "--json", "import", "-", "--case", "From a partner")
    first = process(*typed, stdin=text).said
    (file,) = first["files"]
    assert file["path"] == "-"
    assert (file["records"], file["kept"]) == (42, 42)
    assert [(each["kind"], each["count"], each["lost"]) for each in file["defects"]] == [
        ("prose", 2, 0)
    ]
    assert (first["new"], first["case"]["items"]) == (42, 42)
    again = process(*typed, stdin=text).said
    assert (again["new"], again["known"], again["case"]["items"]) == (0, 42, 42)


def test_two_members_learn_how_much_they_share_and_then_what_and_since_when(town: Town) -> None:
    lab, parrot = town["lab"], town["parrot"]
    lab.does("import", "-", "--case", "Asked", stdin=observed(names("shared", 30), 2))
    parrot.does("import", "-", stdin=observed(names("shared", 10), 1))
    parrot.does("import", "-", stdin=observed(names("shared", 10, start=10), 5))
    parrot.does("import", "-", stdin=defanged(names("shared", 5, start=20) + names("parrots")))
    asking = ask_and_count(town, "lab", "parrot", "--case", "Asked")

    before = lab.says("overlap", "show", asking)
    assert (before["asked"], before["common"], before["items"]) == (30, 25, [])
    held = parrot.says("overlap", "show", asking)
    assert (held["asked"], held["common"], held["items"]) == (30, 25, [])

    assert parrot.says("overlap", "approve", asking)["state"] in {"counted", "revealed"}
    town.sync("lab", "parrot")
    after = lab.says("overlap", "show", asking)
    assert after["state"] == "revealed"
    assert {each["value"] for each in after["items"]} == set(names("shared", 25))
    assert after["first"] == {"ours": 10, "theirs": 10, "same": 0, "unknown": 5}
    theirs = parrot.says("overlap", "show", asking)
    assert theirs["first"] == {"ours": 10, "theirs": 10, "same": 0, "unknown": 5}
    unknown = [each for each in after["items"] if each["theirs_first_seen"] is None]
    assert {each["value"] for each in unknown} == set(names("shared", 5, start=20))


def test_a_refused_asking_tells_the_asker_why_and_no_item(town: Town) -> None:
    town["pigeon"].pastes(names("refused"), "Refused")
    town["agency"].pastes(names("refused"), "Mine")
    asking = ask_and_count(town, "pigeon", "agency", "--case", "Refused")
    town["agency"].does("overlap", "refuse", asking, "--why", "not ours to tell")
    town.sync("pigeon")
    said = town["pigeon"].says("overlap", "show", asking)
    assert (said["state"], said["items"]) == ("refused", [])
    assert "not ours to tell" in said["why"]
    listed = town["pigeon"].says("overlap", "list")["askings"]
    assert asking in {each["id"] for each in listed}


@pytest.mark.parametrize(
    ("to", "tlp", "receivers"),
    [
        (["community"], "green", {"pigeon", "parrot", "agency", "ministry"}),
        (["kind:platform"], "amber", {"pigeon", "parrot"}),
        (["Pigeon", "Agency"], "amber", {"pigeon", "agency"}),
        (["Watchers"], "amber+strict", {"parrot", "agency"}),
        (["Agency"], "red", {"agency"}),
        (["Watchers", "Pigeon"], "red", {"pigeon"}),
    ],
)
def test_who_gets_a_release_is_whom_its_preview_named(
    town: Town, to: list[str], tlp: str, receivers: set[str]
) -> None:
    if not tocsin("exchange", "groups", town.exchange, "--json").said["groups"]:
        tocsin(
            *("exchange", "groups", town.exchange, "--create", "Watchers"),
            *("--add", "Watchers", "Parrot", "--add", "Watchers", "Agency"),
            *("--add", "Watchers", "Example Lab"),
        )
        town.sync()
    word = f"to-{'-'.join(to)}-{tlp}".lower().replace(":", "-").replace("+", "-")
    lab = town["lab"]
    lab.pastes(names(word, 3), word)
    typed = ["release", word, "--tlp", tlp, *(part for each in to for part in ("--to", each))]
    preview = lab.says(*typed, "--preview")
    named = {town[short].name for short in receivers}
    others = {node.name for node in town.members.values()} - named
    assert set(members(preview["recipients"])) == named
    assert set(members(preview["not_recipients"])) == others
    assert all(row["why"] for row in preview["recipients"] + preview["not_recipients"])
    assert members(preview["not_recipients"])["Example Lab"] == "releases it"
    assert (len(preview["leaves"]), preview["objects"]) == (3, [])
    assert lab.says("sync")["sent"] == 0

    released = lab.says(*typed)
    assert released["recipients"] == preview["recipients"]
    assert len(released["objects"]) == 3
    town.sync()
    got = {short for short in town.members if inbox_names(town[short], word)}
    assert got == receivers
    for short in receivers:
        assert inbox_names(town[short], word) == set(names(word, 3))


def test_a_match_is_answered_by_a_sighting_in_the_authors_inbox(town: Town) -> None:
    lab, pigeon = town["lab"], town["pigeon"]
    pigeon.pastes(names("seen"), "Seen")
    lab.does("import", "-", stdin=observed(names("seen", 7), 4))
    released = pigeon.says("release", "Seen", "--to", "Example Lab", "--tlp", "amber")
    town.sync("pigeon", "lab")
    found = lab.says("match")
    ours = [each for each in found["matches"] if each["value"].startswith("seen-")]
    assert {each["value"] for each in ours} == set(names("seen", 7))
    assert {each["object"] for each in ours} <= set(released["objects"])
    assert all(each["evidence"][0]["rule"] == "exact" for each in ours)
    assert len(found["sightings"]) >= 7
    assert lab.says("match")["sightings"] == []

    town.sync("lab", "pigeon")
    answers = {
        each["sighting_of"]: each["author"]
        for each in pigeon.says("inbox")["objects"]
        if each["type"] == "sighting"
    }
    assert {each["object"]: "Example Lab" for each in ours}.items() <= answers.items()


def test_a_withdrawal_flags_what_was_made_from_it_two_hops_away(town: Town) -> None:
    lab, pigeon, agency = town["lab"], town["pigeon"], town["agency"]
    lab.pastes(names("error", 4), "Error")
    lab.says("release", "Error", "--to", "Pigeon", "--tlp", "green")
    town.sync("lab", "pigeon")
    received = {
        each["name"]: each["id"]
        for each in pigeon.says("inbox")["objects"]
        if str(each["name"]).startswith("error-")
    }
    pigeon.says("case", "new", "Onward")
    pigeon.says("case", "add", "Onward", *received.values())
    onward = pigeon.says("release", "Onward", "--to", "Agency", "--tlp", "green")
    assert len(onward["objects"]) == 4
    town.sync("pigeon", "agency")
    second = {
        each["name"]: each for each in agency.says("inbox")["objects"] if "error-" in each["name"]
    }
    wrong = received["error-2.example"]
    assert second["error-2.example"]["derived_from"] == [wrong]

    done = lab.says("withdraw", wrong, "--why", "a newspaper's own site")
    assert done["reached"] == ["Pigeon"]
    town.sync("lab", "pigeon", "agency")
    at_pigeon = pigeon.says("inbox")
    (gone,) = [each for each in at_pigeon["objects"] if each["id"] == wrong]
    assert (gone["withdrawn"], gone["why_withdrawn"]) == (True, "a newspaper's own site")
    case = pigeon.says("case", "show", "Onward")["id"]
    mine = second["error-2.example"]["id"]
    assert {wrong, case, mine} <= {flag["id"] for flag in at_pigeon["flags"]}
    at_agency = agency.says("inbox")
    assert {flag["id"] for flag in at_agency["flags"]} == {mine}
    still = [each["name"] for each in at_agency["objects"] if "error-" in str(each["name"])]
    assert sorted(still) == sorted(names("error", 4))


def test_what_waits_in_the_outbox_can_be_stopped_and_never_leaves(town: Town) -> None:
    pigeon = town["pigeon"]
    pigeon.pastes(names("held", 2), "Held")
    made = pigeon.says("release", "Held", "--to", "Parrot", "--tlp", "green", "--hold", "1h")
    town.sync("pigeon", "parrot")
    assert inbox_names(town["parrot"], "held-") == set()
    waiting = {each["id"] for each in pigeon.says("outbox")["outbox"]}
    assert set(made["objects"]) <= waiting
    left = pigeon.says("outbox", "--stop", made["objects"][0])["outbox"]
    assert {each["id"] for each in left} == waiting - {made["objects"][0]}


def test_a_file_does_what_a_sync_does_when_the_exchange_is_down(town: Town, tmp_path: Path) -> None:
    parrot, agency = town["parrot"], town["agency"]
    parrot.pastes(names("stick", 5), "Stick")
    parrot.says("release", "Stick", "--to", "Agency", "--tlp", "amber")
    file = tmp_path / "stick.json"
    assert parrot.says("sync", "--bundle-out", file)["sent"] >= 5
    assert b"stick-1.example" not in file.read_bytes()
    taken = agency.says("sync", "--bundle-in", file)
    assert (taken["received"], taken["refused"]) == (5, [])
    assert inbox_names(agency, "stick-") == set(names("stick", 5))
    assert agency.says("sync", "--bundle-in", file)["received"] == 0
    town.sync("parrot", "agency")
    assert len([1 for each in agency.says("inbox")["objects"] if "stick-" in each["name"]]) == 5


def test_another_taxii_client_reads_what_its_member_may_see(town: Town) -> None:
    town["lab"].pastes(names("taxii", 12), "Taxii")
    town["lab"].says("release", "Taxii", "--to", "Agency", "--tlp", "amber")
    town.sync("lab")
    seen: dict[str, set[str]] = {}
    for short in ("agency", "parrot"):
        login = town[short].says("key", "taxii")
        server = Server(login["url"], user=login["user"], password=login["password"])
        (root,) = server.api_roots
        collection = root.collections[0]
        named = Collection(login["collection"], user=login["user"], password=login["password"])
        assert named.id == collection.id
        pages = as_pages(collection.get_objects, per_request=5)
        objects = [each for page in pages for each in page.get("objects", [])]
        seen[short] = {str(each.get("name")) for each in objects}
    assert set(names("taxii", 12)) <= seen["agency"]
    assert not any(name.startswith("taxii-") for name in seen["parrot"])


@pytest.mark.parametrize("where", ["lab", "pigeon", "parrot", "agency", "ministry", "exchange"])
def test_the_logs_hold_after_all_of_this(town: Town, where: str) -> None:
    said = tocsin("--json", "ledger", "verify", town.folder / where).said
    assert said["ok"] is True
    assert said["first_bad"] is None
    assert said["entries"] > 0


def test_a_second_person_is_named_in_the_review_of_a_case(town: Town) -> None:
    lab = town["lab"]
    lab.pastes(names("reviewed", 2), "Reviewed")
    said = lab.says("--as", SECOND, "case", "review", "Reviewed", "--approve", "--why", "checked")
    assert (said["is_reviewed"], said["reviews"][0]["by"]) == (True, SECOND)
