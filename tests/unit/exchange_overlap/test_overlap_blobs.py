"""Where the exchange keeps the bulk until it may delete it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.exchange.overlap import FileBlobs, MemoryBlobs
from tocsin.exchange.overlap.blobs import Blobs
from tocsin.foundation import SeededEntropy, StorageError

MAKERS: dict[str, Callable[[Path], Blobs]] = {
    "files": lambda folder: FileBlobs(folder / "bulk", SeededEntropy(1)),
    "memory": lambda _: MemoryBlobs(),
}


@pytest.fixture(params=sorted(MAKERS))
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return MAKERS[request.param](tmp_path)


def test_what_is_put_is_there_until_it_is_dropped(blobs: Blobs) -> None:
    blobs.put("a", "one", b"1")
    blobs.put("a", "two", b"2")
    blobs.put("a", "two", b"22")
    blobs.put("b", "one", b"")

    assert (blobs.get("a", "one"), blobs.get("a", "two"), blobs.get("b", "one")) == (
        b"1",
        b"22",
        b"",
    )
    assert blobs.names("a") == ("one", "two")
    blobs.drop("a", "one")
    assert blobs.names("a") == ("two",)
    blobs.drop("a")
    blobs.drop("a")
    blobs.drop("a", "two")
    assert (blobs.names("a"), blobs.get("a", "two"), blobs.names("b")) == ((), None, ("one",))


def test_a_folders_name_from_outside_stays_inside(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "bulk", SeededEntropy(1))
    blobs.put("../../../etc", "one", b"1")

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent.parent for path in files] == [tmp_path / "bulk"]
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "bulk").write_text("a file stands here")
    with pytest.raises(StorageError, match="bulk"):
        FileBlobs(tmp_path / "bulk", SeededEntropy(1)).put("a", "one", b"1")
