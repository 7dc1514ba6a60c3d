"""One town a module: founding it costs seconds, and its tests each use names of their own."""

from collections.abc import Iterator

import pytest

from tests.acceptance.town import Town, founded


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Five members: a research lab, two platforms, an agency and a ministry."""
    with founded(
        tmp_path_factory.mktemp("town"),
        lab=("Example Lab", "research"),
        pigeon=("Pigeon", "platform"),
        parrot=("Parrot", "platform"),
        agency=("Agency", "agency"),
        ministry=("Ministry", "government"),
    ) as made:
        yield made
