"""Accounts meet in variants of one text: `detect coordination --trace text-families`."""

import random
from pathlib import Path

import pytest

from tests.acceptance.town import tocsin
from tests.unit.activity.rows import held, post
from tests.unit.detect.texts.corpora import article, edited
from tocsin.activity import Dataset, trace
from tocsin.cli.coordination_sources import Sources
from tocsin.detect.texts import FAMILY_TRACES, family_trace
from tocsin.foundation import NoProgress, UsageError

START = 1_715_601_600
CREW, TEXTS = 4, 20


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four accounts post their own variants of twelve texts within seconds; others post alone."""
    crew = [
        post(
            f"crew{by}",
            START + 9_000 * said + 5 * by,
            platform="vk",
            post=f"{said}-{by}",
            text=edited(article(said), by=by),
        )
        for said in range(TEXTS)
        for by in range(CREW)
    ]
    # Readers cite the same texts at leisure: the background that chance is told from.
    chance = random.Random(1)  # noqa: S311 - repeatable on purpose
    readers = [
        post(
            f"reader{by}",
            START + 9_000 * said + chance.randrange(8_000),
            platform="vk",
            post=f"{said}-r{by}",
            text=edited(article(said), by=1 + by % 3),
        )
        for said in range(TEXTS)
        for by in range(30)
    ]
    alone = [
        post(f"lone{at}", START + at, platform="ok", text=article(100 + at)) for at in range(9)
    ]
    folder = tmp_path_factory.mktemp("node")
    held(folder, [*crew, *readers, *alone])
    return folder


def test_accounts_that_post_variants_of_one_text_within_a_window_are_one_group(home: Path) -> None:
    words = ("--home", home, "detect", "coordination", "--trace")
    said = tocsin(*words, "text-families", "--json").said
    assert [group["accounts"] for group in said["groups"]] == [
        [f"vk:crew{by}" for by in range(CREW)]
    ]
    assert said["groups"][0]["objects_in_all"] == TEXTS


def test_an_object_is_a_family_and_its_content_the_post(home: Path) -> None:
    found = family_trace(Dataset(home), "text-families", NoProgress())
    assert found.column_names == ["account", "object", "time", "content"]
    assert len(set(found["object"].to_pylist())) == TEXTS
    assert not any(account.startswith("ok:") for account in found["account"].to_pylist())
    first = found.slice(0, 1).to_pylist()[0]
    assert (first["account"], first["time"], first["content"]) == ("vk:crew0", START, "vk:0-0")
    assert found["time"].to_pylist() == sorted(found["time"].to_pylist())


def test_only_a_first_text_of_a_family_counts_unless_all_are_asked_for(tmp_path: Path) -> None:
    rows = [
        post(who, at, platform="vk", text=edited(article(1), by=by), post=str(at))
        for at, (who, by) in enumerate([("a", 1), ("a", 2), ("b", 3), ("a", 4)])
    ]
    dataset = held(tmp_path, rows)
    first = family_trace(dataset, "text-families", NoProgress())
    every = family_trace(dataset, "text-families", NoProgress(), first_share=False)
    assert first["content"].to_pylist() == ["vk:0", "vk:2"]
    assert every["content"].to_pylist() == ["vk:0", "vk:1", "vk:2", "vk:3"]


def test_reposts_and_posts_without_a_time_are_left_out(tmp_path: Path) -> None:
    said = {"text": article(1), "platform": "vk"}
    rows = [post("a", 1, **said), post("b", 2, kind="repost", **said), post("c", None, **said)]
    assert len(family_trace(held(tmp_path, rows), "text-families", NoProgress())) == 0


def test_a_name_that_no_trace_has_is_named_with_those_that_are(home: Path) -> None:
    sources = Sources(files=(), columns={}, traces=("url", "rumours"), home=home)
    with pytest.raises(UsageError, match="'rumours' is no trace") as error:
        sources.read(first_only=True)
    assert {"url", "text-families"} <= set(error.value.hint.replace(",", "").split())
    with pytest.raises(UsageError, match="no trace of texts"):
        family_trace(Dataset(home), "url", NoProgress())
    assert set(FAMILY_TRACES) == {"text-families", "text-meanings"}


def test_equal_ids_of_posts_on_two_platforms_stay_two_posts(tmp_path: Path) -> None:
    rows = [post("a", 1, platform=each, post="7", urls=("https://x.example/a",)) for each in
            ("telegram", "vk")]  # fmt: skip
    assert trace(held(tmp_path, rows), "url")["content"].to_pylist() == ["telegram:7", "vk:7"]
