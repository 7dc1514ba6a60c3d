"""A real exchange process on loopback, for the few tests that need sockets and signals."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define

_PROGRAM = """
import sys
from pathlib import Path
from tocsin.exchange import serve
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Home

clock, entropy = SystemClock(), SystemEntropy()
home = Home.open(Path(sys.argv[1]), clock=clock, entropy=entropy)
with home:
    serve(home, "127.0.0.1", int(sys.argv[2]), lambda url: print(url, flush=True),
          clock=clock, entropy=entropy)
"""


@define
class Served:
    """A running process and the address it printed."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it as a power cut would end the process: nothing is flushed or said."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[Served]:
    """Serve the exchange in `folder` until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Served(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
