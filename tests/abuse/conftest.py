"""One town for all that only asks, and copies for what changes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.calling import Wire
from tests.abuse.town import Town, copied
from tests.simulation.access.asgi import Loop


@pytest.fixture(scope="session")
def town_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled town, closed."""
    folder = tmp_path_factory.mktemp("abuse") / "town"
    Town.build(folder).close()
    return folder


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    opened = Loop()
    yield opened
    opened.close()


@pytest.fixture
def town(town_folder: Path, tmp_path: Path) -> Iterator[Town]:
    """A town of one's own."""
    with copied(town_folder, tmp_path / "town") as opened:
        yield opened


@pytest.fixture
def wire(town: Town, loop: Loop) -> Wire:
    return Wire(town.app, loop)


@pytest.fixture(scope="session")
def town_shared(
    town_folder: Path, tmp_path_factory: pytest.TempPathFactory, loop: Loop
) -> Iterator[tuple[Town, Wire]]:
    """A town for tests that run many examples and do not mind what others left."""
    with copied(town_folder, tmp_path_factory.mktemp("shared") / "town") as opened:
        yield opened, Wire(opened.app, loop)
