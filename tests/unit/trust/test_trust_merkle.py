"""The Merkle log against RFC 6962's definition, written down plainly, and published answers."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.trust import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    salted,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves, roots and proofs of the Certificate Transparency test tree
# (transparency-dev/merkle, proof/verify_test.go; first in google/certificate-transparency).
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    bytes.fromhex(text)
    for text in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
CT_INCLUSION = {  # (leaf index, size)
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {  # (old size, new size)
    (1, 1): [],
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): CT_INCLUSION[1, 5][1:],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


class Nodes:
    """A node store that, like a table with a primary key, takes each node once."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.frontier = Frontier()
        self.table: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            for made in self.frontier.append(leaf_hash(leaf)):
                assert (made.level, made.index) not in self.table
                self.table[made.level, made.index] = made.hash

    def node(self, level: int, index: int) -> bytes:
        return self.table[level, index]


def oracle_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + oracle_root(leaves[:k]) + oracle_root(leaves[k:])).digest()


def oracle_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*oracle_path(index, leaves[:k]), oracle_root(leaves[k:])]
    return [*oracle_path(index - k, leaves[k:]), oracle_root(leaves[:k])]


def oracle_subproof(old: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [oracle_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if old <= k:
        return [*oracle_subproof(old, leaves[:k], whole=whole), oracle_root(leaves[k:])]
    return [*oracle_subproof(old - k, leaves[k:], whole=False), oracle_root(leaves[:k])]


def _leaves(count: int) -> list[bytes]:
    return [b"%d" % at for at in range(count)]


def test_the_published_roots_and_proofs_come_out() -> None:
    nodes = Nodes(CT_LEAVES)

    assert [root(nodes, size) for size in range(1, 9)] == CT_ROOTS
    for (index, size), proof in CT_INCLUSION.items():
        assert [part.hex() for part in inclusion_proof(nodes, index, size)] == proof
    for (old, new), proof in CT_CONSISTENCY.items():
        assert [part.hex() for part in consistency_proof(nodes, old, new)] == proof


def test_the_published_proofs_verify() -> None:
    for (index, size), proof in CT_INCLUSION.items():
        parts = [bytes.fromhex(part) for part in proof]
        verify_inclusion(index, size, leaf_hash(CT_LEAVES[index]), parts, CT_ROOTS[size - 1])
    for (old, new), proof in CT_CONSISTENCY.items():
        parts = [bytes.fromhex(part) for part in proof]
        verify_consistency(old, new, CT_ROOTS[old - 1], CT_ROOTS[new - 1], parts)


def test_every_root_and_proof_up_to_70_leaves_is_the_definitions() -> None:
    leaves = _leaves(70)
    nodes = Nodes(leaves)
    roots = [oracle_root(leaves[:size]) for size in range(71)]
    for size in range(71):
        assert root(nodes, size) == roots[size]
        for index in range(size):
            proof = inclusion_proof(nodes, index, size)
            assert proof == oracle_path(index, leaves[:size])
            verify_inclusion(index, size, leaf_hash(leaves[index]), proof, roots[size])
        for old in range(size + 1):
            proof = consistency_proof(nodes, old, size)
            assert proof == (oracle_subproof(old, leaves[:size]) if old else [])
            verify_consistency(old, size, roots[old], roots[size], proof)


@given(st.lists(st.binary(max_size=8), max_size=200))
def test_the_frontier_knows_the_root_without_the_nodes(leaves: list[bytes]) -> None:
    nodes = Nodes(leaves)

    assert nodes.frontier.size == len(leaves)
    assert nodes.frontier.root() == oracle_root(leaves)


@given(st.integers(0, 300))
def test_a_frontier_continues_where_its_bytes_left_off(size: int) -> None:
    frontier = Nodes(_leaves(size)).frontier
    again = Frontier.from_bytes(frontier.to_bytes())

    assert (again.size, again.root()) == (frontier.size, frontier.root())
    assert again.append(leaf_hash(b"next")) == frontier.append(leaf_hash(b"next"))
    assert again.to_bytes() == frontier.to_bytes()


@pytest.mark.parametrize(
    "data", [b"", bytes(7), bytes(9), (1).to_bytes(8, "big"), (3).to_bytes(8, "big") + bytes(32)]
)
def test_frontier_bytes_that_do_not_fit_their_size_are_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="does not fit"):
        Frontier.from_bytes(data)


def test_an_empty_log_has_the_hash_of_nothing_as_its_root() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # FIPS 180-4

    assert EMPTY_ROOT.hex() == Frontier().root().hex() == root(Nodes([]), 0).hex() == empty


@given(st.integers(1, 90), st.data())
def test_a_proof_with_anything_changed_does_not_hold(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    nodes = Nodes(leaves)
    index = data.draw(st.integers(0, size - 1))
    leaf, top = leaf_hash(leaves[index]), oracle_root(leaves)
    proof = inclusion_proof(nodes, index, size)
    wrong: list[tuple[int, int, bytes, list[bytes], bytes]] = [
        (-1, size, leaf, proof, top),
        (index + size, size, leaf, proof, top),
        (index, size, leaf, [*proof, top], top),
        (index, size, leaf, [top, *proof], top),
        (index, size, leaf, [*proof, b""], top),
        (index, size, leaf_hash(b"else"), proof, top),
        (index, size, b"short", proof, top),
        (index, size, leaf, proof, EMPTY_ROOT),
        (index, size, leaf, proof, b""),
        (index, 0, leaf, proof, top),
        *((index, size, leaf, proof[:at] + proof[at + 1 :], top) for at in range(len(proof))),
        *(
            (index, size, leaf, [*proof[:at], _flipped(proof[at]), *proof[at + 1 :]], top)
            for at in range(len(proof))
        ),
    ]
    if size > 1:
        wrong += [(index ^ 1, size, leaf, proof, top)] if index ^ 1 < size else []
        wrong += [(index, size * 2, leaf, proof, top), (index, size // 2, leaf, proof, top)]
    for case in wrong:
        with pytest.raises(TrustError, match="not proven"):
            verify_inclusion(*case)


@given(st.integers(1, 90), st.data())
def test_a_rewritten_log_is_not_proven_consistent(new: int, data: st.DataObject) -> None:
    leaves = _leaves(new)
    old = data.draw(st.integers(1, new))
    nodes = Nodes(leaves)
    first, last = oracle_root(leaves[:old]), oracle_root(leaves)
    proof = consistency_proof(nodes, old, new)
    forged = [*leaves]
    forged[data.draw(st.integers(0, old - 1))] = b"forged"
    other = Nodes(forged)
    wrong: list[tuple[int, int, bytes, bytes, list[bytes]]] = [
        (old, new, first, oracle_root(forged), consistency_proof(other, old, new)),
        (old, new, first, oracle_root(forged), proof),
        (old, new, first, last, [*proof, last]),
        (old, new, first, last, [first, *proof]),
        (old, new, first, last, [*proof, b""]),
        (old, new, b"short", last, proof),
        (new + 1, new, first, last, proof),
        (-1, new, first, last, proof),
        *((old, new, first, last, proof[:at] + proof[at + 1 :]) for at in range(len(proof))),
        *(
            (old, new, first, last, [*proof[:at], _flipped(proof[at]), *proof[at + 1 :]])
            for at in range(len(proof))
        ),
    ]
    if old < new:
        wrong += [(old, new, last, first, proof), (old, new, first, last, [])]
    for case in wrong:
        with pytest.raises(TrustError, match="not proven"):
            verify_consistency(*case)


def test_an_empty_old_log_needs_the_empty_root_and_an_empty_proof() -> None:
    some, other = leaf_hash(b"a"), leaf_hash(b"b")
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    verify_consistency(0, 1, EMPTY_ROOT, some, [])

    for case in (
        (0, 1, EMPTY_ROOT, some, [some]),
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [EMPTY_ROOT]),
        (0, 1, other, some, []),
        (0, 0, some, some, []),
        (0, 0, EMPTY_ROOT, some, []),
        (0, 5, EMPTY_ROOT, some[:31], []),
    ):
        with pytest.raises(TrustError, match="not proven"):
            verify_consistency(*case)


@pytest.mark.parametrize(("old", "new"), [(3, 1), (2, 1), (-1, 1), (-1, -1)])
def test_a_log_never_continues_a_longer_one(old: int, new: int) -> None:
    """Sizes that no log has would let one hash stand for both roots."""
    some = leaf_hash(b"a")
    for proof in ([], [some]):
        with pytest.raises(TrustError, match="not proven"):
            verify_consistency(old, new, some, some, proof)


def test_a_salted_leaf_is_sha256_of_the_nonce_and_the_event() -> None:
    nonce = bytes(range(32))

    assert salted(nonce, b"{}") == hashlib.sha256(nonce + b"{}").digest()
    with pytest.raises(UsageError, match="32 bytes"):
        salted(nonce[:-1], b"}{}")


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_a_proof_for_a_leaf_that_is_not_there_can_not_be_asked_for(index: int, size: int) -> None:
    with pytest.raises(UsageError, match="not in a log"):
        inclusion_proof(Nodes(_leaves(3)), index, size)


def test_a_proof_from_a_later_size_can_not_be_asked_for() -> None:
    with pytest.raises(UsageError, match="no earlier size"):
        consistency_proof(Nodes(_leaves(3)), 3, 2)
    with pytest.raises(UsageError, match="can't have"):
        root(Nodes([]), -1)


def test_a_leaf_that_is_no_hash_is_not_appended() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Frontier().append(b"data, not a hash")


def test_a_chain_of_checkpoints_can_be_followed_step_by_step() -> None:
    leaves = _leaves(500)
    nodes = Nodes(leaves)
    sizes = [0, 1, 2, 3, 64, 65, 127, 128, 300, 499, 500]
    for old, new in pairwise(sizes):
        verify_consistency(
            old, new, root(nodes, old), root(nodes, new), consistency_proof(nodes, old, new)
        )


def _flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 8]) + value[1:]
