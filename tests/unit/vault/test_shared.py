"""What crosses the border: acceptance, pages, visibility, outbox, deliveries, derivations."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.unit.vault.conftest import START, a_source, both_kinds, domain, holding, report
from tocsin.foundation import (
    ManualClock,
    RefusedError,
    UsageError,
)
from tocsin.records import StixObject
from tocsin.vault import (
    EVERYTHING,
    Accepted,
    DeliveryState,
    Lens,
    Shared,
    Standing,
    Transaction,
    Vault,
    schema,
)
from tocsin.vault.verify import verify_vault

V1, V2, V3 = (f"2026-01-0{day}T00:00:00.000Z" for day in (1, 2, 3))


def accept(vault: Vault, object_: StixObject, **more: Any) -> Accepted:
    return vault.write(lambda tx: tx.shared.accept(object_, standing=Standing.OWN, by="me", **more))


def show(vault: Vault, seq: int, *members: str) -> None:
    vault.write(lambda tx: tx.visibility.set(seq, members))


def names(found: list[Shared]) -> list[str]:
    return [each.object.name for each in found]


def test_the_same_again_is_not_new_and_adds_no_entry(vault: Vault) -> None:
    first = accept(vault, report(1, modified=V1))
    again = accept(vault, report(1, modified=V1))

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.seq, again.added) == (first.seq, first.added)
    with vault.read() as view:
        assert view.log.size == 1


def test_other_bytes_under_the_same_version_are_refused(vault: Vault) -> None:
    accept(vault, report(1, modified=V1))

    with pytest.raises(RefusedError, match="same version"):
        accept(vault, report(1, modified=V1, name="another"))


def test_another_author_cannot_put_a_version_before_the_first_authors(vault: Vault) -> None:
    accept(vault, report(1, modified=V1, name="true"))
    stranger = "identity--00000000-0000-4000-8000-00000000000b"
    accept(vault, report(1, modified=V3, name="false", created_by_ref=stranger))

    with vault.read() as view:
        id_ = report(1, modified=V1).id
        mine, theirs = view.shared.get(id_), view.shared.get(id_, author=stranger)
        assert mine is not None
        assert theirs is not None
        assert (mine.object.name, theirs.object.name) == ("true", "false")


def test_two_members_may_share_the_same_observable_under_their_own_terms(vault: Vault) -> None:
    accept(vault, domain("a.example").replaced(x_terms="a"), author="identity--a")
    accept(vault, domain("a.example").replaced(x_terms="b"), author="identity--b")

    with vault.read() as view:
        assert [each.author for each in view.shared.page()] == ["identity--a", "identity--b"]


def test_added_rises_strictly_even_when_the_clock_stands_or_runs_backwards(
    vault: Vault, clock: ManualClock
) -> None:
    added = [
        accept(vault, report(1, modified=V1)).added,
        accept(vault, report(2, modified=V1)).added,
    ]
    clock.advance(hours=-2)
    added.append(accept(vault, report(3, modified=V1)).added)
    clock.advance(hours=4)
    added.append(accept(vault, report(4, modified=V1)).added)

    assert added == sorted(set(added))
    assert added[1] - added[0] == added[2] - added[1] == 1


def test_pages_choose_last_first_all_or_one_version(vault: Vault) -> None:
    # Written in another order than they were made, with decimals that sort wrongly as text.
    for modified, name in ((V2, "two"), (V1, "one"), ("2026-01-02T00:00:00.000001Z", "three")):
        accept(vault, report(1, modified=modified, name=name))

    with vault.read() as view:
        assert names(view.shared.page()) == ["three"]
        assert names(view.shared.page(Lens(versions=("first",)))) == ["one"]
        assert names(view.shared.page(EVERYTHING)) == ["two", "one", "three"]
        assert names(view.shared.page(Lens(versions=("first", "last")))) == ["one", "three"]
        moment = START.replace(month=1, day=2, hour=0)
        assert names(view.shared.page(Lens(versions=(moment,)))) == ["two"]
        id_ = report(1, modified=V1).id
        assert names(view.shared.versions(id_)) == ["one", "two", "three"]
        one = view.shared.get(id_, V1)
        assert one is not None
        assert one.object.name == "one"


def test_pages_filter_by_type_id_standing_and_revocation(vault: Vault) -> None:
    accept(vault, report(1, modified=V1))
    accept(vault, domain("a.example"))
    accept(vault, report(2, modified=V1, name="taken back", revoked=True))

    with vault.read() as view:
        assert names(view.shared.page(Lens(types=frozenset({"domain-name"})))) == ["a.example"]
        assert len(view.shared.page(Lens(ids=frozenset({domain("a.example").id})))) == 1
        assert len(view.shared.page(Lens(standing=frozenset({Standing.RECEIVED})))) == 0
        assert names(view.shared.page(Lens(include_revoked=False))) == ["a report", "a.example"]
        assert names(view.shared.page(limit=2)) == ["a report", "a.example"]
        with pytest.raises(UsageError):
            view.shared.page(limit=0)


def test_a_member_sees_only_what_was_made_visible_to_it(vault: Vault) -> None:
    first, second = accept(vault, report(1, modified=V1)), accept(vault, report(2, modified=V1))
    show(vault, first.seq, "m1", "m2")
    show(vault, second.seq, "m2")

    with vault.read() as view:
        assert [each.seq for each in view.shared.page(Lens(reader="m1"))] == [first.seq]
        assert len(view.shared.page(Lens(reader="m2"))) == 2
        assert view.shared.page(Lens(reader="m3")) == []
        assert view.visibility.of(first.seq) == {"m1", "m2"}


def test_the_last_version_is_the_last_that_this_member_may_see(vault: Vault) -> None:
    old, new = (accept(vault, report(1, modified=each, name=each)) for each in (V1, V2))
    show(vault, old.seq, "m1", "m2")
    show(vault, new.seq, "m2")

    with vault.read() as view:
        assert names(view.shared.page(Lens(reader="m1"))) == [V1]
        assert names(view.shared.page(Lens(reader="m2"))) == [V2]


def test_what_becomes_visible_late_comes_at_the_end_of_the_members_feed(vault: Vault) -> None:
    early = accept(vault, report(1, modified=V1, name="early"))
    show(vault, early.seq, "m1")
    late = accept(vault, report(2, modified=V1, name="late"))
    show(vault, late.seq, "m1", "m2")
    with vault.read() as view:
        cursor = view.shared.page(Lens(reader="m2"))[-1].added

    show(vault, early.seq, "m1", "m2")

    with vault.read() as view:
        assert names(view.shared.page(Lens(reader="m2"), after=cursor)) == ["early"]
        assert names(view.shared.page(Lens(reader="m1"))) == ["early", "late"]


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.integers(0, 5)),
        st.tuples(st.just("show"), st.integers(0, 5), st.sets(st.sampled_from(["m1", "m2"]))),
        st.tuples(st.just("poll"), st.sampled_from(["m1", "m2"]), st.integers(1, 3)),
    ),
    max_size=30,
)


@both_kinds
@given(_STEPS)
def test_a_member_that_polls_by_cursor_gets_all_it_may_see(
    new_vault: Callable[[], Vault], steps: list[tuple[Any, ...]]
) -> None:
    seqs: dict[int, int] = {}
    cursor: dict[str, int | None] = {"m1": None, "m2": None}
    got: dict[str, set[int]] = {"m1": set(), "m2": set()}

    def poll(vault: Vault, member: str, limit: int) -> None:
        with vault.read() as view:
            lens = Lens(reader=member, versions=("all",))
            page = view.shared.page(lens, after=cursor[member], limit=limit)
        if page:
            cursor[member] = page[-1].added
            got[member] |= {each.seq for each in page}

    with new_vault() as vault:
        for step in steps:
            if step[0] == "accept":
                seqs[step[1]] = accept(vault, report(step[1], modified=V1)).seq
            elif step[0] == "show" and step[1] in seqs:
                show(vault, seqs[step[1]], *step[2])
            elif step[0] == "poll":
                poll(vault, step[1], step[2])
        for member in ("m1", "m2"):
            for _ in range(len(seqs) + 1):
                poll(vault, member, 2)
            with vault.read() as view:
                may_see = {seq for seq in seqs.values() if member in view.visibility.of(seq)}
            assert may_see <= got[member]


def test_the_outbox_holds_until_its_time_and_can_be_taken_back(
    vault: Vault, clock: ManualClock
) -> None:
    first, second = accept(vault, report(1, modified=V1)), accept(vault, report(2, modified=V1))
    later = START + timedelta(minutes=10)
    vault.write(lambda tx: tx.outbox.add(first.seq, not_before=later))
    vault.write(lambda tx: tx.outbox.add(second.seq, not_before=later))
    vault.write(lambda tx: tx.outbox.take_back(second.seq))

    with vault.read() as view:
        assert view.outbox.due(START) == []
        assert [each.seq for each in view.outbox.due(later)] == [first.seq]
    vault.write(lambda tx: tx.outbox.mark_sent(first.seq, later))
    with vault.read() as view:
        assert view.outbox.due(later) == []
        assert [each.sent_at for each in view.outbox.rows(unsent_only=False)] == [later]
    with pytest.raises(RefusedError, match="not waiting"):
        vault.write(lambda tx: tx.outbox.take_back(first.seq))


def test_a_delivery_only_moves_forward_and_tells_whom_it_reached(vault: Vault) -> None:
    seq = accept(vault, report(1, modified=V1)).seq
    for member, state in (
        ("m1", DeliveryState.QUEUED),
        ("m2", DeliveryState.SENT),
        ("m3", DeliveryState.ACKNOWLEDGED),
        ("m3", DeliveryState.SENT),
    ):
        vault.write(lambda tx, m=member, s=state: tx.deliveries.record(seq, m, s))  # type: ignore[misc]

    with vault.read() as view:
        states = [(each.member, each.state) for each in view.deliveries.of(seq)]
        assert states == [
            ("m1", DeliveryState.QUEUED),
            ("m2", DeliveryState.SENT),
            ("m3", DeliveryState.ACKNOWLEDGED),
        ]
        assert [each.seq for each in view.deliveries.queue("m1")] == [seq]
        assert view.deliveries.reached(report(1, modified=V1).id) == ["m2", "m3"]


def test_no_foreign_key_leads_from_what_can_be_delivered_to_what_is_private() -> None:
    private = {table.name for table in schema.PRIVATE}
    reached: set[str] = set()
    edge = {"visibility", "outbox", "deliveries"} | {table.name for table in schema.SHARED}
    while edge:
        reached |= edge
        edge = {
            key.column.table.name
            for name in edge
            for key in schema.metadata.tables[name].foreign_keys
        } - reached

    assert reached & private == set()
    assert private | {table.name for table in schema.SHARED} < set(schema.metadata.tables)


def test_private_objects_cannot_be_delivered_shown_or_sent(vault: Vault) -> None:
    source = vault.write(lambda tx: tx.private.add_source(a_source()))
    vault.write(lambda tx: tx.private.hold([holding("a.example", source)], by="me"))

    for number in (0, 1, 2):
        with pytest.raises(UsageError, match="no shared object"):
            vault.write(lambda tx, n=number: tx.visibility.set(n, ["m1"]))  # type: ignore[misc]
        with pytest.raises(UsageError, match="no shared object"):
            vault.write(lambda tx, n=number: tx.outbox.add(n, not_before=START))  # type: ignore[misc]
        with pytest.raises(UsageError, match="no shared object"):
            vault.write(
                lambda tx, n=number: tx.deliveries.record(n, "m1", DeliveryState.QUEUED)  # type: ignore[misc]
            )
    with vault.read() as view:
        assert view.shared.page(Lens(reader="m1")) == []
        assert view.shared.find(["domain:a.example"]) == {}


def test_keys_find_live_objects_only(vault: Vault) -> None:
    accept(vault, report(1, modified=V1, name="old"), keys=["domain:a.example"])
    accept(vault, report(1, modified=V2, name="new"), keys=["domain:a.example"])
    accept(vault, report(2, modified=V1, revoked=True), keys=["domain:a.example"])

    with vault.read() as view:
        found = view.shared.find(["domain:a.example", "domain:b.example"])
    assert {key: names(objects) for key, objects in found.items()} == {"domain:a.example": ["new"]}


def test_what_rests_on_an_object_is_found_at_any_distance_and_in_circles(vault: Vault) -> None:
    ids = [report(number, modified=V1).id for number in range(5)]
    refs: list[dict[str, Any]] = [{}, {"object_refs": [ids[0]]}, {"object_refs": [ids[1], ids[3]]}]
    refs += [{"object_refs": [ids[2]]}, {}]
    for number, more in enumerate(refs):
        accept(vault, report(number, modified=V1, **more))

    with vault.read() as view:
        assert view.shared.derived_from([ids[0]]) == {ids[1], ids[2], ids[3]}
        assert view.shared.sources_of([ids[1]]) == {ids[0]}
        assert view.shared.derived_from([report(1, modified=V1).author or ""]) == set()


def test_a_derived_from_relationship_links_its_two_ends(vault: Vault) -> None:
    ends = [report(number, modified=V1).id for number in (1, 2)]
    link = StixObject.of(
        {
            "type": "relationship",
            "id": "relationship--00000000-0000-4000-8000-000000000001",
            "relationship_type": "derived-from",
            "source_ref": ends[1],
            "target_ref": ends[0],
            "created": V1,
            "modified": V1,
        }
    )
    accept(vault, link)

    with vault.read() as view:
        assert view.shared.derived_from([ends[0]]) == {ends[1], link.id}


def test_flags_stand_once_until_they_are_acknowledged(vault: Vault) -> None:
    def flag() -> bool:
        return vault.write(lambda tx: tx.shared.flag("a", because_id="b", kind="withdrawn"))

    assert (flag(), flag()) == (True, False)
    assert vault.write(lambda tx: tx.shared.acknowledge_flags("a")) == 1
    with vault.read() as view:
        assert view.shared.flags() == []
        assert [each.because_id for each in view.shared.flags("a", open_only=False)] == ["b"]


def test_erasing_a_shared_object_leaves_no_trace_in_the_file(filed: Vault, path: Path) -> None:
    seq = accept(filed, domain("secret-name.example"), keys=["domain:secret-name.example"]).seq
    show(filed, seq, "m1")
    filed.write(lambda tx: tx.deliveries.record(seq, "m1", DeliveryState.SENT))
    gone = domain("secret-name.example").id

    filed.write(lambda tx: tx.shared.erase(gone, why="the person asked", by="me"))

    with filed.read() as view:
        assert view.shared.get(gone) is None
        assert view.shared.page(Lens(reader="m1")) == []
        assert [each.member for each in view.deliveries.of(seq)] == ["m1"]
    filed.close()
    raw = path.read_bytes()
    assert not [word for word in (b"secret-name", gone.encode()) if word in raw]
    assert verify_vault(path).ok


def test_a_void_version_is_shown_to_nobody_and_the_one_before_stands(vault: Vault) -> None:
    first = accept(vault, report(1, modified=V1, name="true"))
    planted = accept(vault, report(1, modified=V2, name="false"))
    show(vault, planted.seq, "identity--a")
    show(vault, first.seq, "identity--a")

    vault.write(lambda tx: tx.shared.make_void([planted.seq], why="stolen", by="me"))

    with vault.read() as view:
        assert names(view.shared.page()) == ["true"]
        assert names(view.shared.page(Lens(reader="identity--a"))) == ["true"]
        assert names(view.shared.versions(report(1, modified=V1).id)) == ["true"]
        kept = view.shared.page(Lens(standing=frozenset({Standing.VOID}), versions=("all",)))
    assert names(kept) == ["false"]
    with pytest.raises(RefusedError, match="does not count"):
        accept(vault, report(1, modified=V2, name="false"))


def test_a_vault_verifies_with_void_versions_and_not_when_one_is_made_void_unlogged(
    vault: Vault,
) -> None:
    seqs = [accept(vault, report(1, modified=each)).seq for each in (V1, V2)]
    vault.write(lambda tx: tx.shared.make_void(seqs, why="stolen", by="me"))
    assert verify_vault(vault.place).ok
    vault.write(lambda tx: tx.shared.reinstate(seqs[:1], Standing.OWN, why="not so", by="me"))
    assert verify_vault(vault.place).ok

    def tamper(tx: Transaction) -> None:
        table = schema.shared_objects
        hidden = update(table).where(table.c.seq == seqs[0]).values(standing="void")
        tx.shared._connection.execute(hidden)

    vault.write(tamper)
    assert not verify_vault(vault.place).ok
