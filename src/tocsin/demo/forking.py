"""The process that has the program loaded and forks for each command; see `warm`.

`python -m tocsin.demo.forking FD`: over the socket `FD` come, with each byte, three open files:
standard output, standard error, and a line to the owner. Over the line come the command's words
as JSON; back go its process id and, when it is over, its exit code.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
from typing import Final

_FILES: Final = 3
_PROGRAM: Final = "tocsin"
_NOT_TOLD: Final = ("coordination", "detect", "load", "watch")
"""Beginnings of the modules with commands that the story does not run: compiled kernels are heavy,
and DuckDB, once frozen, complains at each end of a process."""


def main() -> int:
    """Load the program, then fork for each byte that arrives on the socket `sys.argv[1]`."""
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the commands: no zombies
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            _, streams, _, _ = socket.recv_fds(asked, 1, _FILES)
            if not streams:
                return 0
            if os.fork() == 0:
                asked.close()
                return _play(*streams)
            for each in streams:
                os.close(each)


def _load() -> None:
    package = importlib.import_module(f"{_PROGRAM}.cli")
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith(_NOT_TOLD):
            importlib.import_module(f"{package.__name__}.{found.name}")
    gc.freeze()  # what is loaded stays on pages that all commands share


def _play(out: int, err: int, line: int) -> int:
    """Be the command that the line names: this is its process now."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream, number in ((out, 1), (err, 2)):
        os.dup2(stream, number)
        os.close(stream)
    os.set_inheritable(line, False)
    # Not closed before the process ends: that it closes is how the owner knows.
    owner = socket.socket(fileno=line)
    owner.sendall(f"{os.getpid()}\n".encode())
    with owner.makefile("r", encoding="utf-8") as said:
        sys.argv = [_PROGRAM, *json.loads(said.readline())]
    code = 0
    try:
        runpy.run_module(_PROGRAM, run_name="__main__", alter_sys=True)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    for text in (sys.stdout, sys.stderr):
        text.flush()
    owner.sendall(str(code).encode())
    owner.detach()
    return code


if __name__ == "__main__":
    sys.exit(main())
