"""What intake's tests share: an empty vault, and one call that imports."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.intake import FileReport, ImportReport, import_files
from tocsin.vault import Vault

CLOCK = ManualClock(datetime(2026, 11, 3, 19, 0, tzinfo=UTC))

Import: TypeAlias = Callable[..., ImportReport]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault of a member."""
    made = Vault.create(
        tmp_path / "vault.db", origin="a.example", clock=CLOCK, entropy=SeededEntropy(1)
    )
    with made:
        yield made


@pytest.fixture
def importing(vault: Vault, tmp_path: Path) -> Import:
    """Import bytes as one file, or paths."""

    def run(*contents: bytes | Path, **options: Any) -> ImportReport:
        paths = []
        for at, content in enumerate(contents):
            path = content if isinstance(content, Path) else tmp_path / f"file-{at}"
            if isinstance(content, bytes):
                path.write_bytes(content)
            paths.append(path)
        return import_files(paths, vault, by="ana", clock=CLOCK, **options)

    return run


def only(report: ImportReport) -> FileReport:
    """The report of the one file that was imported."""
    (file,) = report.files
    return file


def defects(file: FileReport) -> dict[str, tuple[int, int]]:
    """Count and loss by kind."""
    return {defect.kind: (defect.count, defect.lost) for defect in file.defects}


def said_of(vault: Vault, key: str) -> list[dict[str, Any]]:
    """What every source said of the thing with this key."""
    with vault.read() as snapshot:
        ids = snapshot.private.find([key]).get(key, [])
        return [
            dict(trace.provenance.said)
            for object_id in ids
            for trace in snapshot.private.provenance(object_id)
        ]


def keys_in(vault: Vault) -> set[str]:
    """Every canonical key that the vault holds."""
    with vault.read() as snapshot:
        pairs = snapshot.private.keys()
        return {key for key, _ in pairs}


def bodies_of(vault: Vault, type_: str) -> list[dict[str, Any]]:
    """The current bodies of one type."""
    with vault.read() as snapshot:
        return [dict(held.object.body) for held in snapshot.private.iterate(type=type_)]
