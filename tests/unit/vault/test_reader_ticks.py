"""Each reader has its own time, which rises strictly and tells nothing of other readers."""

from sqlalchemy import delete

from tests.unit.vault.conftest import report
from tocsin.foundation import ManualClock
from tocsin.vault import Lens, Standing, Transaction, Vault, schema

V1 = "2026-01-01T00:00:00.000Z"


def _share(vault: Vault, number: int, *members: str) -> int:
    def work(tx: Transaction) -> int:
        seq = tx.shared.accept(report(number, modified=V1), standing=Standing.OWN, by="me").seq
        tx.visibility.set(seq, members)
        return seq

    return vault.write(work)


def _times(vault: Vault, member: str) -> list[int]:
    with vault.read() as view:
        return [each.added for each in view.shared.page(Lens(reader=member))]


def test_what_others_get_in_the_same_microsecond_leaves_no_gap(vault: Vault) -> None:
    _share(vault, 1, "m1")
    for number in range(2, 6):
        _share(vault, number, "m2")
    _share(vault, 6, "m1", "m2")
    first, second = _times(vault, "m1")
    assert second - first == 1
    assert len(set(_times(vault, "m2"))) == 5


def test_a_readers_time_rises_when_the_clock_runs_backwards(
    vault: Vault, clock: ManualClock
) -> None:
    for number in range(1, 5):
        _share(vault, number, "m1")
        clock.advance(hours=-1)
    times = _times(vault, "m1")
    assert times == sorted(set(times))


def test_sight_that_was_lost_comes_back_behind_the_readers_cursor(vault: Vault) -> None:
    seq = _share(vault, 1, "m1")
    (cursor,) = _times(vault, "m1")
    vault.write(lambda tx: tx.visibility.set(seq, []))
    vault.write(lambda tx: tx.visibility.set(seq, ["m1"]))
    assert _times(vault, "m1") > [cursor]


def test_a_vault_of_before_goes_on_behind_all_that_a_reader_has_seen(
    vault: Vault, clock: ManualClock
) -> None:
    _share(vault, 1, "m1")
    (cursor,) = _times(vault, "m1")
    names = schema.counters.c.name
    vault.write(
        lambda tx: tx._session.connection.execute(
            delete(schema.counters).where(names.like("tick:%"))
        )
    )
    clock.advance(hours=-1)
    _share(vault, 2, "m1")
    assert _times(vault, "m1") == [cursor, cursor + 1]
