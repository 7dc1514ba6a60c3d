"""Real commands as real processes: run, read, and ended in every case."""

import contextlib
import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from attrs import field, frozen

import tocsin
from tocsin.demo.clock import StoryClock
from tocsin.demo.processes import STORY, end_marked
from tocsin.demo.warm import CommandTimeoutError, WarmProgram
from tocsin.foundation import BadInputError, Closing, JsonObject, TocsinError, parse_json

_TIMEOUT_S: Final = 90
_AT_ONCE: Final = 3
# -P: files of the story's folder are never taken for modules.
_PYTHON: Final = (sys.executable, "-P")
SERVED_LOG: Final = "exchange.log"
"""In the story's folder: what processes that stay say on stderr."""
CLOCK: Final = "story-clock"
"""Likewise: by how many seconds the story's processes are behind."""


class BrokenStoryError(TocsinError):
    """A command of the story did not do what the story needs."""


@frozen
class Command:
    """One command of one organisation.

    Attributes:
        home: the node's directory relative to the story's folder, None for a command without one.
        by: the person who acts.
        expected: exit codes with which the story goes on.
    """

    arguments: tuple[str, ...]
    home: str | None = None
    by: str | None = None
    expected: tuple[int, ...] = (0,)

    @property
    def typed(self) -> str:
        """What a person types."""
        chosen = ("--home", self.home) if self.home else ()
        return shlex.join(("tocsin", *chosen, *self.arguments))

    @property
    def words(self) -> list[str]:
        """What is run: the same, and the options for a reader that is a program."""
        chosen = ["--home", self.home] if self.home else []
        person = ["--as", self.by] if self.by else []
        return [*chosen, "--json", "--yes", *person, *self.arguments]


@frozen
class Ran:
    """What a command did."""

    command: Command
    code: int
    document: JsonObject
    seconds: float = field(eq=False)


class Commands(Closing):
    """Runs commands in one folder and ends every process that is left; a context manager."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, behind: timedelta = timedelta()
    ) -> None:
        """Run in `folder`.

        Args:
            environment: the caller's; what chooses a node in it is not passed on.
            behind: how far the commands' clock is behind this machine's to begin with.
        """
        self._folder = folder
        package = str(Path(tocsin.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (package, environment.get("PYTHONPATH"))))
        dropped = {"TOCSIN_HOME", "TOCSIN_PERSON", "TOCSIN_PASSPHRASE_FILE"}
        kept = {key: value for key, value in environment.items() if key not in dropped}
        story = secrets.token_hex(8)
        self.clock: Final = StoryClock(folder / CLOCK)
        self.clock.set_back(behind)
        self._environment = self.clock.environment(
            {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", STORY: story}
        )
        self.mark: Final = f"{STORY}={story}"
        """Stands in the environment of every process of this story."""
        with self._log() as log:
            self._program = WarmProgram(_PYTHON, folder, self._environment, log)
        self._serving: list[subprocess.Popen[str]] = []

    def close(self) -> None:
        """End every process of the story."""
        for process in self._serving:
            _end(process)
        self._program.close()
        # An asking leaves a process behind that waits for its answer; the story is over.
        end_marked(self.mark)

    def run(self, command: Command) -> Ran:
        """Run one command to its end and read its document.

        Raises:
            BrokenStoryError: when its exit code is none of those expected.
        """
        began = time.perf_counter()
        try:
            ended = self._program.run(command.words, _TIMEOUT_S)
        except CommandTimeoutError:
            raise BrokenStoryError(
                f"`{command.typed}` has not ended after {_TIMEOUT_S} s",
                hint="the machine may be very busy; try again",
            ) from None
        except ConnectionError:
            raise BrokenStoryError(
                f"`{command.typed}` could not be started", hint=f"see {self._folder / SERVED_LOG}"
            ) from None
        if ended.code not in command.expected:
            how = "was killed" if ended.code is None else f"ended with {ended.code}"
            raise BrokenStoryError(
                f"`{command.typed}` {how}: {_last_line(ended.err)}",
                hint=f"the story's folder is {self._folder}",
            )
        seconds = time.perf_counter() - began
        return Ran(command, ended.code, _read(command, ended.out), seconds)

    def run_together(self, commands: Sequence[Command]) -> list[Ran]:
        """Run commands of several organisations at the same time; results in their order."""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return list(pool.map(self.run, commands))

    def serve(self, command: Command) -> JsonObject:
        """Start a command that stays, and return the document with which it says it is ready."""
        with self._log() as log:
            process = subprocess.Popen(  # noqa: S603 - this program's own commands
                [*_PYTHON, "-m", "tocsin.demo.leash", *_PYTHON, "-m", "tocsin", *command.words],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        self._serving.append(process)
        assert process.stdout is not None  # noqa: S101 - opened as a pipe above
        said = ""
        for line in process.stdout:
            said += line
            with contextlib.suppress(BadInputError):
                return _read(command, said)
        raise BrokenStoryError(
            f"`{command.typed}` ended before it was ready",
            hint=f"see {self._folder / SERVED_LOG}",
        )

    def _log(self) -> BinaryIO:
        return (self._folder / SERVED_LOG).open("ab")


def _end(process: "subprocess.Popen[str]") -> None:
    """End the group of a process that still runs, politely first, and close its pipes."""
    for how, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            break  # its number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _read(command: Command, text: str) -> JsonObject:
    document = parse_json(text, source=f"output of `{command.typed}`")
    if not isinstance(document, dict):
        raise BadInputError(f"output of `{command.typed}` is no JSON object")
    return document


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("hint:")]
    return json.dumps(lines[-1]) if lines else "it says nothing"
