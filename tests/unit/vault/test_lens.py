"""What a lens shows: against an oracle that keeps plain lists, whatever changes in between."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from tests.unit.vault.conftest import ORIGIN
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import (
    Audience,
    Authorship,
    MemberKind,
    Sharing,
    StixObject,
    stix_time,
)
from tocsin.vault import Lens, Shared, Standing, Vault, migrate

MEMBERS = ("m1", "m2", "m3")
GROUPS = ("g1", "g2")
TYPES = ("indicator", "note", "report")
AUTHOR = "identity--00000000-0000-4000-8000-00000000000a"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def item(number: int, day: int, groups: frozenset[str]) -> StixObject:
    """One version of an object; its type follows from its number."""
    kind = TYPES[number % len(TYPES)]
    body = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{number:012d}",
        "created_by_ref": AUTHOR,
        "created": stix_time(FIRST),
        "modified": stix_time(FIRST + timedelta(days=day)),
        "name": f"{number}.{day}",
    }
    return StixObject.of(body).with_sharing(
        Sharing(
            audience=Audience(community=not groups, groups=groups),
            authorship=Authorship.NAMED,
            origins=frozenset({MemberKind.PLATFORM}),
        )
    )


@frozen
class Row:
    """What the oracle knows of one stored version."""

    seq: int
    item: StixObject
    groups: frozenset[str]
    seen_by: frozenset[str]


def expected(rows: Sequence[Row], lens: Lens) -> set[str]:
    """Return the names that the lens must show, worked out row by row."""
    in_sight = [
        row
        for row in rows
        if (lens.reader is None or lens.reader in row.seen_by)
        and (lens.group is None or lens.group in row.groups)
    ]
    last: dict[str, Row] = {}
    for row in in_sight:
        known = last.get(row.item.id)
        if known is None or row.item.version > known.item.version:
            last[row.item.id] = row
    chosen = in_sight if lens.versions == ("all",) else list(last.values())
    if isinstance(lens.versions[0], datetime):
        days = [stix_time(each) for each in lens.versions if isinstance(each, datetime)]
        chosen = [row for row in in_sight if row.item.version in days]
    return {row.item.name for row in chosen if lens.types is None or row.item.type in lens.types}


def walk(vault: Vault, lens: Lens, limit: int) -> list[Shared]:
    found: list[Shared] = []
    with vault.read() as view:
        after = None
        while page := view.shared.page(lens, after=after, limit=limit):
            found += page
            after = page[-1].added
    return found


LENSES = st.builds(
    Lens,
    reader=st.sampled_from((*MEMBERS, None)),
    group=st.sampled_from((*GROUPS, None)),
    types=st.none() | st.frozensets(st.sampled_from(TYPES)),
    versions=st.sampled_from([("last",), ("all",), (FIRST,), (FIRST, FIRST + timedelta(days=2))]),
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.frozensets(st.sampled_from(GROUPS)),
        st.frozensets(st.sampled_from(MEMBERS)),
    ),
    min_size=1,
    max_size=12,
)
LIMITS = st.integers(1, 5)
CHANGES = st.lists(
    st.tuples(st.integers(0, 30), st.frozensets(st.sampled_from(MEMBERS))), max_size=6
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, changes=CHANGES, lenses=st.lists(LENSES, min_size=1, max_size=6), limit=LIMITS)
def test_a_lens_shows_what_the_rows_say_whatever_changed(
    new_vault: Callable[[], Vault],
    steps: list[tuple[int, frozenset[str], frozenset[str]]],
    changes: list[tuple[int, frozenset[str]]],
    lenses: list[Lens],
    limit: int,
) -> None:
    with new_vault() as vault:
        rows = [_keep(vault, day, step) for day, step in enumerate(steps)]
        for which, members in changes:
            at = which % len(rows)
            _show(vault, rows[at].seq, members)
            rows[at] = evolve(rows[at], seen_by=members)

        for lens in lenses:
            found = walk(vault, lens, limit)
            assert {row.object.name for row in found} == expected(rows, lens)
            assert len(found) == len({row.seq for row in found})
            ticks = [row.added for row in found]
            assert ticks == sorted(set(ticks))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_an_object_has_one_date_added_for_a_reader_in_whatever_lens(
    new_vault: Callable[[], Vault], steps: list[tuple[int, frozenset[str], frozenset[str]]]
) -> None:
    with new_vault() as vault:
        for day, step in enumerate(steps):
            _keep(vault, day, step)
        for reader in MEMBERS:
            everything = Lens(reader=reader, versions=("all",))
            added = {row.seq: row.added for row in walk(vault, everything, 3)}
            for more in ({"group": "g1"}, {"types": frozenset(TYPES[:2])}):
                for row in walk(vault, evolve(everything, **more), 2):
                    assert added[row.seq] == row.added


def test_a_vault_of_the_first_version_gets_its_lanes_by_the_upgrade(path: Path) -> None:
    clock = ManualClock(FIRST)
    with Vault.create(path, origin=ORIGIN, clock=clock, entropy=SeededEntropy(1)) as vault:
        _keep(vault, 0, (0, frozenset({"g1"}), frozenset({"m1", "m2"})))
        _keep(vault, 1, (0, frozenset(), frozenset({"m1"})))
        _keep(vault, 2, (1, frozenset({"g1", "g2"}), frozenset()))
    with closing(sqlite3.connect(path)) as raw:
        before = _tables(raw)
        raw.executescript(
            "DROP TABLE lanes; DROP TABLE addressed; DROP INDEX ix_shared_objects_version_at;"
            "UPDATE alembic_version SET version_num='0001'"
        )

    engine = create_engine(f"sqlite:///{path}")
    assert migrate.upgrade_if_older(engine, path)
    engine.dispose()

    with closing(sqlite3.connect(path)) as raw:
        assert _tables(raw) == before
        assert len(before["lanes"]) == 5
        assert len(before["addressed"]) == 3


def _keep(vault: Vault, day: int, step: tuple[int, frozenset[str], frozenset[str]]) -> Row:
    number, groups, members = step
    made = item(number, day, groups)
    kept = vault.write(lambda tx: tx.shared.accept(made, standing=Standing.RELAYED, by="x"))
    _show(vault, kept.seq, members)
    return Row(kept.seq, made, groups, members)


def _show(vault: Vault, seq: int, members: frozenset[str]) -> None:
    vault.write(lambda tx: tx.visibility.set(seq, members))


def _tables(raw: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted(raw.execute(f"SELECT * FROM {name}"))  # noqa: S608 - our own names
        for name in ("lanes", "addressed")
    }
