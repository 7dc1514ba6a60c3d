"""The project's files, as git knows them, and its pages among them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files() -> list[Path]:
    """Every file that is committed or about to be, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        stdin=subprocess.DEVNULL,
    ).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    """The Markdown files that people read: those at the top and all under docs/."""
    return [
        path
        for path in files()
        if path.suffix == ".md" and (path.parent == ROOT or ROOT / "docs" in path.parents)
    ]


def name_of(path: Path) -> str:
    """The path from the checkout's top, for test ids and messages."""
    return path.relative_to(ROOT).as_posix()
