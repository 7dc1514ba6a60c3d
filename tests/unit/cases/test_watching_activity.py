"""Watches over activity: what a load brought is told once, by when it was loaded, not posted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.activity.rows import post, put
from tocsin.activity import Ad, Dataset
from tocsin.cases.watching import ActivityFeed, Ran, Watch, Watchbook
from tocsin.foundation import BadInputError, ManualClock, SeededEntropy
from tocsin.vault import Vault

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
MAY = 1_714_521_600


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    clock = ManualClock(START)
    made = Vault.create(tmp_path / "v.db", origin="test", clock=clock, entropy=SeededEntropy(3))
    with made:
        yield made


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path)


@pytest.fixture
def book(vault: Vault, dataset: Dataset) -> Watchbook:
    return Watchbook(vault, ManualClock(START), SeededEntropy(4), (ActivityFeed(dataset),))


def tells(book: Watchbook, watch: Watch) -> list[str]:
    """Run, have a person read it, and give the names of the hits."""
    ran = book.run(watch)
    book.told(ran)
    return sorted(hit.name for hit in ran.hits)


def first(ran: Ran) -> str:
    return ran.hits[0].why


ONE = {"platform": "vk", "handle": "newsroom_77", "name": "The Newsroom"}
TWO = {"platform": "vk", "handle": "reader", "name": "A Reader"}
LINK = "https://news.site.example/story"


@pytest.mark.parametrize(
    ("query", "names", "why"),
    [
        ("handle:newsroom", ["newsroom_77"], "the handle 'newsroom_77' is 'newsroom' but for"),
        ("domain:site.example", [LINK], "news.site.example is under site.example"),
        ("url:http://www.news.site.example/story", [LINK], f"it names {LINK}"),
        ('said:"breaking   NEWS"', ["reader"], "it says 'all the breaking news of today'"),
        ("hashtag:#Flood", ["newsroom_77"], "it has #flood"),
        ("hashtag:flood domain:site.example", ["newsroom_77"], "it has #flood; news.site.example"),
        ("resembles:newsroom type:account", ["newsroom_77"], "'newsroom_77' looks like"),
        ('name:"a reader"', ["reader"], "its name 'A Reader' holds"),
    ],
)
def test_each_way_to_look_at_activity_tells_what_it_is_for(
    book: Watchbook, dataset: Dataset, query: str, names: list[str], why: str
) -> None:
    rows = [
        post("1", MAY, post="1", urls=(LINK + "?utm_source=x",), hashtags=("Flood",), **ONE),
        post("2", MAY, post="2", text="All the brea\u200bking news\nof today", **TWO),
        post("2", MAY, post="3", urls=("https://other.example/",), text="Nothing", **TWO),
    ]
    put(dataset, rows)
    watch = book.add("Watch", [query], by="ada")
    ran = book.run(watch)
    assert [hit.name for hit in ran.hits] == names
    assert first(ran).startswith(why)
    assert (ran.hits[0].found.feed, ran.hits[0].origin) == ("activity", "export")


def test_a_hit_is_told_once_and_later_loads_tell_what_is_new_in_them(
    book: Watchbook, dataset: Dataset
) -> None:
    watch = book.add("Site", ["domain:site.example", "handle:newsroom"], by="ada")
    assert tells(book, watch) == []
    put(dataset, [post("1", MAY, post="1", urls=(LINK,), **ONE)], "first")
    assert tells(book, watch) == [LINK, "newsroom_77"]
    assert tells(book, watch) == []
    # Posted a year before, and loaded after: new is what a load brought.
    late = [
        post("1", MAY - 31_536_000, post="9", urls=(LINK, f"{LINK}/2"), **ONE),
        post("3", MAY - 31_536_000, post="8", platform="vk", handle="newsroom_78"),
    ]
    put(dataset, late, "second")
    assert tells(book, watch) == [f"{LINK}/2", "newsroom_78"]
    assert [len(each.hits) for each in book.all()] == [4]


def test_only_new_passes_over_accounts_and_links_that_were_there_though_they_act_again(
    book: Watchbook, dataset: Dataset
) -> None:
    put(dataset, [post("1", MAY, post="1", urls=(LINK,), **ONE)], "first")
    queries = ["domain:site.example", "handle:newsroom"]
    watch = book.add("Site", queries, by="ada", only_new=True)
    assert tells(book, watch) == []
    renamed = {**ONE, "handle": "newsroom_78"}
    rows = [post("1", MAY, post="2", urls=(LINK,), **ONE), post("1", MAY, post="3", **renamed)]
    put(dataset, rows, "second")
    assert tells(book, watch) == ["newsroom_78"]


def test_posts_are_told_one_by_one_only_where_the_query_asks_for_them(
    book: Watchbook, dataset: Dataset
) -> None:
    rows = [post("1", MAY + at, post=str(at), urls=(LINK,), **ONE) for at in range(50)]
    put(dataset, rows)
    assert tells(book, book.add("Link", ["domain:site.example"], by="ada")) == [LINK]
    every = book.add("Posts", ["domain:site.example type:post"], by="ada")
    assert len(tells(book, every)) == 50


def test_a_run_that_ends_before_it_told_tells_at_the_next(
    book: Watchbook, dataset: Dataset
) -> None:
    put(dataset, [post("1", MAY, post="1", urls=(LINK,), **ONE)])
    watch = book.add("Site", ["domain:site.example"], by="ada")
    book.run(watch)  # and the process dies before a person has read it
    assert tells(book, watch) == [LINK]
    assert tells(book, watch) == []


def test_where_ads_lead_and_who_shows_them_is_told_too(book: Watchbook, dataset: Dataset) -> None:
    shown = Ad(ad="1", platform="facebook", advertiser="55", advertiser_name="Good News Page",
               landing_urls=(LINK,), started=MAY)  # fmt: skip
    put(dataset, [shown])
    watch = book.add("Ads", ["domain:site.example", 'name:"good news"'], by="ada")
    assert tells(book, watch) == ["Good News Page", LINK]


def test_what_is_no_longer_in_the_dataset_is_a_hit_without_words(
    book: Watchbook, dataset: Dataset
) -> None:
    put(dataset, [post("1", MAY, post="1", urls=(LINK,), **ONE)])
    watch = book.add("Site", ["domain:site.example"], by="ada")
    book.run(watch)
    for load in dataset.loads():
        dataset.load_file(load.digest).unlink()
    (hit,) = book.all()[0].hits
    assert (hit.type, hit.why) == (
        "activity-link", "it met the query when it came, and is no longer here",
    )  # fmt: skip
    assert LINK not in str(hit.to_json())


def test_loads_of_a_version_that_did_not_number_them_are_seen_once(
    book: Watchbook, dataset: Dataset
) -> None:
    for name in ("first", "second"):
        put(dataset, [post(name, MAY, post=name, urls=(f"{LINK}/{name}",), **ONE)], name)
    for load in dataset.loads():
        path = dataset.load_file(load.digest)
        path.write_bytes(path.read_bytes().replace(b'"number":%d,' % load.number, b""))
    assert {load.number for load in dataset.loads()} == {0}
    watch = book.add("Site", ["domain:site.example"], by="ada")
    assert tells(book, watch) == [f"{LINK}/first", f"{LINK}/second"]
    put(dataset, [post("9", MAY, post="9", urls=(f"{LINK}/third",), **ONE)], "third")
    assert tells(book, watch) == [f"{LINK}/third"]


@pytest.mark.parametrize("query", ["handle:12", "url:nowhere", "hashtag:", "said:"])
def test_what_cannot_be_looked_for_is_named(book: Watchbook, query: str) -> None:
    with pytest.raises(BadInputError) as error:
        book.add("Wrong", [query], by="ada")
    assert error.value.hint
