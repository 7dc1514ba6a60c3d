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
from pathlib import Path
from typing import Final

from attrs import field, frozen

import tocsin
from tocsin.demo.processes import STORY, end_marked
from tocsin.foundation import BadInputError, Closing, JsonObject, TocsinError, parse_json

_TIMEOUT_S: Final = 90
_AT_ONCE: Final = 3
SERVED_LOG: Final = "exchange.log"
"""In the story's folder: what a command that stays says on stderr."""


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
    def argv(self) -> list[str]:
        """What is run: the same, and the options for a reader that is a program."""
        chosen = ["--home", self.home] if self.home else []
        person = ["--as", self.by] if self.by else []
        return [*_python(), "-m", "tocsin", *chosen, "--json", "--yes", *person, *self.arguments]


@frozen
class Ran:
    """What a command did."""

    command: Command
    code: int
    document: JsonObject
    seconds: float = field(eq=False)


class Commands(Closing):
    """Runs commands in one folder and ends every process that is left; a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Run in `folder`; `environment` is the caller's, without what chooses a node."""
        self._folder = folder
        package = str(Path(tocsin.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (package, environment.get("PYTHONPATH"))))
        dropped = {"TOCSIN_HOME", "TOCSIN_PERSON", "TOCSIN_PASSPHRASE_FILE"}
        kept = {key: value for key, value in environment.items() if key not in dropped}
        story = secrets.token_hex(8)
        self._environment = {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", STORY: story}
        self.mark: Final = f"{STORY}={story}"
        """Stands in the environment of every process of this story."""
        self._running: set[subprocess.Popen[str]] = set()

    def close(self) -> None:
        """End every process that this story has left."""
        for process in list(self._running):
            _end(process)
        self._running.clear()
        # An asking leaves a process behind that waits for its answer; the story is over.
        end_marked(self.mark)

    def run(self, command: Command) -> Ran:
        """Run one command to its end and read its document.

        Raises:
            BrokenStoryError: when its exit code is none of those expected.
        """
        began = time.perf_counter()
        process = self._start(command.argv)
        try:
            out, err = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise BrokenStoryError(
                f"`{command.typed}` has not ended after {_TIMEOUT_S} s",
                hint="the machine may be very busy; try again",
            ) from None
        finally:
            _end(process)
            self._running.discard(process)
        if process.returncode not in command.expected:
            raise BrokenStoryError(
                f"`{command.typed}` ended with {process.returncode}: {_last_line(err)}",
                hint=f"the story's folder is {self._folder}",
            )
        return Ran(command, process.returncode, _read(command, out), time.perf_counter() - began)

    def run_together(self, commands: Sequence[Command]) -> list[Ran]:
        """Run commands of several organisations at the same time; results in their order."""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return list(pool.map(self.run, commands))

    def serve(self, command: Command) -> JsonObject:
        """Start a command that stays, and return the document with which it says it is ready."""
        process = self._start([*_python(), "-m", "tocsin.demo.leash", *command.argv], held=True)
        assert process.stdout is not None  # noqa: S101 - opened as a pipe below
        said = ""
        for line in process.stdout:
            said += line
            with contextlib.suppress(BadInputError):
                return _read(command, said)
        raise BrokenStoryError(
            f"`{command.typed}` ended before it was ready",
            hint=f"see {self._folder / SERVED_LOG}",
        )

    def _start(self, argv: list[str], *, held: bool = False) -> "subprocess.Popen[str]":
        with (self._folder / SERVED_LOG).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this program's own commands
                argv,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE if held else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log if held else subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        self._running.add(process)
        return process


def _python() -> list[str]:
    # -P: files of the story's folder are never taken for modules.
    return [sys.executable, "-P"]


def _end(process: "subprocess.Popen[str]") -> None:
    """End the group of a process that still runs, politely first, and close its pipes."""
    for how, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if process.poll() is not None:
            break  # its number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
    for pipe in (process.stdin, process.stdout, process.stderr):
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
