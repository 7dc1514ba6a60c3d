"""What the pages tell people to type does what the pages say.

The blocks of one page run in one empty folder, one after the other: a page reads as a story.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import Step, first_missing, steps
from tests.docs.pages import ROOT, name_of, pages

TOLD = [page for page in pages() if steps(page.read_text(encoding="utf-8"))]
LIMIT_S = 180
# The folder and what was exported carry over from command to command, as in a terminal.
CARRYING = """
cd "$(cat "$STATE/folder")" && source "$STATE/exports"
eval "$COMMAND"
code=$?
pwd >"$STATE/folder"
export -p | grep -vE ' (STATE|COMMAND|SHLVL|_)=' >"$STATE/exports"
exit $code
"""


class Terminal:
    """A shell in an empty home, with the checkout's commands and nothing of this person's."""

    def __init__(self, place: Path) -> None:
        self._state = place / "state"
        folder, home = place / "folder", place / "home"
        for made in (self._state, folder, home):
            made.mkdir()
        (self._state / "folder").write_text(str(folder))
        (self._state / "exports").touch()
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "COLUMNS": "120",
            "STATE": str(self._state),
        }

    def does(self, step: Step) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", CARRYING],
            env={**self._environment, "COMMAND": step.command},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )


@pytest.mark.parametrize("page", TOLD, ids=name_of)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    for step in steps(page.read_text(encoding="utf-8")):
        done = terminal.does(step)
        place = f"{name_of(page)}:{step.line}: {step.command}"
        assert done.returncode == step.exit_code, f"{place}\n{done.stdout}"
        missing = first_missing(step.output, done.stdout)
        assert missing is None, f"{place}\nlacks {missing!r} in\n{done.stdout}"


def test_the_readme_shows_commands_that_run() -> None:
    assert ROOT / "README.md" in TOLD


def test_a_terminal_carries_folder_and_exports_over_and_is_alone(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    said = [
        terminal.does(Step(line, command))
        for line, command in enumerate(
            [
                "mkdir a && cd a && export SAID='it is'",
                'echo "$SAID $(basename $PWD)"',
                "false | true",
            ]
        )
    ]
    assert said[1].stdout == "it is a\n"
    assert said[2].returncode == 1
    assert str(tmp_path) in terminal.does(Step(4, "echo $HOME")).stdout
