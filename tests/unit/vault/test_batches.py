"""Batch forms leave exactly what the single forms leave, called one after another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vault.conftest import START, both_kinds, domain, holding, report
from tocsin.foundation import RefusedError, UsageError
from tocsin.vault import (
    Accepted,
    DeliveryState,
    Lens,
    NewEntry,
    Offered,
    Standing,
    Transaction,
    Vault,
)
from tocsin.vault.engine import open_engine
from tocsin.vault.verify import verify_vault

NewVault = Callable[[], Vault]

MEMBERS = ("m1", "m2", "m3")
VERSIONS = tuple(f"2026-01-0{day}T00:00:00.000Z" for day in (1, 2, 3))
AUTHORS = tuple(f"identity--00000000-0000-4000-8000-00000000000{digit}" for digit in "ab")

# All but what is drawn at random, and what is hashed from it.
_COMPARED = {
    "shared_objects": "seq, object_id, author, version, version_at, type, tlp, body, added, "
    "standing, received_from, revoked, entry",
    "shared_keys": "*",
    "derivations": "*",
    "visibility": "*",
    "outbox": "*",
    "deliveries": "*",
    "documents": "kind, id, revision, current, body, by, at, entry",
    "log_entries": "idx, kind, at",
    "counters": "*",
}


def rows(vault: Vault) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the vault's tables."""
    engine = open_engine(vault.place)
    with engine.connect() as connection:
        found = {
            table: sorted(
                map(
                    tuple,
                    connection.exec_driver_sql(f"SELECT {columns} FROM {table}"),  # noqa: S608 - ours
                ),
                key=repr,
            )
            for table, columns in _COMPARED.items()
        }
    engine.dispose()
    return found


def same(new_vault: NewVault, *works: Callable[[Transaction], Any]) -> list[Any]:
    """Do each work in a vault of its own, hold the vaults equal, return what the works returned.

    The first is verified as well: its log covers what it holds.
    """
    results: list[Any] = []
    found: list[dict[str, list[tuple[Any, ...]]]] = []
    for work in works:
        with new_vault() as vault:
            results.append(vault.write(work))
            found.append(rows(vault))
        assert work is not works[0] or verify_vault(vault.place).ok
    assert all(each == found[0] for each in found)
    return results


offers = st.builds(
    lambda number, version, name, author, refs, keys: Offered(
        object=report(
            number,
            modified=version,
            name=name,
            created_by_ref=author,
            object_refs=[report(ref, modified=version).id for ref in refs],
        ),
        standing=Standing.RECEIVED,
        by="sync",
        keys=keys,
        received_from="hub",
    ),
    st.integers(0, 2),
    st.sampled_from(VERSIONS),
    st.sampled_from(["one", "other"]),
    st.sampled_from(AUTHORS),
    st.lists(st.integers(0, 4), max_size=2),
    st.lists(st.sampled_from(["domain:a.example", "domain:b.example"]), max_size=3),
)


def accept(tx: Transaction, each: Offered) -> Accepted | str:
    try:
        return tx.shared.accept(
            each.object,
            standing=each.standing,
            by=each.by,
            keys=each.keys,
            received_from=each.received_from,
            author=each.author,
        )
    except RefusedError as error:
        return error.message


@both_kinds
@given(st.lists(offers, max_size=8), st.integers(0, 8))
def test_accepting_a_batch_equals_accepting_one_after_another(
    new_vault: NewVault, offered: list[Offered], at: int
) -> None:
    def batches(tx: Transaction) -> list[Accepted | str]:
        done = [*tx.shared.accept_all(offered[:at]), *tx.shared.accept_all(offered[at:])]
        return [each if isinstance(each, Accepted) else each.message for each in done]

    together, single = same(new_vault, batches, lambda tx: [accept(tx, each) for each in offered])
    assert together == single


def test_one_that_is_refused_hurts_no_other(vault: Vault) -> None:
    offered = [
        Offered(object=report(1, modified=VERSIONS[0], name=name), standing=Standing.OWN, by="me")
        for name in ("first", "second")
    ]
    offered.append(Offered(object=domain("a.example"), standing=Standing.OWN, by="me"))

    first, second, third = vault.write(lambda tx: tx.shared.accept_all(offered))

    assert isinstance(first, Accepted)
    assert isinstance(second, RefusedError)
    assert "same version" in second.message
    assert isinstance(third, Accepted)
    assert third.seq == first.seq + 1


