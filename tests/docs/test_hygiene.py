"""What no committed file may hold, and the shape that every module keeps."""

import ast
import hashlib
import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, files, name_of

SOURCE = ROOT / "src" / "tocsin"
# A letter in brackets keeps a pattern from matching itself here.
MACHINE = re.compile(
    r"/[w]ork/(?:main|shared|\.)|/[f]arm/|/[t]mp/bash_jobs|/[r]oot/|/[o]pt/pypi|/[h]ome/[a-z]+/"
)
REGISTRIES = re.compile(
    r"[p]ypi[.]org|[p]ythonhosted[.]|[n]pmjs[.]|deb[.][d]ebian[.]|proxy[.][g]olang|[c]rates[.]io"
)
LONGEST_MODULE = 400


def texts() -> list[tuple[str, str]]:
    """Name and content of every committed file that is text."""
    found = []
    for path in files():
        try:
            found.append((name_of(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def holding(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}"
        for name, text in texts()
        for found in pattern.finditer(text)
    ]


def modules() -> list[Path]:
    return sorted(path for path in files() if path.suffix == ".py" and SOURCE in path.parents)


def rooms() -> list[Path]:
    return sorted({SOURCE / path.relative_to(SOURCE).parts[0] for path in modules()} - {*modules()})


def test_no_file_names_a_place_on_the_machine_that_it_was_written_on() -> None:
    assert holding(MACHINE) == []


def test_no_file_names_a_package_registry() -> None:
    assert holding(REGISTRIES) == []


def test_requirements_hold_names_versions_and_hashes_only() -> None:
    allowed = re.compile(
        r"\s*#.*|"
        r"[A-Za-z0-9._-]+==[^\s@/\\:]+( ; [^\\/@]+)? \\|"
        r"    --hash=sha256:[0-9a-f]{64}( \\)?|"
    )
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        if path.name == "debian.txt":
            continue
        odd = [line for line in path.read_text().splitlines() if not allowed.fullmatch(line)]
        assert odd == [], path.name


def test_a_pin_of_a_compiled_package_has_hashes_for_many_platforms() -> None:
    text = (ROOT / "requirements" / "runtime.txt").read_text()
    for name in ("cryptography", "orjson", "msgspec", "voprf", "sqlalchemy"):
        pin = re.search(rf"^{name}==.*\n((?:    --hash=.*\n)+)", text, re.MULTILINE)
        assert pin is not None, name
        assert pin[1].count("sha256:") > 10, name


def test_no_other_tools_lock_is_committed() -> None:
    other = {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock"}
    assert [name_of(path) for path in files() if path.name in other] == []


@pytest.mark.realdata
def test_no_file_of_the_real_data_is_committed(datasets: Path) -> None:
    sizes = {path.stat().st_size: path for path in files() if path.stat().st_size > 200}
    ours = {hashlib.sha256(path.read_bytes()).digest(): path for path in files()}
    copied = [
        name_of(ours[digest])
        for path in datasets.rglob("*")
        if path.is_file() and path.stat().st_size in sizes
        if (digest := hashlib.sha256(path.read_bytes()).digest()) in ours
    ]
    assert copied == []


def test_a_module_holds_one_concept_and_stays_short() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


@pytest.mark.parametrize("room", rooms(), ids=name_of)
def test_a_room_says_what_it_does_and_exports_its_names(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    said = ast.get_docstring(tree)
    assert said, f"{name_of(room)} has no docstring"
    assert len(said) > 80, f"{name_of(room)} says too little: {said!r}"
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in assigned, f"{name_of(room)} exports nothing"


def test_only_the_command_and_the_demo_print() -> None:
    printed = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        if path.relative_to(SOURCE).parts[0] not in {"cli", "demo"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printed == []
