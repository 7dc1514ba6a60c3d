"""Counts that stand in place of names, and cells that were left to be filled in."""

import pytest

from tocsin.records.observables import Quantity, is_placeholder, read_quantity, read_value


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("4,789 accounts", Quantity(4789, "account")),
        ("423 X accounts", Quantity(423, "account", "twitter")),
        ("423 comptes X", Quantity(423, "account", "twitter")),
        ("1 600 comptes", Quantity(1600, "account")),
        ("18 accounts ", Quantity(18, "account")),
        ("1 Group", Quantity(1, "group")),
        ("1 Groups ", Quantity(1, "group")),
        ("15 acounts", Quantity(15, "account")),
        ("2 Pages", Quantity(2, "page")),
        ("7,704 Facebook accounts", Quantity(7704, "account", "facebook")),
        ("nearly 7,700 accounts", Quantity(7700, "account", None, True)),
        ("About 1,000 followers", Quantity(1000, "follower", None, True)),
        ("100+ accounts", Quantity(100, "account", None, True)),
        ("1.9 million accounts", Quantity(1_900_000, "account", None, True)),
        ("10k followers", Quantity(10_000, "follower", None, True)),
        ("12 accounts on Telegram", Quantity(12, "account", "telegram")),
        (
            "About 110 accounts on Facebook and Instagram",
            Quantity(110, "account", None, True),
        ),
    ],
)
def test_a_count_of_accounts_is_a_quantity_and_no_account(text: str, quantity: Quantity) -> None:
    assert read_quantity(text) == quantity
    reading = read_value(text)
    assert reading.quantity == quantity
    assert reading.observables == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "accounts",
        "12",
        "4,78 accounts",
        "2024 elections",
        "About 1,000 accounts followed one or more of these Pages",
        "About $60 in spending for ads on Facebook",
        "Elecciones Ejemplo 2023",
        "7Ejemplo",
        "12 accounts on some other day",
        "1" * 40 + " accounts",
    ],
)
def test_a_sentence_or_a_name_is_no_quantity(text: str) -> None:
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    "text",
    ["àremplir", "a remplir", "aremplir", "À REMPLIR", "<à remplir>", "tbd", "N/A", "n.a.",
     "unknown", "xxx", "?", "--", "…"],
)  # fmt: skip
def test_a_cell_left_to_be_filled_in_is_a_placeholder(text: str) -> None:
    assert is_placeholder(text)
    assert read_value(text).placeholder


@pytest.mark.parametrize("text", ["", "  ", "xx.com", "unknown persons", "na.example"])
def test_content_and_blanks_are_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)
