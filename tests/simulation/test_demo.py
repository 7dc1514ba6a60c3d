"""The whole demo, run once, against what its own files say."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.story import MARK, Story


def test_what_is_in_common_is_the_intersection_of_the_two_files(story: Story) -> None:
    platform, lab = _platform(story), _lab(story)
    assert story.facts["platform_holds"] == len(platform)
    assert story.facts["lab_holds"] == len(lab)
    assert story.facts["common"] == story.facts["revealed"] == len(platform & lab)
    assert story.facts["hidden_platform"] == len(platform - lab)
    assert story.facts["hidden_lab"] == len(lab - platform)
    assert story.facts["shown_before_consent"] == 0


def test_who_was_first_follows_from_the_recorded_observations_alone(story: Story) -> None:
    theirs = _observed(story.folder / "lists" / "harbourline-list.csv", "indicator")
    ours = _observed(story.folder / "lists" / "meridian-crawl.csv", "address")
    verdicts = {"ours": 0, "theirs": 0, "same": 0, "unknown": 0}
    for name in _platform(story) & _lab(story):
        first, second = ours.get(name), theirs.get(name)
        if first is None or second is None:
            verdicts["unknown"] += 1
        else:
            verdicts["same" if first == second else "ours" if first < second else "theirs"] += 1
    assert {key: story.facts[f"first_{key}"] for key in verdicts} == verdicts
    assert min(verdicts.values()) > 0


def test_plain_hashes_fall_and_what_crossed_does_not(story: Story) -> None:
    assert story.facts["plain_hashes"] == story.facts["plain_hashes_fallen"] == len(_lab(story))
    assert story.facts["guesses"] > len(_lab(story) | _platform(story))
    assert story.facts["names_found_in_bytes"] == 0
    assert story.facts["bytes_crossed"] > 0


def test_every_member_either_receives_the_release_or_does_not(story: Story) -> None:
    received = story.facts["recipients"] + story.facts["not_recipients"]
    assert received == story.facts["members"] == story.facts["organisations"]


def test_of_three_that_are_asked_one_answers_one_declines_one_is_silent(story: Story) -> None:
    # The first asking, of the whole list, is the second that was answered.
    assert story.facts["askings_answered"] == 2
    assert (story.facts["askings_declined"], story.facts["askings_silent"]) == (1, 1)


def test_the_asker_chases_answers_after_six_days(story: Story) -> None:
    assert story.facts["askings_oldest_days"] == 6


def test_the_mail_is_known_to_the_platform_as_far_as_the_files_say(story: Story) -> None:
    mail = (story.folder / "lists" / "monday-mail.txt").read_text("utf-8")
    plain = re.sub(r"\s*[\[(](?:dot|\.)[\])]\s*", ".", mail)
    named = set(re.findall(r"[a-z0-9-]+\.(?:example|test|invalid)", plain))
    assert story.facts["mail_asked"] == len(named)
    assert story.facts["mail_common"] == len(named & _platform(story))


def test_all_but_the_wrong_one_match_and_are_answered(story: Story) -> None:
    assert story.facts["matches"] == story.facts["sightings"] == story.facts["released"] - 1


def test_the_withdrawal_is_seen_two_hops_away(story: Story) -> None:
    assert story.facts["withdrawal_hops"] == 2


def test_the_flipped_byte_is_named_by_its_entry(story: Story) -> None:
    assert story.facts["logs_that_hold"] == story.facts["members"] + 1
    assert story.facts["named_entry"] == story.facts["flipped_entry"]


def test_json_is_one_document_and_nothing_else(story: Story) -> None:
    assert story.stdout.lstrip().startswith("{")
    assert {"facts", "seconds", "peak_mb", "page"} <= story.document.keys()


def test_memory_stays_below_the_limit(story: Story) -> None:
    assert 0 < story.document["peak_mb"] < 2_000


def test_the_page_holds_every_number_and_refers_to_nothing_else(story: Story) -> None:
    page = story.page.read_text("utf-8")
    reader = _Reader()
    reader.feed(page)
    assert {"script", "img", "link", "iframe"}.isdisjoint(reader.tags)
    assert "src" not in reader.names
    assert all(link.startswith("#") for link in reader.links)
    text = " ".join(reader.text)
    for value in story.facts.values():
        shown = f"{value:,}" if isinstance(value, int) else str(value)
        assert shown in text
    # Names are shown defanged only.
    assert not re.search(r"[a-z0-9]\.(?:example|test|invalid)\b", page)


def test_no_process_of_the_story_is_left(story: Story) -> None:
    assert story.folder.is_dir()
    assert _running_with(f"{MARK}={story.folder}") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_story_that_is_cut_off_leaves_no_process(number: int, tmp_path: Path) -> None:
    mark = f"TOCSIN_DEMO_CUT={tmp_path.name}"
    name, _, value = mark.partition("=")
    said = tmp_path / "said"
    with said.open("wb") as stderr:
        story = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "demo", "--json", "--dir", str(tmp_path / "story")],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, name: value},
        )
    waiting = tmp_path / "story" / "meridian" / "overlap-residents"
    # From the first asking on there are an exchange and a process that waits for the answer.
    _until(lambda: waiting.is_dir() or story.poll() is not None)
    assert story.poll() is None, said.read_text()
    story.send_signal(number)
    story.wait(timeout=60)
    _until(lambda: _running_with(mark) == [])


def _until(holds: Callable[[], bool], patience_s: float = 300) -> None:
    ends = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < ends, "it has not come about"
        time.sleep(0.1)


def _running_with(mark: str) -> list[str]:
    left = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in environ.read_bytes().split(b"\0"):
                left.append(environ.parent.name)
        except OSError:
            continue
    return left


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _refanged(cell: str) -> str:
    return cell.replace("[.]", ".").replace("hxxp", "http")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _platform(story: Story) -> set[str]:
    """Host names, also those inside addresses; no documentation addresses, counts and prose."""
    cells = {_refanged(row["indicator"]) for row in _rows(_list(story, "harbourline-list.csv"))}
    hosts = {cell.removeprefix("https://").partition("/")[0] for cell in cells}
    return {host for host in hosts if re.search(r"\.(?:example|test|invalid)$", host)}


def _lab(story: Story) -> set[str]:
    return {_refanged(row["domain name"]) for row in _rows(_list(story, "meridian-domains.csv"))}


def _list(story: Story, name: str) -> Path:
    return story.folder / "lists" / name


def _observed(path: Path, column: str) -> dict[str, str]:
    when = "first observed" if column == "indicator" else "first seen"
    return {_refanged(row[column]): row[when] for row in _rows(path) if row[when]}
