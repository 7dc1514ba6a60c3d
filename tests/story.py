"""The demo's story, told once in a run of the tests, whichever worker comes first."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import attrs

MARK: Final = "TOCSIN_DEMO_TEST"
"""Environment variable by which the processes of the story are found; its value is the folder."""


@attrs.frozen
class Story:
    """One run of `tocsin demo --json`."""

    document: dict[str, Any]
    folder: Path
    stdout: str

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.document["facts"]
        return facts

    @property
    def page(self) -> Path:
        return Path(self.document["page"])


def told_once(shared: Path) -> Story:
    """Tell the story into a folder that all workers share, unless one of them has."""
    folder, said = shared / "story", shared / "story.json"
    with (shared / "story.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            said.write_text(_told(folder), encoding="utf-8")
    stdout = said.read_text(encoding="utf-8")
    return Story(json.loads(stdout), folder, stdout)


def _told(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "demo", "--json", "--no-serve", "--dir", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, MARK: str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
