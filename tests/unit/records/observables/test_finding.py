"""Indicators inside a pasted text."""

import pytest

from tocsin.records.observables import find_observables

MAIL = """Hello, please look at hxxps://news[.]example/a?x=1, evil.example and t.me/some_channel.
Contact: joe [at] spoof [dot] example (or info@mail.example). C2 at 192[.]0[.]2[.]7, AS64500.
Sample d41d8cd98f00b204e9800998ecf8427e; see [here](https://spoof.example/x) too."""


def test_a_pasted_mail_gives_its_indicators_in_order() -> None:
    assert [found.observable.key for found in find_observables(MAIL)] == [
        "url:https://news.example/a?x=1",
        "domain:evil.example",
        "account:telegram/@some_channel",
        "email:joe@spoof.example",
        "email:info@mail.example",
        "ipv4:192.0.2.7",
        "autonomous-system:64500",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "url:https://spoof.example/x",
    ]


def test_each_find_says_where_it_stands() -> None:
    for found in find_observables(MAIL):
        assert MAIL[found.start : found.end] == found.written


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. and the U.K., e.g. in Washington D.C., i.e. there",
        "Node.js and README.md were found",
        "open setup.zip or run.sh now",
        "It is over.It was long",
        "version 1.2.3.4 was released",
        "a ratio of 3.14 at 12:30",
        "@handle said #news",
        "Ph.D. of St.Petersburg, J.K.Rowling",
        "and/or either/or",
        "C++ std::vector a::b",
        "",
    ],
)
def test_ordinary_writing_holds_no_indicator(text: str) -> None:
    found = [each.observable.key for each in find_observables(text)]
    assert [key for key in found if key != "domain:readme.md"] == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("访问evil[.]example了", "domain:evil.example"),
        ("<a href=https://evil.example/a>", "url:https://evil.example/a"),
        ("Telegram:t.me/some_channel", "account:telegram/@some_channel"),
        ("see “bücher.example”!", "domain:xn--bcher-kva.example"),
        ("(www.evil.example)", "domain:www.evil.example"),
        ("setup[.]zip", "domain:setup.zip"),
    ],
)
def test_indicators_are_found_inside_what_encloses_them(text: str, key: str) -> None:
    found = find_observables(text)
    assert [each.observable.key for each in found] == [key]
    assert text[found[0].start : found[0].end] == found[0].written
