"""Commands that begin at once: forked from a process that has already loaded the program.

To load the program takes longer than most commands of the story run. So one process loads it,
does nothing else, and forks for each command. What then runs is what `python -m tocsin` runs, in
a process of its own, with its own arguments and streams; it ends as any process does.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from attrs import frozen

from tocsin.foundation import Closing

_FORKING: Final = "tocsin.demo.forking"


class CommandTimeoutError(Exception):
    """A command has not ended in its time; it has been killed."""


@frozen
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code; None when it was killed.
    """

    code: int | None
    out: str
    err: str


class WarmProgram(Closing):
    """The process that has the program loaded, as its owner sees it."""

    def __init__(
        self, python: Sequence[str], folder: Path, environment: Mapping[str, str], log: BinaryIO
    ) -> None:
        """Start it.

        Args:
            python: the interpreter and its own options.
            folder: in which every command runs.
            environment: of every command.
            log: where the process itself complains.
        """
        self._asking, asked = socket.socketpair()
        with asked:
            self._process = subprocess.Popen(  # noqa: S603 - this program's own module
                [*python, "-m", _FORKING, str(asked.fileno())],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(asked.fileno(),),
                start_new_session=True,
            )

    def run(self, words: Sequence[str], timeout_s: float) -> Ended:
        """Run a command to its end; several threads may do so at once.

        Raises:
            CommandTimeoutError: when it takes longer than `timeout_s`.
            ConnectionError: when the process that forks is gone.
        """
        ours, theirs = socket.socketpair()
        with TemporaryFile() as out, TemporaryFile() as err, ours:
            with theirs:
                streams = [out.fileno(), err.fileno(), theirs.fileno()]
                socket.send_fds(self._asking, [b"."], streams)
            ours.settimeout(timeout_s)
            ours.sendall(json.dumps(list(words)).encode() + b"\n")
            code = _code_of(ours)
            out.seek(0)
            err.seek(0)
            return Ended(code, out.read().decode(), err.read().decode())

    def close(self) -> None:
        """Let it go; commands that run are left to their own end."""
        self._asking.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _code_of(command: socket.socket) -> int | None:
    """Wait until a command has ended and closed its line; return what it said last."""
    with command.makefile("r", encoding="ascii") as line:
        pid = None
        try:
            pid = line.readline()
            said = line.read()
        except BaseException as error:
            # Its line is open, so it runs, and the number is still its own.
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(int(pid), signal.SIGKILL)
            if isinstance(error, TimeoutError):
                raise CommandTimeoutError from error
            raise
    return int(said) if said else None
