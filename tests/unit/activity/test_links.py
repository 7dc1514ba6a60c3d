"""Links in the spelling by which two posts share the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.activity.links import link_of


@pytest.mark.parametrize(
    ("url", "link", "domain"),
    [
        ("http://www.news.example/a", "https://news.example/a", "news.example"),
        (
            "https://m.news.example/a?utm_source=x&id=7",
            "https://news.example/a?id=7",
            "news.example",
        ),
        ("https://news.example/a?fbclid=1#top", "https://news.example/a", "news.example"),
        ("HTTPS://News.Example:443/A", "https://news.example/A", "news.example"),
        ("https://one.blogspot.com/p", "https://one.blogspot.com/p", "one.blogspot.com"),
    ],
)
def test_spellings_of_one_page_are_one_link(url: str, link: str, domain: str) -> None:
    assert link_of(url) == (link, domain)


@pytest.mark.parametrize("text", ["", "no address", "mailto:a@b.example", "ftp://a.example/x"])
def test_what_is_no_web_address_is_no_link(text: str) -> None:
    assert link_of(text) is None


@given(path=st.text(max_size=30), query=st.text(max_size=30))
def test_a_link_is_its_own_link(path: str, query: str) -> None:
    first = link_of(f"http://www.news.example/{path}?{query}")
    assert first is None or link_of(first[0]) == first
