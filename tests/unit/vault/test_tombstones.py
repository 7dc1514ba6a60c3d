"""What was erased is recognised when it comes again, by a keyed hash and by nothing else."""

from tocsin.vault import Tombstone, Transaction, Vault


def test_a_name_is_recognised_and_no_other(vault: Vault) -> None:
    vault.write(lambda tx: tx.tombstones.add(["domain:jane.example"], Tombstone.REFUSED, by="ada"))
    with vault.read() as view:
        graveyard = view.tombstones.all()
    assert graveyard.look(["domain:other.example", "domain:jane.example"]) is Tombstone.REFUSED
    assert graveyard.look(["domain:other.example"]) is None
    assert "jane" not in repr(graveyard)


def test_what_is_refused_stays_refused_and_outranks_what_is_noted(vault: Vault) -> None:
    def work(tx: Transaction) -> None:
        tx.tombstones.add(["a"], Tombstone.REFUSED, by="ada")
        tx.tombstones.add(["a", "b"], Tombstone.NOTED, by="ada")

    vault.write(work)
    with vault.read() as view:
        graveyard = view.tombstones.all()
    assert graveyard.look(["a"]) is Tombstone.REFUSED
    assert graveyard.look(["b"]) is Tombstone.NOTED
    assert graveyard.look(["b", "a"]) is Tombstone.REFUSED


def test_what_is_noted_can_come_to_be_refused_and_repeating_it_writes_nothing(
    vault: Vault,
) -> None:
    vault.write(lambda tx: tx.tombstones.add(["a"], Tombstone.NOTED, by="ada"))
    vault.write(lambda tx: tx.tombstones.add(["a"], Tombstone.REFUSED, by="ada"))
    with vault.read() as view:
        size = view.log.size
    vault.write(lambda tx: tx.tombstones.add(["a"], Tombstone.REFUSED, by="ada"))
    with vault.read() as view:
        assert view.log.size == size
        assert view.tombstones.all().look(["a"]) is Tombstone.REFUSED


def test_without_an_erasure_there_is_nothing_to_look_at(vault: Vault) -> None:
    with vault.read() as view:
        assert not view.tombstones.all()
        assert view.tombstones.all().look(["a"]) is None
        assert view.settings.get("erasure.key") is None
