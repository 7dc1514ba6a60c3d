"""Report the licences of everything that running Tocsin needs, and refuse what does not fit.

`python tools/licences.py` writes docs/reference/licences.md; with `--check` it writes nothing and
fails when that page is out of date. Both fail on a licence that ADR 2 does not allow, on one
that cannot be read from the package, and when an installed version is not the locked one.
Tools for development are not asked: they are not part of what anybody receives.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import attrs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "licences.md"
LOCK = ROOT / "requirements" / "runtime.txt"
PROJECT = "tocsin"
SERVED_WITH = "postgres"

# ADR 2: permissive licences; MPL and LGPL, whose copyleft ends at the library's own files.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)

# Free text of older metadata, and the classifiers that name one licence, as SPDX identifiers.
SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
FAMILIES = frozenset({"BSD", "BSD License"})

# Packages whose metadata names a family only; read in the licence file that they ship.
# SciPy's own text is BSD-3-Clause; its wheel carries GCC's runtime under that one's exception.
READ_BY_US = {
    "jinja2": "BSD-3-Clause",
    "numba": "BSD-2-Clause",
    "scikit-network": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
}


@attrs.frozen
class Dependency:
    """One installed package that running Tocsin needs.

    Attributes:
        wanted_by: names of the packages that need it, sorted; `tocsin` for a direct one.
        licence: an SPDX expression, or what the package says where that is none.
    """

    name: str
    version: str
    licence: str
    wanted_by: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether ADR 2 allows the licence."""
        return is_allowed(self.licence)


def is_allowed(expression: str) -> bool:
    """Tell whether an SPDX expression lets us use the package under ADR 2.

    `OR` leaves the choice to us, `AND` binds us to both; an exception (`WITH`) only loosens.
    Whatever cannot be read is not allowed.
    """
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    try:
        allowed = _any_of(tokens)
    except (IndexError, ValueError):
        return False
    return allowed and not tokens


def _any_of(tokens: list[str]) -> bool:
    allowed = _all_of(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        allowed |= _all_of(tokens)
    return allowed


def _all_of(tokens: list[str]) -> bool:
    allowed = _one(tokens)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        allowed &= _one(tokens)
    return allowed


def _one(tokens: list[str]) -> bool:
    word = tokens.pop(0)
    if word == "(":
        allowed = _any_of(tokens)
        if tokens.pop(0) != ")":
            raise ValueError(word)
        return allowed
    if tokens and tokens[0] == "WITH":
        del tokens[:2]
    return word in ALLOWED


def licence_of(package: Distribution) -> str:
    """Return what a package says of its licence, as an SPDX expression where it can be read.

    Older metadata has free text and classifiers: what they name together binds, so they are
    joined by `AND`. A family's name counts only where nothing names the member.
    """
    said = package.metadata.json
    if expression := said.get("license_expression"):
        return str(expression)
    if reviewed := READ_BY_US.get(canonicalize_name(str(said["name"]))):
        return reviewed
    lines = [str(said.get("license", "")).strip().partition("\n")[0]]
    for line in said.get("classifier", []):
        if line.startswith("License :: ") and line != "License :: OSI Approved":
            lines.append(line.rpartition(" :: ")[2].strip())
    named = {SPELLINGS.get(line.casefold(), line) for line in lines if line}
    exact = named - FAMILIES or named
    return " AND ".join(sorted(exact)) or "unknown"


def runtime_dependencies(project: str = PROJECT) -> list[Dependency]:
    """Walk what is installed from `project` down, sorted by name.

    Of its own extras only the one that a running exchange may need is walked.
    """
    wanted: dict[str, set[str]] = {}
    pending = [(project, frozenset({SERVED_WITH}))]
    walked: set[tuple[str, frozenset[str]]] = set()
    while pending:
        name, extras = node = pending.pop()
        if node in walked:
            continue
        walked.add(node)
        for requirement in _requirements(distribution(name), extras):
            child = canonicalize_name(requirement.name)
            wanted.setdefault(child, set()).add(name)
            pending.append((child, frozenset(requirement.extras)))
    found = []
    for name, wanted_by in sorted(wanted.items()):
        package = distribution(name)
        found.append(
            Dependency(name, package.version, licence_of(package), tuple(sorted(wanted_by)))
        )
    return found


def _requirements(package: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in package.requires or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield requirement


def locked_versions(text: str) -> dict[str, str]:
    """Read name and version of each pin in a requirements file."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


def locked_for(text: str) -> str:
    """Return the Python version that a requirements file was made with, such as `3.11`."""
    made = re.search(r"pip-compile with Python (\d+\.\d+)", text)
    return made[1] if made else ""


def page(dependencies: list[Dependency]) -> str:
    """Return the page of docs/reference/licences.md."""
    rows = [
        f"| {item.name} | {item.version} | {item.licence} | {', '.join(item.wanted_by)} |"
        for item in dependencies
    ]
    return "\n".join(
        [
            "# Licences of what Tocsin runs on",
            "",
            "Written by `make licences`; `make test` fails when it is out of date. The rule is in",
            "[ADR 2](../adr/0002-dependencies.md). Tocsin itself is under the Apache License 2.0.",
            "",
            "| Package | Version | Licence | Needed by |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def problems(dependencies: list[Dependency], locked: dict[str, str]) -> list[str]:
    """Return a line for each licence that does not fit and each pin that is not what is there."""
    found = [
        f"{item.name} {item.version}: the licence {item.licence!r} is not allowed by ADR 2"
        for item in dependencies
        if not item.fits
    ]
    for item in dependencies:
        if item.name not in locked:
            found.append(f"{item.name} is not locked: run `make lock`")
        elif locked[item.name] != item.version:
            pin = locked[item.name]
            found.append(f"{item.name} is installed as {item.version} but locked as {pin}")
    return found


def _is_on_page(text: str) -> bool:
    return PAGE.exists() and PAGE.read_text(encoding="utf-8") == text


def main() -> int:
    """Write or check the page; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing")
    check = arguments.parse_args().check
    dependencies = runtime_dependencies()
    lock = LOCK.read_text(encoding="utf-8")
    found = problems(dependencies, locked_versions(lock))
    text = page(dependencies)
    if not check and not found:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    # Another Python needs other backports, so the page is compared on the lock's own.
    is_comparable = "{}.{}".format(*sys.version_info) == locked_for(lock)
    if check and is_comparable and not _is_on_page(text):
        found.append(f"{PAGE.relative_to(ROOT)} is out of date: run `make licences`")
    for line in found:
        print(f"licences: {line}", file=sys.stderr)
    if not found:
        print(f"licences: {len(dependencies)} packages, all allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
