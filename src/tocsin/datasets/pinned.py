"""The table of public data that Tocsin knows by name."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from attrs import frozen

from tocsin.foundation import BadInputError


@frozen(kw_only=True)
class Dataset:
    """One public repository at one commit.

    Attributes:
        repository: owner and name on GitHub.
        licence: as its owner states it.
        files: SHA-256 in hexadecimal by path inside the repository.
    """

    name: str
    repository: str
    commit: str
    licence: str
    about: str
    files: Mapping[str, str]

    @property
    def how_to_get(self) -> str:
        """What a person does to have the folder."""
        return (
            f"clone the public GitHub repository {self.repository} with git into a folder "
            f"called {self.name} and check out commit {self.commit}"
        )


@cache
def every_dataset() -> tuple[Dataset, ...]:
    """Return the datasets in the order of their names."""
    said = tomllib.loads(files("tocsin.datasets").joinpath("pinned.toml").read_text("utf-8"))
    return tuple(
        Dataset(
            name=name,
            repository=str(entry["repository"]),
            commit=str(entry["commit"]),
            licence=str(entry["licence"]),
            about=str(entry["about"]),
            files={str(path): str(digest) for path, digest in entry["files"].items()},
        )
        for name, entry in sorted(said.items())
    )


def find_dataset(name: str) -> Dataset:
    """Return the dataset of that name.

    Raises:
        BadInputError: when there is none.
    """
    for dataset in every_dataset():
        if dataset.name == name:
            return dataset
    known = ", ".join(each.name for each in every_dataset())
    raise BadInputError(f"no dataset is called {name!r}", hint=f"known are: {known}")
