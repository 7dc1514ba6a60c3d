"""What the log answers and refuses, entry by entry, and checkpoints along a log."""

import base64
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.vault.conftest import ORIGIN, SIGNER, START, note
from tocsin.foundation import ManualClock, RefusedError, StorageError, TocsinError, UsageError
from tocsin.trust import (
    Checkpoint,
    Frontier,
    SigningKey,
    leaf_hash,
    read_note,
    sign_checkpoint,
    verify_consistency,
    verify_inclusion,
)
from tocsin.vault import Transaction, Vault
from tocsin.vault.checkpoints import CheckpointTrail, KeptNote
from tocsin.vault.faults import BadEntryError
from tocsin.vault.log import Commitment, NewEntry
from tocsin.vault.verify import verify_vault

STRANGER = SigningKey.from_raw(bytes([9]) * 32)
ELSEWHERE = "elsewhere.example/log"
SEEN = Commitment("report--1", "2026-01-01T00:00:00.000Z", bytes(range(32)))


@pytest.fixture
def five(filed: Vault) -> Vault:
    for number in range(5):
        filed.write(note(number))
    return filed


def refused(vault: Vault, work: Callable[[Transaction], object]) -> TocsinError:
    with pytest.raises(TocsinError) as caught:
        vault.write(work)
    return caught.value


def test_a_log_knows_its_name_and_its_size(filed: Vault) -> None:
    with filed.read() as view:
        assert (view.log.origin, view.log.size) == (ORIGIN, 0)
        assert view.log.latest_checkpoint() is None
        assert view.log.root() == hashlib.sha256(b"").digest()

    def sizes(tx: Transaction) -> list[int]:
        before = tx.log.size
        tx.log.append("note", by="me", said={})
        return [before, tx.log.size]

    assert filed.write(sizes) == [0, 1]
    assert filed.write(sizes) == [1, 2]


def test_proofs_are_for_the_whole_log_unless_another_size_is_asked_for(five: Vault) -> None:
    with five.read() as view:
        log = view.log
        leaves = [entry.leaf for entry in log.entries()]
        for size in (None, 3):
            whole = 5 if size is None else size
            verify_inclusion(1, whole, leaves[1], log.inclusion(1, size), log.root(size))
            proof = log.consistency(2, size)
            verify_consistency(2, whole, log.root(2), log.root(size), proof)
        assert log.root() == log.root(5) != log.root(3)
        assert log.root(0) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", [-1, 6])
def test_a_size_that_the_log_never_had_is_refused(five: Vault, size: int) -> None:
    with five.read() as view:
        for ask in (view.log.root, lambda n: view.log.inclusion(0, n)):
            with pytest.raises(UsageError) as caught:
                ask(size)
            assert caught.value.message == f"the log has 5 entries, not {size}"


def test_entries_are_read_from_the_first_by_kind_and_by_number(five: Vault) -> None:
    five.write(lambda tx: tx.log.append("other", by="you", said={}))
    with five.read() as view:
        assert [each.index for each in view.log.entries()] == list(range(6))
        assert [each.index for each in view.log.entries(kind="other")] == [5]
        assert [each.index for each in view.log.entries(2, 1, kind="note")] == [2]
        entry = view.log.entry(5)
    assert entry is not None
    assert (entry.kind, entry.by, entry.at) == ("other", "you", START)


def test_an_entry_keeps_who_said_what_when_of_which_objects(
    filed: Vault, clock: ManualClock
) -> None:
    clock.advance(seconds=1)
    new = [
        NewEntry("note", "ada", {"b": 1, "a": 2}, (SEEN,)),
        NewEntry("note", "bo", {}),
        NewEntry("talk", "ada", {}),
    ]
    assert filed.write(lambda tx: tx.log.append_all(new)) == range(3)
    assert filed.write(lambda tx: tx.log.append("note", by="ada", said={}, objects=[SEEN])) == 3
    with filed.read() as view:
        entries = list(view.log.entries())
    told = [(each.event["kind"], each.event["by"]) for each in entries if each.event]
    assert told == [("note", "ada"), ("note", "bo"), ("talk", "ada"), ("note", "ada")]
    assert [(each.kind, each.by) for each in entries] == told
    event = (
        b'{"at":"2026-11-01T12:00:01.000000Z","by":"ada","kind":"note","objects":[{"commitment":"'
        + SEEN.commitment.hex().encode()
        + b'","id":"report--1","version":"2026-01-01T00:00:00.000Z"}],"said":{"a":2,"b":1}}'
    )
    nonce = entries[0].nonce
    assert nonce is not None
    assert entries[0].leaf == leaf_hash(hashlib.sha256(nonce + event).digest())
    assert entries[3].event is not None
    assert entries[3].event["objects"] == [SEEN.to_json()]


