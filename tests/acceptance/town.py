"""A town: an exchange served on a free port, and organisations that type commands.

Commands run inside this process through click's runner, which costs a tenth of a process each;
`process` runs a real one where separation matters.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen
from click.testing import CliRunner

from tocsin.cli.root import cli
from tocsin.cli.shell import Shell
from tocsin.foundation import Clock, SystemClock

PERSON: Final = "ada"
SECOND: Final = "ben"
PATIENCE_S: Final = 120.0
_ALONE: Final = ("TOCSIN_HOME", "TOCSIN_PASSPHRASE_FILE", "TOCSIN_DATASETS", "FORCE_COLOR")


@frozen
class Answer:
    """How a command ended and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> Any:
        """The one document on stdout; fails when there is none or more than one."""
        return json.loads(self.stdout)


def tocsin(
    *words: str | Path, stdin: bytes | None = None, clock: Clock | None = None, code: int = 0
) -> Answer:
    """Type a command; fails on a traceback, and when it ends with another exit code."""
    result = CliRunner().invoke(
        cli,
        [str(word) for word in words],
        prog_name="tocsin",
        input=stdin,
        obj=Shell(clock=clock or SystemClock()),
        env={"TOCSIN_PERSON": PERSON, "COLUMNS": "200", **dict.fromkeys(_ALONE)},
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    answer = Answer(result.exit_code, result.stdout, result.stderr)
    assert answer.code == code, answer
    return answer


def environment() -> dict[str, str]:
    """The environment of real processes: nothing of this person's, plain output."""
    kept = {name: value for name, value in os.environ.items() if name not in _ALONE}
    return {**kept, "TOCSIN_PERSON": PERSON, "COLUMNS": "200", "NO_COLOR": "1"}


def command(*words: str | Path) -> list[str]:
    """The argument list of a real process."""
    return [sys.executable, "-m", "tocsin", *(str(word) for word in words)]


def process(
    *words: str | Path,
    stdin: bytes = b"",
    code: int | None = 0,
    before: Callable[[], None] | None = None,
) -> Answer:
    """Run a command as a process; `before` runs in the child, such as to limit it."""
    done = subprocess.run(
        command(*words),
        input=stdin,
        capture_output=True,
        env=environment(),
        timeout=600,
        check=False,
        preexec_fn=before,
    )
    answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in answer.stderr, answer.stderr
    assert code is None or answer.code == code, answer
    return answer


@define
class Node:
    """One organisation's node, and the person who types there.

    Attributes:
        clock: what its commands take for the time.
    """

    folder: Path
    id: str
    name: str
    clock: Clock = field(factory=SystemClock)

    def does(self, *words: str | Path, stdin: bytes | None = None, code: int = 0) -> Answer:
        """Type a command at this node."""
        return tocsin("--home", self.folder, *words, stdin=stdin, clock=self.clock, code=code)

    def says(self, *words: str | Path, stdin: bytes | None = None, code: int = 0) -> Any:
        """Type a command with `--json` and read its document."""
        return self.does("--json", *words, stdin=stdin, code=code).said

    def pastes(self, names: list[str], case: str) -> Any:
        """Import names, one a line, into a case."""
        return self.says("import", "-", "--case", case, stdin="\n".join(names).encode())


@define
class Town:
    """An exchange that is served, and its members by short name."""

    folder: Path
    url: str
    members: dict[str, Node] = field(factory=dict)

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    def __getitem__(self, name: str) -> Node:
        return self.members[name]

    def admit(self, short: str, name: str, kind: str) -> Node:
        """Make a node and let it join."""
        node = make_node(self.folder / short, name, kind)
        token = tocsin("exchange", "invite", self.exchange, "--kind", kind, "--json").said["token"]
        node.says("join", self.url, "--token", token)
        self.members[short] = node
        return node

    def sync(self, *shorts: str) -> None:
        """Sync some members, or all of them."""
        for short in shorts or self.members:
            self.members[short].says("sync")


def make_node(folder: Path, name: str, kind: str) -> Node:
    """Make a node that has joined nothing."""
    made = tocsin("init", folder, "--name", name, "--kind", kind, "--json").said
    return Node(folder, made["id"], name)


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """Serve an exchange on a free port until the block ends; gives its address.

    What unnamed authors send is shown at once where the options say nothing else: no test waits
    for a quarter of an hour.
    """
    child = subprocess.Popen(
        command("exchange", "serve", folder, "--port", "0", "--json", "--mix", "0", *options),
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert child.stdout is not None
    try:
        yield json.loads(child.stdout.readline())["url"]
    finally:
        child.send_signal(signal.SIGINT)
        child.stdout.close()
        assert child.wait(timeout=60) == 0


@contextmanager
def founded(
    folder: Path,
    made: Sequence[str] = (),
    run: Sequence[str] = (),
    **members: tuple[str, str],
) -> Iterator[Town]:
    """Found a town; `members` are short name = (name, kind).

    Args:
        made, run: further options of `exchange init` and `exchange serve`.
    """
    tocsin("exchange", "init", folder / "exchange", "--name", "Town", *made)
    with served(folder / "exchange", *run) as url:
        town = Town(folder, url)
        for short, (name, kind) in members.items():
            town.admit(short, name, kind)
        town.sync()
        try:
            yield town
        finally:
            _end_residents(folder)


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.4)


def _end_residents(folder: Path) -> None:
    """End what an asking may have left waiting: processes that work on a home in `folder`."""
    mark = os.fsencode(folder.resolve())
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if any(b"resident" in word for word in words) and any(
                word.startswith(mark) for word in words
            ):
                os.kill(int(place.name), signal.SIGKILL)
