"""What the organisation holds: versions, keys, sources, erasure."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vault.conftest import START, a_source, domain, holding, report
from tocsin.foundation import ManualClock, RefusedError, UsageError
from tocsin.vault import BATCH, Held, Holding, Provenance, Vault
from tocsin.vault.verify import verify_vault


def _size(vault: Vault) -> int:
    with vault.read() as view:
        return view.log.size


def test_a_second_import_of_the_same_adds_nothing(vault: Vault) -> None:
    def run() -> Held:
        source = vault.write(lambda tx: tx.private.add_source(a_source()))
        batch = [holding(f"d{n}.example", source, f"row {n}") for n in range(5)]
        return vault.write(lambda tx: tx.private.hold(batch, by="me"))

    first, before = run(), _size(vault)
    second = run()

    assert first == Held(new=5, traced=5)
    assert second == Held(known=5)
    assert _size(vault) == before


def test_another_body_under_the_same_id_is_a_new_version_and_both_are_kept(vault: Vault) -> None:
    old = report(1, modified="2026-01-01T00:00:00.000Z", name="old")
    new = report(1, modified="2026-01-02T00:00:00.000Z", name="new")

    held = vault.write(lambda tx: tx.private.hold([Holding(old), Holding(new)], by="me"))

    assert held == Held(new=1, changed=1)
    with vault.read() as view:
        current = view.private.get(old.id)
        assert current is not None
        assert (current.object.name, current.revision) == ("new", 2)
        assert [each.object.name for each in view.private.versions(old.id)] == ["old", "new"]


def test_a_bare_body_adds_no_version_to_what_is_held_in_this_batch_or_before(vault: Vault) -> None:
    full = domain("a.example").replaced(x_note="fuller")
    bare = Holding(domain("a.example"), ("domain:a.example",), bare=True)

    together = vault.write(lambda tx: tx.private.hold([Holding(full), bare], by="me"))
    later = vault.write(lambda tx: tx.private.hold([bare], by="me"))

    assert (together, later) == (Held(new=1, known=1), Held(known=1))
    with vault.read() as view:
        current = view.private.get(full.id)
        assert current is not None
        assert current.object.body == full.body
        assert list(view.private.keys(["domain"])) == [("domain:a.example", full.id)]


def test_an_older_version_that_comes_late_is_kept_but_not_current(vault: Vault) -> None:
    # As texts the first would sort after the second: "Z" is greater than "0".
    newer = report(1, modified="2026-01-01T00:00:00.000500Z", name="newer")
    older = report(1, modified="2026-01-01T00:00:00.000Z", name="older")
    for each in (newer, older):
        vault.write(lambda tx, each=each: tx.private.hold([Holding(each)], by="me"))  # type: ignore[misc]

    with vault.read() as view:
        current = view.private.get(newer.id)
        assert current is not None
        assert current.object.name == "newer"
        assert len(view.private.versions(newer.id)) == 2


def test_two_sources_that_disagree_are_both_kept(vault: Vault) -> None:
    first = vault.write(lambda tx: tx.private.add_source(a_source("01")))
    second = vault.write(lambda tx: tx.private.add_source(a_source("02")))
    batch = [
        holding("a.example", first, "row 1", comment="eight companies met"),
        holding("a.example", second, "page 2", comment="nine companies met"),
    ]

    held = vault.write(lambda tx: tx.private.hold(batch, by="me"))

    assert held == Held(new=1, known=1, traced=2)
    with vault.read() as view:
        traced = view.private.provenance(domain("a.example").id)
        said = [(each.source.digest, each.provenance.said["comment"]) for each in traced]
        assert said == [("01", "eight companies met"), ("02", "nine companies met")]


def test_objects_are_found_by_key_kind_source_and_type(vault: Vault) -> None:
    source = vault.write(lambda tx: tx.private.add_source(a_source()))
    first, second = domain("a.example"), domain("b.example")
    batch = [
        Holding(first, ("domain:a.example", "url:https://a.example/"), Provenance(source, "1")),
        Holding(second, ("domain:b.example", "domain:a.example")),
        Holding(report(1, modified="2026-01-01T00:00:00.000Z")),
    ]
    vault.write(lambda tx: tx.private.hold(batch, by="me"))

    with vault.read() as view:
        found = view.private.find(["domain:a.example", "domain:none.example"])
        assert found == {"domain:a.example": [first.id, second.id]}
        assert list(view.private.keys(["url"])) == [("url:https://a.example/", first.id)]
        assert len(list(view.private.keys(["domain", "url"]))) == 4
        assert list(view.private.keys([])) == []
        assert [each.id for each in view.private.iterate(source=source)] == [first.id]
        assert [each.type for each in view.private.iterate(type="report")] == ["report"]
        assert [each.id for each in view.private.iterate(ids=[second.id])] == [second.id]
        assert view.private.counts() == {"domain-name": 2, "report": 1}


def test_find_answers_for_more_keys_than_one_statement_takes(vault: Vault) -> None:
    names = [f"d{n}.example" for n in range(1_300)]
    vault.write(lambda tx: tx.private.hold([holding(name) for name in names], by="me"))

    with vault.read() as view:
        found = view.private.find([f"domain:{name}" for name in names])

    assert found == {f"domain:{name}": [domain(name).id] for name in names}


def test_first_observed_is_the_earliest_observation_and_never_a_registration(
    vault: Vault,
) -> None:
    source = vault.write(lambda tx: tx.private.add_source(a_source()))
    batch = [
        holding("a.example", source, "1", first_observed="2026-03-01T00:00:00Z"),
        holding("a.example", source, "2", first_observed="2026-02-01T01:00:00+01:00"),
        holding("a.example", source, "3", registered="2020-01-01T00:00:00Z"),
        holding("b.example", source, "4", registered="2020-01-01T00:00:00Z"),
        holding("c.example", source, "5", first_observed="last spring"),
    ]
    vault.write(lambda tx: tx.private.hold(batch, by="me"))

    keys = [f"domain:{name}.example" for name in "abcd"]
    with vault.read() as view:
        found = view.private.first_observed(keys)

    assert found == {
        "domain:a.example": datetime(2026, 2, 1, tzinfo=UTC),
        "domain:b.example": None,
        "domain:c.example": None,
        "domain:d.example": None,
    }


def test_each_thousand_objects_are_one_log_entry(vault: Vault) -> None:
    batch = [holding(f"d{n}.example") for n in range(BATCH + 1)]

    vault.write(lambda tx: tx.private.hold(batch, by="me"))

    with vault.read() as view:
        entries = list(view.log.entries())
        assert [(each.kind, len(each.event["objects"])) for each in entries if each.event] == [  # type: ignore[arg-type]
            ("held", BATCH),
            ("held", 1),
        ]


def test_the_log_names_private_objects_by_number_never_by_id_or_value(vault: Vault) -> None:
    vault.write(lambda tx: tx.private.hold([holding("a.example")], by="me"))

    with vault.read() as view:
        entry = view.log.entry(0)
    assert entry is not None
    assert "held:1" in str(entry.event)
    assert domain("a.example").id not in str(entry.event)
    assert "a.example" not in str(entry.event)


def test_erasing_removes_every_trace_from_the_file_and_the_log_still_holds(
    filed: Vault, path: Path
) -> None:
    source = filed.write(lambda tx: tx.private.add_source(a_source()))
    batch = [
        holding("secret-name.example", source, "secret row", comment="secret word"),
        holding("kept.example", source, "row 2"),
    ]
    filed.write(lambda tx: tx.private.hold(batch, by="me"))
    gone = domain("secret-name.example").id

    filed.write(lambda tx: tx.private.erase(gone, why="the person asked", by="me"))

    with filed.read() as view:
        assert view.private.get(gone) is None
        assert view.private.versions(gone) == []
        assert view.private.provenance(gone) == []
        assert view.private.find(["domain:secret-name.example"]) == {}
        assert [each.object.name for each in view.private.iterate()] == ["kept.example"]
        assert view.private.counts() == {"domain-name": 1}
    filed.close()  # folds the write-ahead log into the file
    raw = path.read_bytes()
    assert not [word for word in (b"secret", gone.encode()) if word in raw]
    assert verify_vault(path).ok


def test_what_was_erased_can_be_held_again_and_erasing_nothing_is_refused(vault: Vault) -> None:
    vault.write(lambda tx: tx.private.hold([holding("a.example")], by="me"))
    gone = domain("a.example").id
    vault.write(lambda tx: tx.private.erase(gone, why="asked", by="me"))

    with pytest.raises(RefusedError, match="not held"):
        vault.write(lambda tx: tx.private.erase(gone, why="asked", by="me"))
    assert vault.write(lambda tx: tx.private.hold([holding("a.example")], by="me")).new == 1


def test_a_trace_to_no_source_is_refused_and_nothing_of_the_batch_is_kept(vault: Vault) -> None:
    with pytest.raises(UsageError, match="no source 7"):
        vault.write(lambda tx: tx.private.hold([holding("a.example", 7)], by="me"))

    assert _size(vault) == 0


def test_a_source_keeps_its_first_import_and_takes_its_counts_later(
    vault: Vault, clock: ManualClock
) -> None:
    first = vault.write(lambda tx: tx.private.add_source(a_source()))
    clock.advance(days=1)
    again = vault.write(lambda tx: tx.private.add_source(a_source()))
    other = vault.write(lambda tx: tx.private.add_source(a_source(name="copy.csv")))
    vault.write(lambda tx: tx.private.set_counts(first, {"records": 3}))

    assert (first, again, other) == (1, 1, 2)
    with vault.read() as view:
        source = view.private.source(1)
        assert source is not None
        assert (source.at, source.counts) == (START, {"records": 3})
        assert [number for number, _ in view.private.sources()] == [1, 2]


_NAMES = st.sampled_from("abcdef")


@given(st.lists(st.lists(st.tuples(_NAMES, st.integers(0, 2), st.integers(0, 1)), max_size=8)))
def test_holding_in_any_order_keeps_each_body_and_each_trace_once(
    new_vault: Callable[[], Vault], batches: list[list[tuple[str, int, int]]]
) -> None:
    bodies: dict[str, set[str]] = {}
    traces: set[tuple[str, str]] = set()
    with new_vault() as vault:
        source = vault.write(lambda tx: tx.private.add_source(a_source()))
        for batch in batches:
            holdings = [
                Holding(
                    domain(name).replaced(x_note=f"variant {variant}"),
                    (f"domain:{name}",),
                    Provenance(source, f"row {row}"),
                )
                for name, variant, row in batch
            ]
            new = {name for name, _, _ in batch} - bodies.keys()
            before = sum(map(len, bodies.values()))
            for name, variant, row in batch:
                bodies.setdefault(name, set()).add(f"variant {variant}")
                traces.add((name, f"row {row}"))
            versions = sum(map(len, bodies.values())) - before

            held = vault.write(lambda tx: tx.private.hold(holdings, by="me"))  # noqa: B023

            assert (held.new, held.changed) == (len(new), versions - len(new))
            assert held.new + held.known + held.changed == len(batch)
        with vault.read() as view:
            assert {each.object.name for each in view.private.iterate()} == set(bodies)
            for name, said in bodies.items():
                stored = view.private.versions(domain(name).id)
                assert sorted(str(each.object.body["x_note"]) for each in stored) == sorted(said)
                rows = {
                    (name, each.provenance.locator)
                    for each in view.private.provenance(domain(name).id)
                }
                assert rows == {trace for trace in traces if trace[0] == name}
    assert verify_vault(vault.place).ok
