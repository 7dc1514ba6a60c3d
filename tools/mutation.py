"""Change policy, signatures and log in thousands of small ways and count what the tests notice.

`python tools/mutation.py` runs mutmut over the files of GROUPS, each group with its own fast
tests, and writes docs/reference/mutation.md: killed and survived per file, every survivor with
the reason why nothing can notice it (tools/mutants.toml) or marked as open. It fails below
LEAST_KILLED.
Run it again and it goes on where it stopped, and asks about the survivors anew, since tests may
have been added; `--fresh` begins from nothing, `--report` only writes down what is known so far.
"""

import argparse
import ast
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "mutation.md"
EXPLAINED = ROOT / "tools" / "mutants.toml"
WORKSHOP = ROOT / "artefacts" / "mutation"
LEAST_KILLED = 0.95

KILLED = frozenset({"killed", "timeout"})
UNASKED = "not checked"
TAKEN_ALONG = ("src", "tests", "docs", "tools", "pyproject.toml", "README.md", "CHANGELOG.md")


@attrs.frozen
class Group:
    """Files that are changed together and the tests that are to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    chosen: str = ""
    """pytest's `-k`, empty for all."""


GROUPS = {
    "policy": Group(
        tuple(
            f"policy/{name}.py"
            for name in (
                "access", "attribution", "audiences", "border", "decision", "given",
                "identifiers", "overlap", "people", "principals", "reaches", "recipients",
            )
        ),
        ("tests/unit/policy",),
    ),
    "trust": Group(
        tuple(
            f"trust/{name}.py"
            for name in ("dsse", "objects", "keys", "keyring", "merkle", "checkpoint", "seal")
        ),
        tuple(
            f"tests/unit/trust/test_trust_{name}.py"
            for name in (
                "dsse", "objects", "keys", "merkle", "checkpoint", "seal", "refusals",
                "log_refusals", "keyring",
            )
        ),
    ),
    "log": Group(
        ("vault/log.py", "vault/verify.py", "vault/checkpoints.py"),
        (
            "tests/unit/vault/test_log_answers.py",
            "tests/unit/vault/test_log.py",
            "tests/unit/vault/test_verify.py",
        ),
        # PostgreSQL runs the same statements more slowly; the other two ask thousands of questions.
        chosen="not postgresql and not any_flipped_byte and not whole_tree",
    ),
}  # fmt: skip


@attrs.frozen
class Mutant:
    """One change, by mutmut's name for it, and what became of it."""

    file: str
    name: str
    status: str


@attrs.frozen
class Survivor:
    """A change that no test noticed: the lines before and after, and why, if that is known."""

    mutant: Mutant
    before: str
    after: str
    why: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the groups asked for; return 1 when too few mutants are killed, or some were not run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--children", type=int, default=2, help="processes side by side")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--report", action="store_true", help="run nothing, only report")
    asked = parser.parse_args(arguments)
    wanted = asked.groups or list(GROUPS)
    found: list[Mutant] = []
    survivors: list[Survivor] = []
    for name in wanted:
        folder = WORKSHOP / name
        if not asked.report:
            _prepare(folder, GROUPS[name], fresh=asked.fresh)
            _run(folder, str(asked.children))
        mutants = _results(folder)
        found += mutants
        survivors += [
            _survivor(folder, each) for each in mutants if each.status not in {*KILLED, UNASKED}
        ]
    page = _page(found, survivors)
    print(page.partition("## Survivors")[0])
    if set(wanted) == set(GROUPS):
        PAGE.write_text(page, encoding="utf-8")
    unasked = any(each.status == UNASKED for each in found)
    return int(unasked or not found or _share(found) < LEAST_KILLED)


