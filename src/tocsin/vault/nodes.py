"""The hashes of complete subtrees, stored sparsely.

Only every fourth level is kept: a sixteenth more rows than leaves instead of twice as many. What
lies between is recomputed from at most eight stored hashes, so a proof stays O(log n).
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from tocsin.foundation import StorageError
from tocsin.trust import Frontier, NewNode, node_hash
from tocsin.vault import schema
from tocsin.vault.prepared import Prepared
from tocsin.vault.rows import DAMAGED_HINT, insert_rows

STEP: Final = 4
_WIDTH: Final = 1 << STEP
_HASH_BYTES: Final = 32

_nodes = schema.log_nodes.c
_KEPT: Final = Prepared(
    select(_nodes.hash)
    .where(
        _nodes.level == bindparam("level"),
        _nodes.position >= bindparam("low"),
        _nodes.position < bindparam("high"),
    )
    .order_by(_nodes.position)
)
_entries = schema.log_entries.c
_LEAVES: Final = Prepared(
    select(_entries.leaf)
    .where(_entries.idx >= bindparam("low"), _entries.idx < bindparam("high"))
    .order_by(_entries.idx)
)


class StoredNodes:
    """`trust.NodeReader` over the log's tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree (level, index)."""
        above = level % STEP
        return subtree(self.hashes(level - above, index << above, (index + 1) << above))

    def hashes(self, level: int, low: int, high: int) -> list[bytes]:
        """Return the stored hashes low..high of a kept level, 0 being the leaves.

        Raises:
            StorageError: when one is missing.
        """
        if level:
            rows = _KEPT.run(self._connection, level=level, low=low, high=high)
        else:
            rows = _LEAVES.run(self._connection, low=low, high=high)
        found = [row[0] for row in rows]
        if len(found) != high - low or any(len(each) != _HASH_BYTES for each in found):
            raise StorageError(f"log node {level}/{low} is missing or damaged", hint=DAMAGED_HINT)
        return found

    def frontier(self, size: int) -> Frontier:
        """Return the frontier of the log of `size` leaves, from one query a kept level."""
        peaks: list[bytes] = []
        for level in range(0, size.bit_length(), STEP):
            count = size >> level
            opened = self.hashes(level, count - count % _WIDTH, count)
            peaks = _peaks(opened) + peaks
        return Frontier.from_bytes(size.to_bytes(8, "big") + b"".join(peaks))


def insert_nodes(connection: Connection, made: Sequence[NewNode]) -> None:
    """Store those of the new subtrees whose level is kept; the leaves are in their entries."""
    rows = [
        (node.level, node.index, node.hash)
        for node in made
        if node.level and node.level % STEP == 0
    ]
    insert_rows(connection, schema.log_nodes, ("level", "position", "hash"), rows)


def subtree(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over a complete subtree's hashes, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = [
            node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def _peaks(opened: Sequence[bytes]) -> list[bytes]:
    """Split the hashes of an unfinished subtree into complete ones, largest first."""
    peaks: list[bytes] = []
    at = 0
    for height in reversed(range(STEP)):
        width = 1 << height
        if len(opened) & width:
            peaks.append(subtree(opened[at : at + width]))
            at += width
    return peaks
