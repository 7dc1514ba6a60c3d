"""The log's proofs against an oracle that hashes the whole tree, documents and settings."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vault.conftest import ORIGIN, SIGNER, START, note
from tocsin.foundation import ManualClock, RefusedError, SeededEntropy, UsageError
from tocsin.trust import verify_consistency, verify_inclusion, verify_note
from tocsin.vault import Vault
from tocsin.vault.address import Place
from tocsin.vault.verify import verify_vault


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The root of RFC 6962 §2.1, straight from its definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    both = tree_hash(leaves[:split]) + tree_hash(leaves[split:])
    return hashlib.sha256(b"\x01" + both).digest()


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 entries: three kept levels of the tree, none of them full."""
    path = tmp_path_factory.mktemp("log") / "vault.db"
    made = Vault.create(
        path, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(5), signer=SIGNER
    )
    with made as vault:
        for number in range(599):
            vault.submit(note(number))
        vault.write(note(599))
    return path


def _open(place: Place) -> Vault:
    return Vault.open(place, clock=ManualClock(START), entropy=SeededEntropy(6), signer=SIGNER)


@given(st.integers(0, 600), st.integers(0, 600))
def test_roots_and_proofs_are_those_of_the_whole_tree(long_log: Path, one: int, other: int) -> None:
    old, new = sorted((one, other))
    with _open(long_log) as vault, vault.read() as view:
        leaves = [entry.leaf for entry in view.log.entries()]
        assert view.log.root(new) == tree_hash(leaves[:new])
        old_root, new_root = tree_hash(leaves[:old]), tree_hash(leaves[:new])
        verify_consistency(old, new, old_root, new_root, view.log.consistency(old, new))
        if old < new:
            verify_inclusion(old, new, leaves[old], view.log.inclusion(old, new), new_root)


def test_a_leaf_is_the_salted_hash_of_its_event(long_log: Path) -> None:
    with _open(long_log) as vault, vault.read() as view:
        entry = view.log.entry(7)
    assert entry is not None
    assert entry.nonce is not None
    event = (
        b'{"at":"2026-11-01T12:00:00.000000Z","by":"me","kind":"note","objects":[],"said":{"n":7}}'
    )

    salted = hashlib.sha256(entry.nonce + event).digest()

    assert entry.leaf == hashlib.sha256(b"\x00" + salted).digest()


def test_a_reopened_log_goes_on_where_it_was(vault: Vault, place: Place) -> None:
    for number in range(40):
        with _open(place) as again:
            assert again.write(note(number)) == number

    assert verify_vault(place).ok


def test_each_commit_ends_with_a_signed_checkpoint(vault: Vault) -> None:
    vault.write(note(1))
    vault.write(lambda tx: tx.settings.set("cursor", 5))

    with vault.read() as view:
        signed = view.log.latest_checkpoint()
        assert signed is not None
        claim = verify_note(signed, ORIGIN, SIGNER.public)
        assert (claim.size, claim.root) == (1, view.log.root())


def test_the_vaults_own_kinds_cannot_be_written_from_outside(vault: Vault) -> None:
    with pytest.raises(UsageError, match="by the vault itself"):
        vault.write(lambda tx: tx.log.append("held", by="me", said={}))


def test_entries_are_read_from_a_start_by_kind_and_up_to_a_limit(long_log: Path) -> None:
    with _open(long_log) as vault, vault.read() as view:
        assert [each.index for each in view.log.entries(598)] == [598, 599]
        assert [each.said["n"] for each in view.log.entries(3, 2)] == [3, 4]
        assert list(view.log.entries(kind="other")) == []
        assert view.log.entry(600) is None


def test_what_an_entry_says_can_be_erased_and_the_log_still_holds(
    vault: Vault, place: Place
) -> None:
    vault.write(lambda tx: tx.log.append("contact", by="me", said={"who": "secret name"}))
    vault.write(lambda tx: tx.log.erase_entry(0, why="asked", by="me"))

    with vault.read() as view:
        entry = view.log.entry(0)
        assert entry is not None
        assert (entry.event, entry.nonce, entry.said) == (None, None, {})
    vault.close()
    if isinstance(place, Path):  # PostgreSQL sweeps its pages later, by VACUUM
        assert b"secret name" not in place.read_bytes()
    assert verify_vault(place).ok


def test_an_entry_that_covers_an_object_is_erased_with_the_object_only(vault: Vault) -> None:
    vault.write(lambda tx: tx.documents.put("case", "1", {}, by="me"))

    with pytest.raises(RefusedError, match="covers stored objects"):
        vault.write(lambda tx: tx.log.erase_entry(0, why="asked", by="me"))


def test_notes_of_other_logs_are_kept_once(vault: Vault, place: Place) -> None:
    vault.write(note(1))
    with vault.read() as view:
        ours = view.log.latest_checkpoint()
    assert ours is not None
    for _ in range(2):
        vault.write(lambda tx: tx.log.witness(ours, received_from="m1"))

    with vault.read() as view:
        assert view.log.witnessed(ORIGIN) == [ours]
        assert view.log.witnessed("another") == []


def test_every_revision_of_a_document_is_kept_and_the_same_again_is_none(vault: Vault) -> None:
    def put(title: str) -> int:
        return vault.write(lambda tx: tx.documents.put("case", "1", {"title": title}, by="me"))

    assert [put("a"), put("b"), put("b"), put("a")] == [1, 2, 2, 3]
    with vault.read() as view:
        current = view.documents.get("case", "1")
        assert current is not None
        assert (current.revision, current.body) == (3, {"title": "a"})
        titles = [each.body["title"] for each in view.documents.history("case", "1")]
        assert titles == ["a", "b", "a"]
        second = view.documents.get("case", "1", 2)
        assert second is not None
        assert second.body == {"title": "b"}
        assert view.documents.get("case", "2") is None
        assert [each.id for each in view.documents.list("case")] == ["1"]
        assert [entry.kind for entry in view.log.entries()] == ["document"] * 3


def test_an_erased_document_is_gone_and_can_be_begun_anew(vault: Vault, place: Place) -> None:
    vault.write(lambda tx: tx.documents.put("case", "1", {"t": "secret word"}, by="me"))
    vault.write(lambda tx: tx.documents.erase("case", "1", why="asked", by="me"))

    with vault.read() as view:
        assert view.documents.get("case", "1") is None
        assert view.documents.list("case") == ()
    assert vault.write(lambda tx: tx.documents.put("case", "1", {"t": 2}, by="me")) == 2
    with pytest.raises(RefusedError, match="no case"):
        vault.write(lambda tx: tx.documents.erase("case", "9", why="asked", by="me"))
    vault.close()
    if isinstance(place, Path):  # PostgreSQL sweeps its pages later, by VACUUM
        assert b"secret word" not in place.read_bytes()
    assert verify_vault(place).ok


def test_settings_are_set_changed_removed_and_not_logged(vault: Vault) -> None:
    vault.write(lambda tx: tx.settings.set("sync.cursor", {"a": [1, None]}))
    vault.write(lambda tx: tx.settings.set("sync.cursor", {"a": [2]}))
    vault.write(lambda tx: tx.settings.set("other", 1))
    vault.write(lambda tx: tx.settings.set("other", None))

    with vault.read() as view:
        assert view.settings.get("sync.cursor") == {"a": [2]}
        assert view.settings.get("other") is None
        assert view.settings.all("sync.") == {"sync.cursor": {"a": [2]}}
        assert view.log.size == 0
