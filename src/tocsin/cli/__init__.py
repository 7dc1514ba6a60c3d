"""The command `tocsin`: no decisions of its own, `--json` everywhere.

Invariants: every command parses, calls one room, and shows; `--json` prints exactly one JSON
document on stdout, progress and logs go to stderr; exit codes are 0 done, 1 refused or failed
with a message and a hint, 2 usage, 3 done in part, 130 interrupted. May import every room.
"""

from tocsin.cli.main import main

__all__ = ["main"]
