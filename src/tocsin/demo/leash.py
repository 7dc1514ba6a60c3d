"""Run a command that ends with the process that asked for it, however that one ends.

`python -m tocsin.demo.leash COMMAND…` runs the command in the same process group and ends it when
its own standard input closes: a demo that is killed outright leaves no exchange behind.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Final

_STDIN: Final = 0


def main() -> int:
    """Run `sys.argv[1:]` until it ends or standard input closes; return its exit code."""
    command = sys.argv[1:]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the demo's own
    # A polite end of the leash is one of the command too.
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())

    def wait_for_owner() -> None:
        # os.read holds no lock of the interpreter's buffers, which would hinder a normal exit.
        while os.read(_STDIN, 1024):
            continue
        _end(child)
        os._exit(0)

    threading.Thread(target=wait_for_owner, daemon=True).start()
    return child.wait()


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
