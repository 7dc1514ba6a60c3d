"""A Merkle log as RFC 6962 and RFC 9162 define it, over SHA-256.

What is logged is salted: a leaf's data is SHA-256(nonce ‖ RFC 8785 form of the event). Without
the salt anyone with a dictionary of indicators could read the log; deleting the nonce is erasure,
and leaves every proof intact.

A node (level, index) is the hash of the complete subtree over the leaves from index·2^level up to
(index+1)·2^level. Complete subtrees never change, so a store only ever inserts them.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

import attrs

from tocsin.foundation import BadInputError, TrustError, UsageError

HASH_BYTES = 32
NONCE_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_SIZE_BYTES = 8


def salted(nonce: bytes, event: bytes) -> bytes:
    """Return a leaf's data for an event in RFC 8785 form.

    Args:
        nonce: exactly `NONCE_BYTES`; a fixed size keeps where it ends beyond dispute.
        event: the canonical bytes.
    """
    if len(nonce) != NONCE_BYTES:
        raise UsageError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
    return hashlib.sha256(nonce + event).digest()


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ data), a leaf's hash (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right), an inner node's hash (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class NodeReader(Protocol):
    """A store of the hashes of complete subtrees."""

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree; level 0 holds the leaf hashes."""
        ...


@attrs.frozen
class NewNode:
    """A subtree that has just become complete."""

    level: int
    index: int
    hash: bytes


class Frontier:
    """What a writer must remember to append: the size and the complete subtrees' hashes.

    At most 64 hashes for any log. Not frozen: `append` moves it on; keep `to_bytes` with the
    leaf in one transaction, and read it back after a failed one.
    """

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    def append(self, leaf: bytes) -> list[NewNode]:
        """Add a leaf's hash.

        Returns:
            The nodes that became complete, from the leaf upwards; a store inserts them all.
        """
        _check_hash(leaf)
        index, level, current = self._size, 0, leaf
        made = [NewNode(0, index, leaf)]
        while index & 1:
            current = node_hash(self._peaks.pop(), current)
            index >>= 1
            level += 1
            made.append(NewNode(level, index, current))
        self._peaks.append(current)
        self._size += 1
        return made

    def root(self) -> bytes:
        """Return the tree's root; of an empty log the hash of nothing."""
        return _fold(self._peaks)

    def to_bytes(self) -> bytes:
        """Return the size (8 bytes, big-endian) and the hashes, largest subtree first."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote.

        Raises:
            BadInputError: when the number of hashes does not fit the size.
        """
        size, hashes = int.from_bytes(data[:_SIZE_BYTES], "big"), data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(hashes) != HASH_BYTES * size.bit_count():
            raise BadInputError(
                "log frontier: its length does not fit its size",
                hint="rebuild it from the stored leaves, or restore a backup",
            )
        made = cls()
        made._size = size
        made._peaks = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
        return made


def root(reader: NodeReader, size: int) -> bytes:
    """Return the root over the first `size` leaves."""
    if size < 0:
        raise UsageError(f"a log can't have {size} leaves")
    return _range_hash(reader, 0, size)


def inclusion_proof(reader: NodeReader, index: int, size: int) -> list[bytes]:
    """Return the audit path for leaf `index` in the tree over `size` leaves (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise UsageError(f"leaf {index} is not in a log of {size}")
    low, high = 0, size
    path: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(reader, middle, high))
            high = middle
        else:
            path.append(_range_hash(reader, low, middle))
            low = middle
    return path[::-1]


def consistency_proof(reader: NodeReader, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of `old` leaves begins that of `new` (RFC 6962 §2.1.2)."""
    if not 0 <= old <= new:
        raise UsageError(f"a log of {new} has no earlier size {old}")
    if old in {0, new}:
        return []
    low, high = 0, new
    path: list[bytes] = []
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_hash(reader, middle, high))
            high = middle
        else:
            path.append(_range_hash(reader, low, middle))
            low = middle
    if low:
        path.append(_range_hash(reader, low, high))
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes
) -> None:
    """Check that `leaf` (a hash) stands at `index` in the tree with root `expected`.

    Algorithm: RFC 9162 section 2.1.3.2.

    Raises:
        TrustError: when it is not proven.
    """
    if not 0 <= index < size or not _all_hashes(leaf, expected, *proof):
        raise _unproven(f"that leaf {index} is in the log of {size}")
    first, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _unproven(f"that leaf {index} is in the log of {size}")
        if first & 1 or first == last:
            current = node_hash(sibling, current)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        first, last = first >> 1, last >> 1
    if last or current != expected:
        raise _unproven(f"that leaf {index} is in the log of {size}")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the log of `old` leaves was only appended to.

    Algorithm: RFC 9162 section 2.1.4.2; beyond it, a log of no leaves has the empty root and
    needs an empty proof.

    Raises:
        TrustError: when it is not proven: a split view or a rewritten log looks like this.
    """
    claim = f"that the log of {new} continues the log of {old}"
    if not 0 <= old <= new or not _all_hashes(old_root, new_root, *proof):
        raise _unproven(claim)
    if old in {0, new}:
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
            raise _unproven(claim)
        return
    if not proof or not _path_joins(old, new, old_root, new_root, proof):
        raise _unproven(claim)


def _path_joins(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(reader: NodeReader, low: int, high: int) -> bytes:
    """Return the root over leaves low..high, where low is a multiple of the range's first half."""
    peaks: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(reader.node(level, low >> level))
        low += 1 << level
    return _fold(peaks)


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    current = peaks[-1]
    for peak in reversed(peaks[:-1]):
        current = node_hash(peak, current)
    return current


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise UsageError(f"a leaf hash has {HASH_BYTES} bytes, not {len(value)}")


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _unproven(claim: str) -> TrustError:
    return TrustError(
        f"not proven: {claim}",
        hint="keep what you were shown and compare checkpoints with another member",
    )
