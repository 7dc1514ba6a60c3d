"""What imitates, what is an entity's own, and what nobody may be accused of."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cli.root import cli
from tocsin.detect.names import (
    Background,
    Entity,
    Reading,
    build_index,
    calibrate,
    entity_from,
    find_matches,
    find_names,
    hosts_in,
    read_list,
    write_list,
)

GAZETTE = Entity(name="The Gazettier", domains=("gazettier.com",), sister_suffixes=("co.uk",))
INSTITUTE = Entity(name="Institute of Paper Boats", domains=("paperboatsinstitute.org",))
BILD = Entity(name="Bild", domains=("bild.de",))
DELFI = Entity(name="Delfi", domains=("delfi.lv",))
RBK = Entity(name="RBK", domains=("rbk.ru",))
WELT = Entity(name="Welt", domains=("welt.de",))
UKR = Entity(name="UkrNet", domains=("ukr.net",))
MINISTRY = Entity(name="Ministry", domains=("mfa.gov.af",))
GOVERNMENT = Entity(name="Government of Ukraine", domains=("gov.ua",))
ALL = (GAZETTE, INSTITUTE, BILD, DELFI, RBK, WELT, UKR, MINISTRY, GOVERNMENT)
INDEX = build_index(ALL)


def found(*hosts: str) -> list[tuple[str | None, tuple[str, ...]]]:
    """The rule and the entities of each finding."""
    findings = find_names(hosts_in(hosts, "test", Reading()), INDEX, Background()).findings
    return [(each.rule, each.objects) for each in findings]


@pytest.mark.parametrize(
    ("host", "rule", "name"),
    [
        ("gazettier.top", "other-suffix", "The Gazettier"),
        ("gazettler.com", "look-alike-letters", "The Gazettier"),
        ("gazett1er.com", "look-alike-letters", "The Gazettier"),
        ("xn--gazttier-30a.com", "look-alike-letters", "The Gazettier"),
        ("gazetttier.com", "misspelled", "The Gazettier"),
        ("gazettire.com", "misspelled", "The Gazettier"),
        ("paperbootsinstitut.org", "misspelled", "Institute of Paper Boats"),
        ("gazettier-login.com", "name-between-hyphens", "The Gazettier"),
        ("webmailgazettier.com", "name-with-lure-word", "The Gazettier"),
        ("mygazettlerportal.com", "name-with-lure-word", "The Gazettier"),
        ("oldpaperboatsinstitutexy.com", "name-inside", "Institute of Paper Boats"),
        ("mail-ukr-net.systems", "domain-written-out", "UkrNet"),
        ("gazettier.some-host.info", "name-as-subdomain", "The Gazettier"),
        ("mail-g0v-ua.info", "domain-written-out", "Government of Ukraine"),
        ("afghanistanmfa.net", "domain-written-out", "Ministry"),
        ("bild.vip", "other-suffix", "Bild"),
        ("gazеttier.com", "look-alike-letters", "The Gazettier"),  # noqa: RUF001 - the point
        ("gazettier.blogspot.com", "other-suffix", "The Gazettier"),
    ],
)
def test_an_imitation_is_told_with_its_rule_and_whom_it_imitates(
    host: str, rule: str, name: str
) -> None:
    assert [(said, name in whom) for said, whom in found(host)] == [(rule, True)]


@pytest.mark.parametrize(
    "host",
    [
        "gazettier.com", "www.gazettier.com", "a.b.gazettier.com", "gazettier.co.uk",
        "x.gazettier.co.uk", "minjust.gov.ua", "mfa.gov.af",
        "bildung.de", "bilder.com", "umwelt.de", "weltall.info", "gewelt.net", "delfinarium.com",
        "delfinen.no", "marbkirk.com", "barbkey.org", "bild.com", "welt.org",
        "tilda.ws", "squarespace.com", "pinterest.com", "eu.com", "blogspot.com",
    ],
)  # fmt: skip
def test_own_names_ordinary_words_and_shared_domains_never_alert(host: str) -> None:
    assert found(host) == []


def test_on_a_shared_domain_the_host_is_the_subject() -> None:
    hosts = hosts_in(["gazettier.tilda.ws"], "test", Reading())
    assert find_names(hosts, INDEX, Background()).findings[0].subjects == ("gazettier.tilda.ws",)


def test_evidence_names_entity_rule_key_and_background_rate() -> None:
    hosts = hosts_in(["gazettier.top"], "test", Reading())
    (finding,) = find_names(hosts, INDEX, Background()).findings
    first = finding.evidence[0]
    assert isinstance(first, dict)
    assert (first["entity"], first["key"], first["rule"]) == (
        "The Gazettier",
        "gazettier",
        "other-suffix",
    )
    assert isinstance(first["background_per_100k"], float)
    assert finding.q_value is None
    assert finding.explanations


@given(st.text(max_size=300))
def test_whatever_comes_is_read_or_named_and_never_raises(text: str) -> None:
    reading = Reading()
    find_names(hosts_in([text, "bild.vip"], "test", reading), INDEX, Background())
    assert reading.counts["rows"] == 2


LETTERS = "abcdefghjkmnopqstuvxyz"


@given(st.integers(1, 17), st.sampled_from(LETTERS), st.sampled_from(["drop", "add", "replace"]))
def test_one_edit_of_a_long_name_is_found(at: int, letter: str, act: str) -> None:
    name = "paperboatsinstitute"
    made = {
        "drop": name[:at] + name[at + 1 :],
        "add": name[:at] + letter + name[at:],
        "replace": name[:at] + letter + name[at + 1 :],
    }[act]
    assert [whom for _, whom in found(f"{made}.com")] == [("Institute of Paper Boats",)]


@given(st.lists(st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True), max_size=3))
def test_whatever_stands_below_an_own_domain_is_own(labels: list[str]) -> None:
    assert find_matches(".".join([*labels, "gazettier.com"]), INDEX) == []


def test_benign_names_silence_the_cell_that_they_meet_and_no_other() -> None:
    benign = calibrate(["gazettier.hu", "gazettier.ro"], INDEX)
    said = find_names(["gazettier.pl", "gazettier.hu", "gazettier.top"], INDEX, benign)
    assert [each.subjects for each in said.findings] == [("gazettier.top",)]
    assert (said.hosts["silenced"], said.hosts["benign"]) == (1, 1)


def test_a_name_that_is_attacked_much_is_not_silenced() -> None:
    attacks = [f"gazettier.{top}" for top in ("top", "vip", "lol", "icu", "shop", "site", "club")]
    assert len(find_names(attacks, INDEX, Background()).findings) == len(attacks)


def test_a_host_that_comes_again_alerts_once() -> None:
    said = find_names(["bild.vip", "other.net", "bild.vip"], INDEX, Background())
    assert (len(said.findings), said.hosts["repeated"]) == (1, 1)


def test_an_adversarys_own_name_alerts_and_so_does_its_return() -> None:
    brand = Entity(name="Recent Reliable", domains=("rrn-invented.media",), adversary=True)
    index = build_index([brand])
    hosts = ["rrn-invented.media", "rrn-invented.world"]
    rules = [each.rule for each in find_names(hosts, index, Background()).findings]
    assert rules == ["adversary's-own-name", "other-suffix"]


def test_bad_candidates_are_named_and_the_rest_is_done() -> None:
    rows = [
        "xn--9999999999.com", f"{'a' * 70}.com", ".".join(["abc"] * 64), "bi\u202eld.vip",
        "{broken", "bild.vip,2024-01-01", "bild.lol",
    ]  # fmt: skip
    reading = Reading()
    hosts = list(hosts_in(rows, "rows.txt", reading))
    assert hosts == ["bild.vip", "bild.lol"]
    assert sum(reading.faults.values()) == 5
    assert reading.faults["hidden-character"] == 1
    assert "\u202e" not in str(reading.defects())


def test_certstream_lines_and_differences_of_zones_are_read() -> None:
    leaf = {"leaf_cert": {"all_domains": ["*.bild.vip", "welt.lol"]}}
    rows = [
        json.dumps({"message_type": "certificate_update", "data": leaf}),
        json.dumps({"message_type": "heartbeat", "timestamp": 1.0}),
        "+delfi.life. 3600 IN NS ns.example.",
        "-delfi.lol. 3600 IN NS ns.example.",
        "--- old", "+++ new", "@@ -1 +1 @@",
    ]  # fmt: skip
    reading = Reading()
    assert list(hosts_in(rows, "feed", reading)) == ["bild.vip", "welt.lol", "delfi.life"]
    assert not reading.faults


@pytest.mark.parametrize("suffix", [".toml", ".json", ".csv"])
def test_a_watchlist_comes_back_from_its_file_as_it_went(suffix: str, tmp_path: Path) -> None:
    entity = entity_from(
        {
            "name": 'A "quoted" Ünit', "aliases": ["Єдність", "second"], "domains": ["a.example"],
            "handles": ["@unit"], "distinctive": False, "budget": 2.5, "adversary": True,
        },
        "test",
    )  # fmt: skip
    file = tmp_path / f"list{suffix}"
    file.write_text(write_list([entity], suffix), encoding="utf-8")
    assert read_list(file).entities == (entity,)


def test_a_bad_row_of_a_watchlist_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("bild.de\nnot a domain\nwelt.de\n", encoding="utf-8")
    read = read_list(file)
    assert [each.domains for each in read.entities] == [("bild.de",), ("welt.de",)]
    assert len(read.faults) == 1
    assert "list.txt row 2" in read.faults[0]


def typed(*words: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, [*map(str, words)], input=stdin)


def _listed(tmp_path: Path, domains: Iterable[str]) -> Path:
    file = tmp_path / "watched.txt"
    file.write_text("\n".join(domains), encoding="utf-8")
    return file


def test_programs_get_findings_and_counts(tmp_path: Path) -> None:
    watched = _listed(tmp_path, ["bild.de"])
    answer = typed("detect", "names", "--watchlist", watched, "--json", stdin="bild.vip\nx.net\n")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["entities"], said["names"], said["screened"]) == (1, 2, 2)
    assert [each["subjects"] for each in said["findings"]] == [["bild.vip"]]


def test_people_get_a_defanged_table_and_a_caution(tmp_path: Path) -> None:
    watched = _listed(tmp_path, ["bild.de"])
    answer = typed("detect", "names", "--watchlist", watched, stdin="bild.vip\n")
    assert "bild[.]vip" in answer.stdout
    assert "accuses nobody" in answer.stdout


def test_damage_is_exit_code_3(tmp_path: Path) -> None:
    watched = _listed(tmp_path, ["bild.de"])
    answer = typed("detect", "names", "--watchlist", watched, "--json", stdin="a..b\nbild.vip\n")
    assert answer.exit_code == 3
    assert len(json.loads(answer.stdout)["findings"]) == 1


def test_without_entities_the_command_says_how_to_add_one(tmp_path: Path) -> None:
    answer = typed("detect", "names", "--watchlist", _listed(tmp_path, []), stdin="bild.vip\n")
    assert answer.exit_code == 2
    assert "watchlist add" in answer.stderr


def test_a_domain_below_a_top_level_that_has_no_rule_of_its_own_can_be_watched() -> None:
    entity = entity_from({"domains": ["expo-invented.co.za"]}, "test")
    (finding,) = find_names(["expo-invented.top"], build_index([entity]), Background()).findings
    assert finding.objects == ("expo-invented.co.za",)