def test_the_vaults_own_kinds_are_refused_by_name_and_nothing_is_appended(five: Vault) -> None:
    new = [NewEntry("note", "me", {}), NewEntry("erased", "me", {})]
    refusal = refused(five, lambda tx: tx.log.append_all(new))
    assert refusal.message == "entries of kind 'erased' are written by the vault itself"
    with five.read() as view:
        assert view.log.size == 5


def test_a_head_is_signed_once_and_its_key_is_kept_once(five: Vault, path: Path) -> None:
    first = five.write(lambda tx: tx.log.checkpoint(SIGNER))
    again = five.write(lambda tx: tx.log.checkpoint(STRANGER))
    assert first == again
    claim = read_note(first)
    with five.read() as view:
        assert view.log.latest_checkpoint() == first
        assert claim == Checkpoint(ORIGIN, 5, view.log.root())
    with closing(sqlite3.connect(path)) as raw:
        kept = raw.execute("SELECT name, value FROM meta WHERE name LIKE 'signer:%'").fetchall()
        rows = raw.execute("SELECT size, root, at FROM checkpoints ORDER BY size").fetchall()
    assert kept == [(f"signer:{SIGNER.key_id}", SIGNER.public.to_text())]
    assert [size for size, _, _ in rows] == [1, 2, 3, 4, 5]
    assert (rows[-1][1], rows[-1][2]) == (claim.root, int(START.timestamp() * 1_000_000))


