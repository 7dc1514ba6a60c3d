"""Traces against a slow oracle, and what each takes for the object."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.unit.activity.rows import held, post, put
from tocsin.activity import TRACES, Ad, Dataset, Post, trace
from tocsin.activity.tracesql import Options
from tocsin.foundation import BadInputError, UsageError

SHARES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 40)), max_size=25
)


def rows(dataset: Dataset, name: str, **options: Any) -> list[tuple[str, str, int]]:
    found = trace(dataset, name, **options).to_pylist()
    return [(each["account"], each["object"], each["time"]) for each in found]


def objects(dataset: Dataset, name: str, **options: Any) -> list[str]:
    return [each[1] for each in rows(dataset, name, **options)]


@settings(max_examples=200 if LONG else 15)  # each makes a dataset on disk
@given(shares=SHARES, chance=st.randoms())
def test_a_trace_is_the_first_share_of_each_account_and_object_in_whatever_order_rows_come(
    tmp_path_factory: pytest.TempPathFactory, shares: list[tuple[str, str, int]], chance: Random
) -> None:
    shuffled = [*shares, *shares[:3]]
    chance.shuffle(shuffled)
    posts = [post(who, at, object=what) for who, what, at in shuffled]
    dataset = held(tmp_path_factory.mktemp("home"), posts)
    first: dict[tuple[str, str], int] = {}
    for who, what, at in shares:
        first[who, what] = min(at, first.get((who, what), at))
    expected = sorted((at, who, what) for (who, what), at in first.items())
    assert rows(dataset, "object") == [(who, what, at) for at, who, what in expected]
    every = sorted({(at, who, what) for who, what, at in shares})
    assert rows(dataset, "object", first_share=False) == [
        (who, what, at) for at, who, what in every
    ]


def test_every_trace_has_the_columns_that_were_agreed(tmp_path: Path) -> None:
    for name in TRACES:
        schema = trace(Dataset(tmp_path), name).schema
        kinds = {each.name: str(each.type) for each in schema}
        assert kinds == {
            "account": "string",
            "object": "string",
            "time": "int64",
            "content": "string",
        }


def test_posts_without_time_or_object_are_in_no_trace(tmp_path: Path) -> None:
    assert rows(held(tmp_path, [post("a", None, object="x"), post("b", 1)]), "object") == []


def test_accounts_of_known_platforms_carry_it_and_meet_in_links(tmp_path: Path) -> None:
    one = post("1", 5, platform="vk", urls=("http://www.news.example/a?utm_source=x",))
    two = post("1", 9, platform="ok", urls=("https://news.example/a",) * 2)
    dataset = held(tmp_path, [one, two])
    link = "https://news.example/a"
    assert rows(dataset, "url", first_share=False) == [("vk:1", link, 5), ("ok:1", link, 9)]
    assert objects(dataset, "domain") == ["news.example"] * 2


def test_a_repost_is_of_its_original_else_of_its_words(tmp_path: Path) -> None:
    posts = [
        post("a", 1, platform="twitter", kind="repost", repost_of="7"),
        post("b", 2, kind="repost", text="RT @x: The same  words https://t.example/1"),
        post("c", 3, kind="repost", text="the same words"),
        post("d", 4, kind="post", text="the same words"),
        post("e", 5, kind="repost", text_key="41"),
    ]
    found = objects(held(tmp_path, posts), "repost")
    assert (found[0], found[3]) == ("twitter:7", "text 41")
    assert found[1] == found[2]
    assert len(found) == 4


def test_a_fast_repost_follows_its_original_within_seconds(tmp_path: Path) -> None:
    posts = [
        post(who, at, kind="repost", repost_of="7", repost_of_time=100)
        for who, at in (("a", 110), ("b", 111), ("c", 99))
    ]
    dataset = held(tmp_path, posts)
    assert [each[0] for each in rows(dataset, "fast-repost")] == ["a"]
    assert len(rows(dataset, "fast-repost", options=Options(fast_s=11))) == 2


def test_texts_are_equal_whatever_shows_nothing_and_wherever_they_link(tmp_path: Path) -> None:
    posts = [
        post("a", 1, text="Vote for the\u200b bridge on Sunday! https://a.example"),
        post("b", 2, text="vote for  the bridge on\nSunday!"),
        post("c", 3, text="short"),
    ]
    assert objects(held(tmp_path, posts), "text") == ["vote for the bridge on sunday!"] * 2


def test_hashtags_count_in_their_order_and_from_two_on(tmp_path: Path) -> None:
    posts = [post("a", 1, hashtags=("A", "b")), post("b", 2, hashtags=("b",))]
    assert objects(held(tmp_path, posts), "hashtags") == ["a b"]


def test_bursts_handles_and_targets(tmp_path: Path) -> None:
    one = post(
        "a",
        3_700,
        platform="x",
        handle="rose_1984",
        client="Web",
        account_created=7_199,
        mentions=("@Ada", "ada"),
        reply_to_account="9",
        media=("h1",),
    )
    dataset = held(tmp_path, [one])
    assert objects(dataset, "handle") == ["x rose"]
    assert objects(dataset, "client") == ["Web 1970-01-01T01:00Z"]
    assert rows(dataset, "creation") == [("x:a", "x 1970-01-01T01:00Z", 7_199)]
    assert objects(dataset, "minute") == ["1970-01-01T01:01Z"]
    assert objects(dataset, "mention") == ["x:ada"]
    assert objects(dataset, "reply") == ["x:@9"]
    assert objects(dataset, "media") == ["h1"]


def test_files_of_the_schema_give_the_same_trace_as_their_dataset(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", 1, object="x")])
    put(dataset, [post("b", 2, object="x")], "more")
    assert trace(dataset.files(), "object").equals(trace(dataset, "object"))


def test_a_name_or_file_that_is_none_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no trace") as unknown:
        trace(Dataset(tmp_path), "likes")
    assert "url" in unknown.value.hint
    (tmp_path / "posts.csv").write_text("account,object,time\n")
    with pytest.raises(BadInputError, match="no Parquet"):
        trace(tmp_path / "posts.csv", "object")


def test_a_quote_in_a_name_is_no_end_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "o'neill"
    folder.mkdir()
    posts: list[Post] = [post("a", 1, object="it's")]
    assert objects(held(folder, posts), "object") == ["it's"]


def test_advertisers_meet_in_what_they_show_where_it_leads_and_who_paid(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    ads = [
        Ad(
            platform="facebook", ad=str(at), advertiser=f"page{at}", payer=payer, creative="hash",
            landing_urls=("https://www.news.example/a?fbclid=9",), started=at,
        )
        for at, payer in enumerate(["Payer  Ltd", "payer ltd", None])
    ]  # fmt: skip
    put(dataset, [*ads, Ad(ad="9", creative="hash", started=1)])
    pages = [f"facebook:page{at}" for at in range(3)]
    assert rows(dataset, "ad-creative") == [(page, "hash", at) for at, page in enumerate(pages)]
    assert objects(dataset, "ad-link") == ["https://news.example/a"] * 3
    assert rows(dataset, "ad-payer") == [(pages[0], "payer ltd", 0), (pages[1], "payer ltd", 1)]
    assert trace(dataset, "ad-link")["content"].to_pylist() == [f"facebook:{at}" for at in range(3)]
