"""The entry point: light enough that Ctrl-C is answered before the rooms are loaded."""

import io
import sys

_EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command that the process was started with, and leave with its exit code."""
    try:
        # Imported here: it takes most of a second, and an interrupt in it would be a traceback.
        from tocsin.cli.root import cli  # noqa: PLC0415

        _write_any_text()
        cli(prog_name="tocsin")
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        sys.exit(_EXIT_INTERRUPTED)


def _write_any_text() -> None:
    """Escape what a terminal of a narrow encoding cannot show: a name must not end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
