"""Writers by name."""

import pytest

from tocsin.exchange.writers import writer, writers
from tocsin.foundation import UsageError


def test_the_formats_are_those_that_the_command_offers() -> None:
    assert {"stix", "opencti", "misp", "csv", "xlsx"} <= set(writers())


def test_an_unknown_format_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'pdf' is no export format") as caught:
        writer("pdf")
    assert "stix" in caught.value.hint
