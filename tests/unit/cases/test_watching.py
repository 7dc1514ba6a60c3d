"""Watches: each hit is told once, whatever ends a run and whenever the next one begins."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import define, field

from tocsin.cases.watching import FEEDS, Arrival, Feed, Query, Ran, Watch, Watchbook
from tocsin.cases.watching.feeds import ReceivedFeed, Visit
from tocsin.foundation import (
    BadInputError,
    JsonValue,
    ManualClock,
    RefusedError,
    SeededEntropy,
)
from tocsin.records import StixObject
from tocsin.records.observables import read_value
from tocsin.vault import (
    Holding,
    Offered,
    Provenance,
    Snapshot,
    Source,
    Standing,
    Transaction,
    Vault,
)

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
AUTHOR = "identity--00000001-0000-4000-8000-000000000000"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    clock = ManualClock(START)
    made = Vault.create(tmp_path / "v.db", origin="test", clock=clock, entropy=SeededEntropy(3))
    with made:
        yield made


def book(vault: Vault, feeds: Iterable[Feed] = FEEDS) -> Watchbook:
    return Watchbook(vault, ManualClock(START), SeededEntropy(4), tuple(feeds))


def imports(
    vault: Vault, name: str, *written: str, technique: str = "", through: bool = True
) -> None:
    """Hold what `written` names as one source, by the batch as an import does."""

    def work(tx: Transaction) -> None:
        source = tx.private.add_source(Source(name=name, digest=name, format="list", by="ada"))
        for at, text in enumerate(written):
            (found,) = read_value(text).observables
            said = Provenance(source, f"row {at}", {"technique": technique})
            holding = Holding(StixObject.of(found.to_sco()), (found.key,), said)
            tx.private.hold([holding], by="ada")
        if through:
            tx.private.set_counts(source, {"records": len(written)})

    vault.write(work)


def indicator(number: int, host: str, **fields: JsonValue) -> StixObject:
    return StixObject.of(
        {
            "type": "indicator",
            "id": f"indicator--{number:08x}-0000-4000-8000-000000000000",
            "created_by_ref": AUTHOR,
            "modified": "2026-11-01T00:00:00.000Z",
            "name": host,
            "pattern": f"[domain-name:value = '{host}']",
            **fields,
        }
    )


def receives(vault: Vault, *items: StixObject, standing: Standing = Standing.RECEIVED) -> None:
    offered = [
        Offered(object=each, standing=standing, by="sync", keys=[f"domain:{each.name}"])
        for each in items
    ]
    vault.write(lambda tx: tx.shared.accept_all(offered))


def names(ran: Ran) -> list[str]:
    return [each.name for each in ran.hits]


def tells(at: Watchbook, watch: Watch) -> list[str]:
    """Run, and have a person read it."""
    ran = at.run(watch)
    at.told(ran)
    return names(ran)


def test_a_hit_is_told_once_and_what_comes_later_when_it_comes(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Shop", ["domain:shop.example"], by="ada")
    assert tells(watches, watch) == []
    imports(vault, "first.csv", "a.shop.example", "other.example")
    receives(vault, indicator(1, "b.shop.example"), indicator(2, "else.example"))
    assert tells(watches, watch) == ["b.shop.example", "a.shop.example"]
    assert tells(watches, watch) == []
    imports(vault, "second.csv", "a.shop.example", "c.shop.example")
    assert tells(watches, watch) == ["c.shop.example"]
    (listed,) = watches.all()
    assert names(listed) == ["b.shop.example", "a.shop.example", "c.shop.example"]
    assert listed.last_run == START


def test_what_is_here_already_is_told_at_the_first_run_unless_only_new_is_wanted(
    vault: Vault,
) -> None:
    imports(vault, "first.csv", "a.shop.example")
    receives(vault, indicator(1, "b.shop.example"))
    watches = book(vault)
    old = watches.add("Old", ["domain:shop.example"], by="ada")
    new = watches.add("New", ["domain:shop.example"], by="ada", only_new=True)
    receives(vault, indicator(2, "c.shop.example"))
    imports(vault, "second.csv", "d.shop.example")
    assert tells(watches, new) == ["c.shop.example", "d.shop.example"]
    assert len(tells(watches, old)) == 4


def test_a_technique_that_a_source_or_an_author_names_is_found(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Flood", ["technique:T0049"], by="ada")
    imports(vault, "list.csv", "a.example", technique="T0049.002 Something")
    named: list[JsonValue] = [{"source_name": "DISARM", "external_id": "T0049"}]
    receives(vault, indicator(1, "b.example", external_references=named))
    assert tells(watches, watch) == ["b.example", "a.example"]


def test_a_source_that_tells_more_of_a_known_name_makes_it_a_hit(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Flood", ["technique:T0049"], by="ada")
    imports(vault, "bare.csv", "a.example")
    assert tells(watches, watch) == []
    imports(vault, "told.csv", "a.example", technique="T0049")
    assert tells(watches, watch) == ["a.example"]


def test_own_and_withdrawn_objects_are_no_hits(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:indicator"], by="ada")
    receives(vault, indicator(1, "mine.example"), standing=Standing.OWN)
    receives(vault, indicator(2, "gone.example", revoked=True))
    assert tells(watches, watch) == []


def test_a_new_version_of_what_was_told_is_not_told_again(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:indicator"], by="ada")
    receives(vault, indicator(1, "a.example"))
    assert tells(watches, watch) == ["a.example"]
    receives(vault, indicator(1, "a.example", modified="2026-11-02T00:00:00.000Z"))
    assert tells(watches, watch) == []


def test_an_import_that_was_not_through_is_read_again_once_there_is_more(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:domain"], by="ada")
    imports(vault, "long.csv", "a.example", through=False)
    imports(vault, "other.csv", "z.example")
    assert tells(watches, watch) == ["a.example", "z.example"]
    assert tells(watches, watch) == []
    imports(vault, "long.csv", "a.example", "b.example", through=False)
    assert tells(watches, watch) == ["b.example"]
    imports(vault, "long.csv", "a.example", "b.example", "c.example")
    assert tells(watches, watch) == ["c.example"]
    assert tells(watches, watch) == []


def test_hits_that_nobody_saw_are_given_again_until_they_are_told(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:domain"], by="ada")
    imports(vault, "one.csv", "a.example")
    assert names(watches.run(watch)) == ["a.example"]
    imports(vault, "two.csv", "b.example")
    assert tells(watches, watch) == ["a.example", "b.example"]
    assert tells(watches, watch) == []


class KilledError(Exception):
    pass


@define
class Fragile:
    """A feed in which the process dies after some stretches."""

    inner: Feed
    left: int
    stretches: list[JsonValue] = field(factory=list)

    @property
    def name(self) -> str:
        return self.inner.name

    def advance(self, view: Snapshot, cursor: JsonValue, visit: Visit) -> JsonValue:
        if self.left == 0:
            raise KilledError
        self.left -= 1
        self.stretches.append(cursor)
        return self.inner.advance(view, cursor, visit)

    def narrowed(self, query: Query | None) -> Feed:
        del query
        return self

    def look_up(self, view: Snapshot, ids: Iterable[str]) -> dict[str, Arrival]:
        return self.inner.look_up(view, ids)


@pytest.mark.parametrize("stretches", [1, 2, 3])
def test_a_run_that_dies_again_and_again_ends_with_each_hit_once(
    vault: Vault, stretches: int
) -> None:
    for at in range(7):
        imports(vault, f"{at}.csv", f"n{at}.example", "shared.example")
    watch = book(vault).add("Any", ["type:domain"], by="ada")
    deaths = 0
    while True:
        feeds = [Fragile(each, stretches) for each in FEEDS]
        try:
            ran = book(vault, feeds).run(watch)
            break
        except KilledError:
            deaths += 1
    assert deaths == 7 // stretches
    assert sorted(names(ran)) == sorted([*(f"n{at}.example" for at in range(7)), "shared.example"])
    assert [each.found.number for each in ran.hits] == [*range(1, 9)]


def test_a_run_reads_only_what_came_after_the_last_one(vault: Vault) -> None:
    receives(vault, *(indicator(at, f"n{at}.example") for at in range(1, 20)))
    feed = Fragile(ReceivedFeed(), 99)
    watches = book(vault, [feed])
    watch = watches.add("Any", ["type:indicator"], by="ada")
    watches.run(watch)
    last = feed.stretches[-1]
    feed.stretches.clear()
    watches.run(watch)
    assert feed.stretches == [last]
    assert isinstance(last, int)


def test_what_was_erased_is_a_hit_without_words(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:account"], by="ada")
    imports(vault, "people.csv", "https://t.me/borrowed_voice")
    (hit,) = watches.run(watch).hits
    assert hit.name == "borrowed_voice"
    vault.write(lambda tx: tx.private.erase(hit.found.object, why="the person asked", by="ada"))
    (gone,) = watches.all()[0].hits
    assert (gone.name, gone.found) == (hit.found.object, hit.found)
    assert gone.why.endswith("no longer here")
    with vault.read() as view:
        kept = str(view.settings.all()) + str(view.documents.list("watch"))
    assert "borrowed" not in kept


def test_the_same_watch_again_is_the_same_and_another_of_its_name_is_refused(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Shop", ["domain:shop.example"], by="ada")
    assert watches.add(" shop ", ["domain:SHOP.example"], by="bo") == watch
    with pytest.raises(RefusedError, match=r"looks for domain:shop\.example"):
        watches.add("SHOP", ["domain:other.example"], by="bo")
    assert watches.find("SHOP") == watches.find(watch.id) == watch
    for name in ("", "sh"):
        with pytest.raises(BadInputError, match="is no watch here"):
            watches.find(name)


@pytest.mark.parametrize("name", [" ", "x" * 201])
def test_a_name_is_neither_empty_nor_endless(vault: Vault, name: str) -> None:
    with pytest.raises(BadInputError, match="name"):
        book(vault).add(name, ["word"], by="ada")


def test_a_removed_watch_leaves_nothing_and_runs_no_more(vault: Vault) -> None:
    watches = book(vault)
    watch = watches.add("Any", ["type:domain"], by="ada")
    kept = watches.add("Any else", ["type:domain"], by="ada")
    imports(vault, "one.csv", "a.example")
    assert tells(watches, watch) == tells(watches, kept) == ["a.example"]
    watches.remove(watch, by="ada")
    assert [each.watch for each in watches.all()] == [kept]
    with vault.read() as view:
        assert view.settings.all(f"watch/{watch.id}") == {}
    imports(vault, "two.csv", "b.example")
    with pytest.raises(RefusedError, match="was removed"):
        watches.run(watch)
    again = watches.add("Any", ["type:domain"], by="ada")
    assert tells(watches, again) == ["a.example", "b.example"]
