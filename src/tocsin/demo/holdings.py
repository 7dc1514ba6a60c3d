"""What a node of the story could be asked about, read from its own vault."""

from pathlib import Path
from typing import Final

from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Home

ASKED_KINDS: Final = ("domain",)


def askable_names(home: Path) -> list[str]:
    """Return the canonical names of the asked kinds that a node holds, each once."""
    with (
        Home.open(home, clock=SystemClock(), entropy=SystemEntropy()) as node,
        node.vault.read() as snapshot,
    ):
        keys = {key for key, _ in snapshot.private.keys(ASKED_KINDS)}
    return sorted(key.partition(":")[2] for key in keys)
