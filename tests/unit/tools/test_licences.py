"""The licence report: which expressions pass, what is read from a package, what is refused."""

from email.message import Message
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from tools import licences
from tools.licences import Dependency, is_allowed, licence_of, locked_versions, problems


class Package(Distribution):
    """An installed package that consists of its metadata."""

    def __init__(self, **fields: str | list[str]) -> None:
        message = Message()
        for field, values in {"Name": "sample", "Version": "1", **fields}.items():
            for value in [values] if isinstance(values, str) else values:
                message[field.replace("_", "-")] = value
        self._text = str(message)

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "GPL-3.0-only OR BSD-3-Clause",
        "Apache-2.0 WITH LLVM-exception",
        "LGPL-3.0-or-later",
        "(MIT)",
    ],
)
def test_a_licence_that_leaves_us_an_allowed_way_passes(expression: str) -> None:
    assert is_allowed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "GPL-3.0-or-later",
        "AGPL-3.0-only",
        "MIT AND GPL-2.0-only",
        "(MIT OR GPL-2.0-only) AND AGPL-3.0-only",
        "unknown",
        "",
        "MIT OR",
        "(MIT",
        "MIT)",
        "MIT MIT",
        "Proprietary",
    ],
)
def test_a_licence_that_binds_us_to_more_or_cannot_be_read_is_refused(expression: str) -> None:
    assert not is_allowed(expression)


def test_an_expression_wins_over_older_fields() -> None:
    assert licence_of(Package(License_Expression="ISC", License="MIT")) == "ISC"


def test_a_family_counts_only_where_nothing_names_the_member() -> None:
    family = "License :: OSI Approved :: BSD License"
    assert licence_of(Package(License="BSD-3-Clause", Classifier=family)) == "BSD-3-Clause"
    assert not is_allowed(licence_of(Package(Classifier=family)))


def test_classifiers_that_name_two_licences_bind_to_both() -> None:
    both = [
        "License :: OSI Approved :: MIT License",
        "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
    ]
    said = licence_of(Package(Classifier=both))
    assert "MIT" in said
    assert not is_allowed(said)


def test_a_package_that_says_nothing_is_refused() -> None:
    assert licence_of(Package()) == "unknown"


def test_a_pin_that_is_missing_or_is_not_what_is_installed_is_named() -> None:
    ours = [
        Dependency("alpha", "1.0", "MIT", ("tocsin",)),
        Dependency("beta", "2.0", "MIT", ("alpha",)),
        Dependency("gamma", "3.0", "AGPL-3.0-only", ("tocsin",)),
    ]
    locked = locked_versions("Alpha==1.1 \\\n    --hash=sha256:00\ngamma==3.0 ; x\n")
    found = problems(ours, locked)
    assert [line.split()[0] for line in found] == ["gamma", "alpha", "beta"]


def test_everything_that_tocsin_runs_on_fits_and_is_locked() -> None:
    found = licences.runtime_dependencies()
    assert {"cryptography", "voprf", "certifi"} <= {item.name for item in found}
    lock = licences.LOCK.read_text(encoding="utf-8")
    assert problems(found, locked_versions(lock)) == []