def _seven(tx: Transaction) -> list[int]:
    """Accept seven objects in the order of their numbers."""
    offered = [
        Offered(object=report(number, modified=VERSIONS[0]), standing=Standing.OWN, by="me")
        for number in range(7)
    ]
    return [each.seq for each in tx.shared.accept_all(offered) if isinstance(each, Accepted)]


audiences = st.dictionaries(st.integers(1, 7), st.sets(st.sampled_from(MEMBERS)), max_size=7)


@given(audiences, audiences)
def test_showing_a_batch_equals_showing_one_after_another(
    new_vault: NewVault, before: dict[int, set[str]], after: dict[int, set[str]]
) -> None:
    def together(tx: Transaction) -> None:
        _seven(tx)
        tx.visibility.set_all(before)
        tx.visibility.set_all(after)
        assert tx.visibility.of_all(after) == after

    def single(tx: Transaction) -> None:
        _seven(tx)
        for wanted in (before, after):
            for seq, members in wanted.items():
                tx.visibility.set(seq, members)

    same(new_vault, together, single)


@given(
    st.lists(st.integers(1, 7), max_size=7),
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from(MEMBERS)), max_size=9),
    st.permutations(list(DeliveryState)),
)
def test_sending_a_batch_equals_sending_one_after_another(
    new_vault: NewVault,
    seqs: list[int],
    got: list[tuple[int, str]],
    states: list[DeliveryState],
) -> None:
    later = START + timedelta(hours=1)

    def together(tx: Transaction) -> None:
        _seven(tx)
        tx.outbox.add_all([*seqs[:2]], not_before=later)
        tx.outbox.add_all(seqs, not_before=START)
        tx.outbox.mark_all_sent(seqs[:4], START)
        tx.outbox.mark_all_sent(seqs, later)
        for number, state in enumerate(states):
            tx.deliveries.record_all(got[number:], state)

    def single(tx: Transaction) -> None:
        _seven(tx)
        for seq in seqs[:2]:
            tx.outbox.add(seq, not_before=later)
        for seq in seqs:
            tx.outbox.add(seq, not_before=START)
        for seq in seqs[:4]:
            tx.outbox.mark_sent(seq, START)
        for seq in seqs:
            tx.outbox.mark_sent(seq, later)
        for number, state in enumerate(states):
            for seq, member in got[number:]:
                tx.deliveries.record(seq, member, state)

    same(new_vault, together, single)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=8))
def test_putting_a_batch_of_documents_equals_putting_one_after_another(
    new_vault: NewVault, said: list[tuple[str, int]]
) -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [(name, {"n": number}) for name, number in said]

    def together(tx: Transaction) -> list[int]:
        half = len(bodies) // 2
        first = tx.documents.put_all("note", bodies[:half], by="me")
        return [*first, *tx.documents.put_all("note", bodies[half:], by="me")]

    def single(tx: Transaction) -> list[int]:
        return [tx.documents.put("note", name, body, by="me") for name, body in bodies]

    revisions, expected = same(new_vault, together, single)
    assert revisions == expected


def test_a_log_appended_to_by_the_batch_has_the_same_root(new_vault: NewVault) -> None:
    new = [NewEntry(f"kind-{n % 3}", f"person-{n % 2}", {"n": n}) for n in range(70)]

    def together(tx: Transaction) -> list[int]:
        return [*tx.log.append_all(new[:1]), *tx.log.append_all(new[1:20]), *_rest(tx)]

    def _rest(tx: Transaction) -> range:
        return tx.log.append_all(new[20:])

    def single(tx: Transaction) -> list[int]:
        return [tx.log.append(each.kind, by=each.by, said=each.said) for each in new]

    roots = []
    for work in (together, single):
        with new_vault() as vault:
            assert vault.write(work) == list(range(70))
            with vault.read() as view:
                roots.append(view.log.root())
    assert roots[0] == roots[1]


def test_a_batch_with_an_entry_of_the_vaults_own_kind_appends_nothing(vault: Vault) -> None:
    new = [NewEntry("note", "me", {}), NewEntry("accepted", "me", {})]
    with pytest.raises(UsageError, match="written by the vault"):
        vault.write(lambda tx: tx.log.append_all(new))
    with vault.read() as view:
        assert view.log.size == 0


