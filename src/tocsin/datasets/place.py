"""Where the data lies on this machine, and whether it is what was pinned."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.datasets.pinned import Dataset
from tocsin.foundation import BadInputError, Progress, TrustError

FOLDER_VARIABLE: Final = "TOCSIN_DATASETS"


@frozen
class Verified:
    """A dataset whose every pinned file is there, byte for byte.

    Attributes:
        path: the dataset's own folder.
        files: how many were verified; further files beside them were not looked at.
    """

    dataset: Dataset
    path: Path
    files: int


def folder_from(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that `TOCSIN_DATASETS` names, None when it names none."""
    named = environment.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def verify(dataset: Dataset, folder: Path | None, progress: Progress) -> Verified:
    """Find `dataset` in `folder` and compare every file with its pinned hash.

    Raises:
        BadInputError: when there is no such folder or file; says how to get it.
        TrustError: when a file holds other bytes than those pinned.
    """
    if folder is None:
        raise BadInputError(
            f"{dataset.name}: this version reads public data from a folder that you have; "
            f"{FOLDER_VARIABLE} names none",
            hint=f"{dataset.how_to_get}, then set {FOLDER_VARIABLE} to the folder around it",
        )
    place = folder / dataset.name
    if not place.is_dir():
        raise BadInputError(
            f"{place}: there is no such folder", hint=f"in {folder}: {dataset.how_to_get}"
        )
    with progress.task(f"verifying {dataset.name}", len(dataset.files)) as advance:
        for path, digest in dataset.files.items():
            _check(place / path, digest, dataset)
            advance()
    return Verified(dataset, place, len(dataset.files))


def _check(path: Path, digest: str, dataset: Dataset) -> None:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadInputError(
            f"{path}: cannot be read: {error.strerror}", hint=dataset.how_to_get
        ) from error
    if found != digest:
        raise TrustError(
            f"{path}: SHA-256 is {found}, pinned is {digest}",
            hint=f"take the file from {dataset.repository} at commit {dataset.commit}",
        )
