"""What `tocsin detect pages` says to people and to programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.detect.pages.made import FAKE, GAZETTE, entry, har, page, response
from tocsin.cli.root import cli
from tocsin.records import Finding, FindingKind

NAME = "<meta property=og:site_name content='Town Gazette'>"


def typed(*words: str | Path, command: str = "pages") -> Result:
    return CliRunner().invoke(cli, ["detect", command, *map(str, words)])


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "real.har").write_bytes(har(entry(GAZETTE, page(head=NAME))))
    (tmp_path / "fake.warc").write_bytes(
        response(FAKE, page(head=NAME + "<script>'UA-99999-1'</script>"))
    )
    (tmp_path / "nothing.html").write_text("<p>x", encoding="utf-8")
    return tmp_path


def test_programs_get_findings_counts_and_a_table_for_sites(room: Path) -> None:
    table = room / "table.csv"
    answer = typed(room / "fake.warc", "--own", room / "real.har", "-o", table, "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["records"], said["pages"], said["sites"], said["genuine"]) == (1, 1, 1, 1)
    assert [each["subjects"] for each in said["findings"]] == [["towngazette-live.test"]]
    assert said["table"] == str(table)
    assert said["rows"] == len(table.read_text("utf-8").splitlines()) - 1 > 0
    sites = typed(table, "--json", command="sites")
    assert sites.exit_code == 0, sites.output
    assert json.loads(sites.stdout)["rows"] == said["rows"]


def test_people_get_defanged_lines_and_a_caution(room: Path) -> None:
    answer = typed(room / "fake.warc", "--real", room / "real.har")
    assert "towngazette-live[.]test" in answer.stdout
    assert 'it calls itself "Town Gazette"' in answer.stdout
    assert "Nothing was fetched" in answer.stdout
    assert FAKE not in answer.stdout


def test_alerts_about_names_are_told_apart_by_what_the_pages_show(room: Path) -> None:
    alerts = [
        Finding(
            kind=FindingKind.NAMES,
            behaviour="imitates",
            subjects=(host,),
            evidence=({"entity": "Town Gazette", "own_domains": ["towngazette.example"]},),
        ).to_json()
        for host in ("towngazette-live.test", "towngazete.test")
    ]
    (room / "alerts.json").write_text(json.dumps({"findings": alerts}), encoding="utf-8")
    style = f"<link rel=stylesheet href='{GAZETTE}main.css'>"
    (room / "fake.warc").write_bytes(response(FAKE, page(head=NAME + style)))
    answer = typed(room / "fake.warc", "--alerts", room / "alerts.json", "--json")
    said = json.loads(answer.stdout)
    assert said["alerts"] == {"confirmed": 1, "not-captured": 1}
    assert [each["rule"] for each in said["findings"]] == ["name-alert+name+hot-link"]


def test_the_alerts_of_the_first_stage_are_read_as_they_are_written(room: Path) -> None:
    (room / "watched.toml").write_text(
        '[[entities]]\nname = "Town Gazette"\ndomains = ["towngazette.example"]\n', encoding="utf-8"
    )
    (room / "new.txt").write_text("towngazette-live.test\nbees.test\n", encoding="utf-8")
    first = typed(room / "new.txt", "--watchlist", room / "watched.toml", "--json", command="names")
    assert first.exit_code == 0, first.output
    (room / "alerts.json").write_text(first.stdout, encoding="utf-8")
    answer = typed(
        *(room / "fake.warc", "--own", room / "real.har"),
        *("--alerts", room / "alerts.json", "--json"),
    )
    assert json.loads(answer.stdout)["alerts"] == {"confirmed": 1}


def test_copies_of_one_page_are_tied_by_what_their_operator_added_and_not_by_what_they_copied(
    room: Path,
) -> None:
    copied, added = "<script>'UA-11111-1'</script>", "<script>'UA-99999-1'</script>"
    (room / "real.har").write_bytes(har(entry(GAZETTE, page(head=NAME + copied))))
    fakes = {"one": copied + added, "two": copied + added, "three": copied}
    (room / "fakes.har").write_bytes(
        har(*(entry(f"https://{name}.test/", page(head=head)) for name, head in fakes.items()))
    )
    typed(room / "fakes.har", "--own", room / "real.har", "-o", room / "table.csv")
    (finding,) = json.loads(typed(room / "table.csv", "--json", command="sites").stdout)["findings"]
    assert finding["subjects"] == ["one.test", "two.test"]


def test_damage_is_exit_code_3_and_loses_nothing_beside_it(room: Path) -> None:
    (room / "saved.html").write_text(page(), encoding="utf-8")
    words = (room / "fake.warc", room / "saved.html", "--own", room / "real.har", "--json")
    answer = typed(*words)
    assert answer.exit_code == 3
    said = json.loads(answer.stdout)
    assert [each["kind"] for each in said["defects"]] == ["no-address"]
    assert len(said["findings"]) == 1
    told = typed(*words, "--at", "saved.html=https://elsewhere.test/")
    assert (told.exit_code, json.loads(told.stdout)["pages"]) == (0, 2)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--at", "page.html"), "such as page.html="),
        (("--own-site", "no site"), "such as town-news"),
        (("--alerts", "real.har"), "detect names --json"),
        (("--own", "nothing.html"), "no-address (nothing.html)"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(
    room: Path, words: tuple[str, ...], hint: str
) -> None:
    put = [room / each if (room / each).exists() else each for each in words]
    answer = typed(room / "fake.warc", *put)
    assert answer.exit_code in {1, 2}
    assert hint in answer.stderr


def test_a_further_site_of_the_owner_is_no_suspect(room: Path) -> None:
    words = (room / "fake.warc", "--own", room / "real.har", "--own-site", FAKE, "--json")
    assert json.loads(typed(*words).stdout)["findings"] == []