def test_what_can_be_asked_at_once_is_what_single_questions_answer(vault: Vault) -> None:
    for author, version in ((AUTHORS[1], VERSIONS[2]), *((AUTHORS[0], v) for v in VERSIONS[::-1])):
        item = report(1, modified=version, created_by_ref=author)
        vault.write(lambda tx, i=item: tx.shared.accept(i, standing=Standing.OWN, by="me"))  # type: ignore[misc]
    vault.write(
        lambda tx: tx.shared.accept(domain("a.example"), standing=Standing.OWN, by="me").seq
    )
    vault.write(lambda tx: tx.visibility.set(1, ["m1"]))
    vault.write(lambda tx: tx.private.hold([holding("b.example")], by="me"))
    ids = [report(1, modified=VERSIONS[0]).id, domain("a.example").id, domain("none.example").id]

    with vault.read() as view:
        assert view.shared.get_all(ids) == {key: view.shared.get(key) for key in ids[:2]}
        assert view.shared.known([*ids, domain("b.example").id]) == set(ids[:2])
        # The author from whom the id came first is the second one.
        assert view.shared.numbers(ids) == {(ids[0], VERSIONS[2]): 1, (ids[1], ""): 5}
        assert view.visibility.seen_by("m1", [1, 2, 5]) == {1}
        assert view.visibility.seen_by("m2", [1, 2, 5]) == set()
        assert view.documents.get_all("note", ["x"]) == {}


def test_an_erased_object_is_not_among_the_known(vault: Vault) -> None:
    item = report(1, modified=VERSIONS[0])
    vault.write(lambda tx: tx.shared.accept(item, standing=Standing.OWN, by="me"))
    vault.write(lambda tx: tx.shared.erase(item.id, why="asked", by="me"))
    with vault.read() as view:
        assert view.shared.known([item.id]) == set()
        assert view.shared.numbers([item.id]) == {}


def test_more_objects_than_one_statement_can_name_come_in_at_once(vault: Vault) -> None:
    offered = [
        Offered(object=domain(f"{number}.example"), standing=Standing.OWN, by="me")
        for number in range(1_203)
    ]

    def work(tx: Transaction) -> None:
        done = tx.shared.accept_all(offered)
        seqs = [each.seq for each in done if isinstance(each, Accepted)]
        tx.visibility.set_all(dict.fromkeys(seqs, ("m1",)))

    vault.write(work)
    with vault.read() as view:
        seen = list(view.shared.iterate(Lens(reader="m1")))
        assert [each.id for each in seen] == [each.object.id for each in offered]
        assert len(view.shared.known(each.object.id for each in offered)) == 1_203


_TRANSACTIONS = st.lists(
    st.tuples(
        st.sets(st.integers(0, 5)),
        st.dictionaries(st.integers(0, 5), st.sets(st.sampled_from(MEMBERS[:2])), max_size=4),
        st.tuples(st.sampled_from(MEMBERS[:2]), st.integers(1, 3)),
    ),
    max_size=8,
)


@given(_TRANSACTIONS)
def test_a_member_that_polls_between_batches_gets_all_it_may_see(
    new_vault: NewVault, transactions: list[tuple[Any, ...]]
) -> None:
    cursor: dict[str, int | None] = dict.fromkeys(MEMBERS[:2])
    got: dict[str, set[int]] = {member: set() for member in MEMBERS[:2]}
    seqs: dict[int, int] = {}

    def poll(vault: Vault, member: str, limit: int) -> None:
        with vault.read() as view:
            lens = Lens(reader=member, versions=("all",))
            page = view.shared.page(lens, after=cursor[member], limit=limit)
        if page:
            cursor[member] = page[-1].added
            got[member] |= {each.seq for each in page}

    def write(tx: Transaction, numbers: set[int], shown: dict[int, set[str]]) -> None:
        ordered = sorted(numbers)
        offered = [
            Offered(object=report(each, modified=VERSIONS[0]), standing=Standing.OWN, by="me")
            for each in ordered
        ]
        for number, done in zip(ordered, tx.shared.accept_all(offered), strict=True):
            assert isinstance(done, Accepted)
            seqs[number] = done.seq
        tx.visibility.set_all({seqs[each]: shown[each] for each in shown if each in seqs})

    with new_vault() as vault:
        for numbers, shown, (member, limit) in transactions:
            vault.write(lambda tx, n=numbers, s=shown: write(tx, n, s))  # type: ignore[misc]
            poll(vault, member, limit)
        for member in MEMBERS[:2]:
            for _ in range(len(seqs) + 1):
                poll(vault, member, 2)
            with vault.read() as view:
                may_see = {seq for seq in seqs.values() if member in view.visibility.of(seq)}
            assert may_see <= got[member]
