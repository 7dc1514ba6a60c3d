"""What a node of the story could be asked about, read from its own vault."""

from pathlib import Path
from typing import Final

from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Home

ASKED_KINDS: Final = ("domain", "url")


def askable_names(home: Path) -> list[str]:
    """Return the canonical names of the asked kinds that a node holds, one for each object.

    An address is known under http and https alike, and counts once.
    """
    with (
        Home.open(home, clock=SystemClock(), entropy=SystemEntropy()) as node,
        node.vault.read() as snapshot,
    ):
        by_object = {object_id: key for key, object_id in snapshot.private.keys(ASKED_KINDS)}
    return sorted(key.partition(":")[2] for key in by_object.values())