def _prepare(folder: Path, group: Group, *, fresh: bool) -> None:
    """Copy the project and configure it for one group; earlier findings stay in the folder."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for each in TAKEN_ALONG:
        if (ROOT / each).is_dir():
            shutil.rmtree(folder / each, ignore_errors=True)
            # copy2 keeps the times, by which mutmut knows what is as it was.
            shutil.copytree(
                ROOT / each, folder / each, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(ROOT / each, folder / each)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/tocsin/{file}" for file in group.files],
        "also_copy": ["docs", "tools", "README.md", "CHANGELOG.md"],
        "pytest_add_cli_args": [
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-k",
            group.chosen,
        ],
        "pytest_add_cli_args_test_selection": list(group.tests),
    }
    lines = [f"{key} = {value!r}" for key, value in settings.items()]
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as config:
        config.write("\n".join(["", "[tool.mutmut]", *lines, ""]))


def _run(folder: Path, children: str) -> None:
    run = ("run", "--max-children", children)
    left = [each.name for each in _results(folder) if each.status not in {*KILLED, UNASKED}]
    if left:
        _mutmut(folder, *run, *left, seen=True)
    _mutmut(folder, *run, seen=True)


def _mutmut(folder: Path, *arguments: str, seen: bool = False) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, text=True, stdout=None if seen else -1)
    return done.stdout or ""


def _results(folder: Path) -> list[Mutant]:
    if not (folder / "mutants").is_dir():
        return []
    lines = _mutmut(folder, "results", "--all", "true").splitlines()
    parts = [line.strip().rpartition(": ") for line in lines if "__mutmut_" in line]
    return [Mutant(_file_of(name), name, status) for name, _, status in parts]


def _file_of(name: str) -> str:
    """From `tocsin.policy.access.x_authorize__mutmut_1` to `policy/access.py`."""
    return "/".join(name.split(".")[1:-1]) + ".py"


def _survivor(folder: Path, mutant: Mutant) -> Survivor:
    diff = _mutmut(folder, "show", mutant.name).splitlines()
    lines = [line for line in diff if not line.startswith(("---", "+++"))]
    before = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    after = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return Survivor(mutant, before, after, _reasons().get((mutant.file, before, after)))


def _reasons() -> dict[tuple[str, str, str], str]:
    """Why some mutants do the same as the original, by file and the lines before and after."""
    said = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return {(each["file"], each["before"], each["after"]): each["why"] for each in said["same"]}


def _share(mutants: Iterable[Mutant]) -> float:
    """Return which share of those that were run is killed."""
    statuses = [each.status in KILLED for each in mutants if each.status != UNASKED]
    return sum(statuses) / max(len(statuses), 1)


def _page(mutants: list[Mutant], survivors: list[Survivor]) -> str:
    lines = [
        "# Mutation testing",
        "",
        "Written by `make mutation` (tools/mutation.py). Each mutant is one small change of the",
        "code: another operator, constant, argument or text. It is killed when a test fails with",
        "it. A mutant that runs into its time limit is killed too, and counted apart; one that",
        "does what the original does still counts. The share is of those that were run; at least",
        f"{LEAST_KILLED:.0%} of all are wanted.",
        "",
        "| File | Mutants | Killed | Timed out | Survived | No test | Not run | Other | Share |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for file in dict.fromkeys(each.file for each in mutants):
        lines.append(_row(f"`{file}`", [each for each in mutants if each.file == file]))
    lines += [_row("**All**", mutants), "", "## Survivors", ""]
    for each in survivors:
        said = f"same behaviour: {each.why}" if each.why else "**open**"
        lines.append(f"- `{each.mutant.name.removeprefix('tocsin.')}` ({each.mutant.status})")
        lines += [f"  - before: ``{each.before}``", f"  - after: ``{each.after}``", f"  - {said}"]
    lines += ["" if survivors else "None.\n", *_never_mutated()]
    return "\n".join(lines)


def _row(name: str, mutants: Sequence[Mutant]) -> str:
    count = Counter(each.status for each in mutants)
    known = [count.pop(each, 0) for each in ("killed", "timeout", "survived", "no tests", UNASKED)]
    cells = [len(mutants), *known, sum(count.values()), f"{_share(mutants):.1%}"]
    return " | ".join([f"| {name}", *map(str, cells)]) + " |"


def _never_mutated() -> list[str]:
    """Name what mutmut does not change, so that no figure above is taken to cover it."""
    lines = [
        "## What is never changed",
        "",
        "mutmut changes function bodies only: constants, tables and class bodies stay as they",
        "are, and so does every function with a decorator other than a lone `classmethod` or",
        "`staticmethod`. In these files that is:",
        "",
    ]
    for file in (file for group in GROUPS.values() for file in group.files):
        tree = ast.parse((ROOT / "src" / "tocsin" / file).read_text(encoding="utf-8"))
        named = [f"`{each.name}`" for each in ast.walk(tree) if _is_left_out(each)]  # type: ignore[attr-defined]
        if named:
            lines.append(f"- `{file}`: {', '.join(named)}")
    return [*lines, ""]


def _is_left_out(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef) or not node.decorator_list:
        return False
    only = node.decorator_list[0] if len(node.decorator_list) == 1 else None
    return not (isinstance(only, ast.Name) and only.id in {"classmethod", "staticmethod"})


if __name__ == "__main__":
    sys.exit(main())
