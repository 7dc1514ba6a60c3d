"""Which host names a node of the story holds, read from its own vault."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Home

ASKED_KIND: Final = "domain"
"""What the story's askings are about."""


def host_names(home: Path) -> list[str]:
    """Return each host name that a node holds, by itself or in an address."""
    with (
        Home.open(home, clock=SystemClock(), entropy=SystemEntropy()) as node,
        node.vault.read() as snapshot,
    ):
        domains = {key.partition(":")[2] for key, _ in snapshot.private.keys((ASKED_KIND,))}
        addresses = {key.partition(":")[2] for key, _ in snapshot.private.keys(("url",))}
    hosts = {urlsplit(address).hostname for address in addresses}
    return sorted(domains | {host for host in hosts if host})
