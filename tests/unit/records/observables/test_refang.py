"""Defanging is undone in every form that lists and partners use."""

import pytest

from tocsin.records.observables import is_defanged, refang


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("a[.]example", "a.example"),
        ("a(.)example", "a.example"),
        ("a{.}example", "a.example"),
        ("a[dot]example", "a.example"),
        ("a (dot) example", "a.example"),
        ("a[.example", "a.example"),
        ("a.]example", "a.example"),
        (r"a\.example", "a.example"),
        ("www[.]a[.]example", "www.a.example"),
        ("hxxp://a.example", "http://a.example"),
        ("hXXps://a.example", "https://a.example"),
        ("h**p://a.example", "http://a.example"),
        ("https[:]//a.example", "https://a.example"),
        ("https{:}//a.example", "https://a.example"),
        ("http[://]a.example", "http://a.example"),
        ("https[:]//www[.]a[.]example/b[.]html", "https://www.a.example/b.html"),
        ("info[at]a[.]example", "info@a.example"),
        ("info (at) a (dot) example", "info@a.example"),
        ("info[@]a.example", "info@a.example"),
        ("a\u200b.exa\u00admple\ufeff", "a.example"),
        ("\uff41\uff0e\uff45xample", "a.example"),
        ("  a.example \n", "a.example"),
        ("plain words stay", "plain words stay"),
    ],
)
def test_a_defanged_value_is_made_whole(written: str, plain: str) -> None:
    assert refang(written) == plain


def test_joiners_between_letters_that_need_them_stay() -> None:
    persian = "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example"
    assert refang(persian) == persian
    assert refang("a\u200cb") == "ab"


def test_harmless_text_is_told_from_defanged_text() -> None:
    assert is_defanged("a[.]example")
    assert not is_defanged(" a.example ")


def test_text_built_to_take_many_rounds_is_returned_unchanged() -> None:
    hostile = "[" * 500 + "." + "]" * 500
    assert refang(refang(hostile)) == refang(hostile)