def test_a_head_whose_note_is_lost_is_signed_anew_from_what_the_log_keeps(
    five: Vault, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM checkpoints")
        raw.commit()
    claim = read_note(five.write(lambda tx: tx.log.checkpoint(SIGNER)))
    with five.read() as view:
        assert claim == Checkpoint(ORIGIN, 5, view.log.root())


def test_one_checkpoint_is_kept_for_all_entries_of_a_transaction(filed: Vault, path: Path) -> None:
    def three(tx: Transaction) -> None:
        for number in range(3):
            note(number)(tx)

    filed.write(three)
    filed.close()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT size FROM checkpoints").fetchall() == [(3,)]
    assert verify_vault(path, [SIGNER.public]).checkpoints == 1


def seen(size: int, filler: int = 0, origin: str = ELSEWHERE) -> str:
    return sign_checkpoint(Checkpoint(origin, size, bytes([filler]) * 32), origin, STRANGER)


def witnessing(signed: str) -> Callable[[Transaction], None]:
    return lambda tx: tx.log.witness(signed, received_from="m1")


def test_notes_of_another_log_are_kept_in_the_order_of_their_sizes_and_each_once(
    filed: Vault, clock: ManualClock, path: Path
) -> None:
    for size, filler in ((9, 0), (4, 1), (4, 0), (9, 0)):
        clock.advance(seconds=1)
        filed.write(witnessing(seen(size, filler)))
    filed.write(witnessing(seen(1, origin="third.example/log")))
    with filed.read() as view:
        assert view.log.witnessed(ELSEWHERE) == [seen(4, 1), seen(4, 0), seen(9, 0)]
        assert view.log.last_witnessed(ELSEWHERE, 3) is None
        assert view.log.last_witnessed(ELSEWHERE, 4) == START + timedelta(seconds=3)
        assert view.log.last_witnessed(ELSEWHERE, 9) == START + timedelta(seconds=3)
        assert view.log.last_witnessed("nowhere", 9) is None
    with closing(sqlite3.connect(path)) as raw:
        row = raw.execute("SELECT origin, size, root, received_from FROM witnessed").fetchone()
    assert row == (ELSEWHERE, 9, bytes(32), "m1")


def test_an_erasure_repeats_the_leaf_and_its_reason_and_is_found_by_name(
    five: Vault, path: Path
) -> None:
    with five.read() as view:
        gone = view.log.entry(2)
    assert gone is not None

    def erase(tx: Transaction) -> int:
        return tx.log.erase_events([gone], [SEEN], why="asked", by="ada", what=["held:7"])

    assert five.write(erase) == 5
    with five.read() as view:
        erasing, left = view.log.entry(5), view.log.entry(2)
    assert erasing is not None
    assert left is not None
    assert (erasing.kind, erasing.by) == ("erased", "ada")
    assert erasing.said == {"why": "asked", "entries": [{"index": 2, "leaf": gone.leaf.hex()}]}
    assert erasing.event is not None
    assert erasing.event["objects"] == [SEEN.to_json()]
    assert (left.event, left.nonce, left.by, left.leaf) == (None, None, "", gone.leaf)
    with closing(sqlite3.connect(path)) as raw:
        named = raw.execute("SELECT what, entry FROM erasures ORDER BY what").fetchall()
    assert named == [("entry:2", 5), ("held:7", 5)]


def test_what_cannot_be_erased_is_refused_by_its_number(five: Vault) -> None:
    missing = refused(five, lambda tx: tx.log.erase_entry(9, why="asked", by="me"))
    assert isinstance(missing, UsageError)
    assert missing.message == "the log has no entry 9"
    assert five.write(lambda tx: tx.log.erase_entry(1, why="asked", by="ada")) == 5
    twice = refused(five, lambda tx: tx.log.erase_entry(1, why="asked", by="me"))
    assert isinstance(twice, StorageError)
    assert twice.message == "entry 1 was erased before"
    own = refused(five, lambda tx: tx.log.erase_entry(5, why="asked", by="me"))
    assert isinstance(own, RefusedError)
    assert (own.message, own.hint) == (
        "entry 5 covers stored objects",
        "erase the object instead",
    )
    with five.read() as view:
        erasing = view.log.entry(5)
    assert erasing is not None
    assert (erasing.by, erasing.said["why"]) == ("ada", "asked")


def test_an_entry_that_cannot_be_read_is_named(five: Vault, path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE log_entries SET event = x'7b' WHERE idx = 3")
        raw.commit()
    with five.read() as view, pytest.raises(TocsinError, match="log entry 3"):
        view.log.entry(3)


def tree(size: int) -> Frontier:
    made = Frontier()
    for number in range(size):
        made.append(leaf_hash(b"%d" % number))
    return made


def kept(size: int, *, key: SigningKey = SIGNER, of: int | None = None) -> KeptNote:
    head = Checkpoint(ORIGIN, size, tree(size if of is None else of).root())
    return size, sign_checkpoint(head, ORIGIN, key), head.root


def walked(notes: list[KeptNote], *keys: SigningKey, to: int = 4) -> CheckpointTrail:
    trail = CheckpointTrail(notes, origin=ORIGIN, keys=[key.public for key in keys])
    for size in range(to + 1):
        trail.check(size, tree(size))
    trail.check_end(tree(to))
    return trail


def fault(notes: list[KeptNote], *keys: SigningKey) -> tuple[int | None, str]:
    with pytest.raises(BadEntryError) as caught:
        walked(notes, *keys)
    return caught.value.index, caught.value.why


def test_every_checkpoint_along_the_log_is_counted() -> None:
    assert walked([], SIGNER).checked == 0
    assert walked([kept(0), kept(2), kept(2), kept(4)], SIGNER).checked == 4
    assert walked([kept(1), kept(3, key=STRANGER)], STRANGER, SIGNER).checked == 2
    assert walked([kept(1), kept(3, key=STRANGER)]).checked == 2
    bare = [(size, text, None) for size, text, _ in (kept(1), kept(3))]
    assert walked([*bare], SIGNER).checked == 2


def test_a_rewritten_log_is_named_from_after_the_last_checkpoint_that_held() -> None:
    first = fault([kept(2, of=3)], SIGNER)
    assert first == (0, "the log differs from its signed checkpoint of 2 entries")
    later = fault([kept(1), kept(2), kept(4, of=3)], SIGNER)
    assert later == (2, "the log differs from its signed checkpoint of 4 entries")


def test_a_checkpoint_kept_under_another_head_is_damaged_and_blames_no_entry() -> None:
    _, text, root = kept(2)
    other = Checkpoint("other", 2, tree(2).root())
    renamed = sign_checkpoint(other, ORIGIN, SIGNER)
    for bad in ((3, text, root), (1, text, root), (2, text, bytes(32)), (2, renamed, root)):
        assert fault([bad], SIGNER) == (
            None,
            f"the checkpoint of {bad[0]} entries is damaged",
        )
    behind = CheckpointTrail([kept(2)], origin=ORIGIN, keys=[])
    with pytest.raises(BadEntryError, match="checkpoint of 2 entries is damaged"):
        behind.check(3, tree(3))


def test_a_checkpoint_of_more_entries_than_there_are_says_that_some_are_missing() -> None:
    assert fault([kept(3), kept(5)], SIGNER) == (
        4,
        "entries are missing: a checkpoint counts 5",
    )


def test_a_note_that_no_known_key_signed_or_that_is_none_says_why() -> None:
    index, why = fault([kept(1)], STRANGER)
    assert index is None
    assert why.startswith(
        f"a checkpoint does not hold: the checkpoint bears no signature by {ORIGIN}"
    )
    index, why = fault([(1, "no note", None)])
    assert index is None
    assert why.startswith("a checkpoint does not hold: checkpoint: ")


def test_a_verification_tells_root_size_and_whether_it_was_held_to_signatures(
    five: Vault, path: Path
) -> None:
    five.close()
    for keys in ([], [SIGNER.public]):
        found = verify_vault(path, keys)
        assert (found.ok, found.entries, found.checkpoints, found.signed) == (True, 5, 5, True)
        assert (found.first_bad, found.why) == (None, "")
        assert len(base64.b64decode(found.root)) == 32
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DELETE FROM meta WHERE name LIKE 'signer:%'")
        raw.commit()
    assert not verify_vault(path).signed
    assert verify_vault(path).ok


def test_a_damaged_key_of_a_vault_is_no_key_and_a_good_one_beside_it_still_is(
    five: Vault, path: Path
) -> None:
    five.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO meta VALUES ('signer:!', 'no key')")
        raw.execute("INSERT INTO meta VALUES ('signer:~', 'no key')")
        raw.commit()
    assert verify_vault(path).signed


def test_a_vault_that_is_not_there_is_named_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        verify_vault(tmp_path / "gone.db")
    assert caught.value.message == f"there is no vault at {tmp_path / 'gone.db'}"
    assert caught.value.hint == "name a home or its vault.db"


def test_a_null_where_none_is_allowed_is_damage_to_the_file(five: Vault, path: Path) -> None:
    five.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE log_entries SET at = 'never' WHERE idx = 2")
        raw.commit()
    found = verify_vault(path)
    assert not found.ok
    assert found.entries == 2


def test_an_index_that_is_not_its_tables_is_damage_that_no_entry_is_to_blame_for(
    five: Vault, path: Path
) -> None:
    five.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master"
            " WHERE name = 'ix_visibility_seq') WHERE name = 'ix_log_entries_kind_idx'"
        )
        raw.commit()
    found = verify_vault(path)
    assert (found.ok, found.entries, found.first_bad) == (False, 5, None)
    assert found.why.startswith("the database file is damaged: ")
    assert "reference to page" in found.why


def test_a_file_whose_pages_are_gone_is_damage_and_not_a_crash(five: Vault, path: Path) -> None:
    five.close()
    with closing(sqlite3.connect(path)) as raw:
        page = raw.execute("PRAGMA page_size").fetchone()[0]
        (root,) = raw.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'log_entries'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * page)
    found = verify_vault(path)
    assert (found.ok, found.entries, found.root) == (False, 0, "")
    assert str(path) in found.why
    assert "malformed" in found.why


def test_a_vault_of_another_version_is_named(five: Vault, path: Path) -> None:
    five.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999_later'")
        raw.commit()
    with pytest.raises(StorageError, match="newer") as caught:
        verify_vault(path)
    assert str(path) in caught.value.message
