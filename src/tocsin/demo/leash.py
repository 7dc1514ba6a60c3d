"""Run a command that ends with the process that asked for it, however that one ends.

`python -m tocsin.demo.leash COMMAND…` runs the command in the same process group. When its own
standard input closes, it ends the command and every process that carries the story's mark: a demo
that is killed outright leaves nothing behind.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Final

from tocsin.demo.processes import STORY, end_marked

_STDIN: Final = 0


def main() -> int:
    """Run `sys.argv[1:]` until it ends or standard input closes; return its exit code."""
    command = sys.argv[1:]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the demo's own
    # A polite end of the leash is one of the command too.
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())

    owner_is_gone = threading.Event()

    def wait_for_owner() -> None:
        # os.read holds no lock of the interpreter's buffers, which would hinder a normal exit.
        while os.read(_STDIN, 1024):
            continue
        owner_is_gone.set()
        _end(child)
        story = os.environ.get(STORY)
        if story is not None:
            end_marked(f"{STORY}={story}")

    watching = threading.Thread(target=wait_for_owner, daemon=True)
    watching.start()
    code = child.wait()
    if owner_is_gone.is_set():
        # The command is over because it was ended here; the rest of the story still is to be.
        watching.join()
    return code


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
