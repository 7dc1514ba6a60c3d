"""What was erased does not come back: not by an import, a backup, or any route of the exchange."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.exchange.test_erasure import NAME, WORDS, bodies, erase
from tests.unit.exchange.world import URL, World
from tocsin.exchange import build_app, declare_restored, erase_here, membership_of, withdraw
from tocsin.exchange.erasure import ERASED
from tocsin.intake import ImportReport, import_files
from tocsin.records import Audience, Authorship, StixObject, Tlp
from tocsin.vault import Home, backup, place_of, restore
from tocsin.vault.verify import verify_vault

ALL = Audience(community=True)
COLLECTION = "/taxii2/community/collections/visible/"


def imported(world: World, name: str, text: str, file: str = "list.txt") -> ImportReport:
    path = world.folder.parent / file
    path.write_text(text, "utf-8")
    home = world.nodes[name]
    return import_files([path], home.vault, by="bo", clock=world.clock)


def defects(report: ImportReport) -> dict[str, tuple[int, int]]:
    (file,) = report.files
    return {each.kind: (each.count, each.lost) for each in file.defects}


def private(world: World, name: str) -> bytes:
    with world.nodes[name].vault.read() as view:
        return b"".join(each.object.to_json() for each in view.private.iterate())


# -- (a) an import ---------------------------------------------------------------------------


def test_an_erased_record_is_refused_by_an_import_of_the_old_file_and_named(world: World) -> None:
    text = f"{NAME}\nother.example\n"
    first = imported(world, "beta", text)
    person, other = first.object_ids
    erase_here(world.nodes["beta"], person, "the person asked", by="bo")
    again = imported(world, "beta", text)
    assert defects(again)["erased"] == (1, 1)
    (file,) = again.files
    assert (file.records, file.kept) == (2, 1)
    assert again.object_ids == (other,)
    assert WORDS not in private(world, "beta")
    assert NAME not in str(again.to_json())
    assert verify_vault(place_of(world.nodes["beta"].folder)).ok


def test_another_spelling_in_another_file_does_not_bring_it_back_either(world: World) -> None:
    (person,) = imported(world, "beta", NAME).object_ids
    erase_here(world.nodes["beta"], person, "the person asked", by="bo")
    again = imported(world, "beta", f"site,seen\n{NAME.upper()},2026-01-01\n", "table.csv")
    assert defects(again)["erased"] == (1, 1)
    assert WORDS not in private(world, "beta").lower()


def test_a_record_that_names_the_person_beside_others_is_refused_whole(world: World) -> None:
    (person,) = imported(world, "beta", NAME).object_ids
    erase_here(world.nodes["beta"], person, "the person asked", by="bo")
    table = f"site,mail\nneighbour.example,\nshop.example,ada@{NAME}\n{NAME},\n"
    again = imported(world, "beta", table, "table.csv")
    assert "erased" in defects(again)
    assert b'"' + WORDS + b'"' not in private(world, "beta")


def test_what_is_kept_of_it_is_a_keyed_hash_and_no_word(world: World) -> None:
    (person,) = imported(world, "beta", NAME).object_ids
    home = world.nodes["beta"]
    with home.vault.read() as view:
        assert not view.tombstones.all()
    erase_here(home, person, "the person asked", by="bo")
    with home.vault.read() as view:
        kept = view.documents.list("tombstone")
        assert view.tombstones.all()
    assert kept
    for each in kept:
        assert WORDS not in str(each).encode()
        assert person not in str(each)
        assert set(each.body) == {"then"}


def test_an_export_of_what_a_member_erased_is_refused_and_own_knowledge_is_pointed_out(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    old = '{"type":"bundle","id":"bundle--5f0a3a0e-8d2e-4a57-9a0d-6a5d5b1f7c12","objects":[%s]}'
    erase(world, "alpha", item)
    world.sync_all()
    again = imported(world, "beta", old % item.to_json().decode(), "old.json")
    assert defects(again)["erased"] == (1, 1)
    assert WORDS not in private(world, "beta")
    seen = imported(world, "beta", NAME, "seen.txt")
    assert defects(seen)["erased-by-author"] == (1, 0)
    assert WORDS in private(world, "beta")


# -- (b) what a re-sharer made of it ---------------------------------------------------------


def test_a_resharer_is_told_which_of_its_objects_to_erase_and_that_erases_it_two_hops_on(
    world: World,
) -> None:
    beta = world.nodes["beta"]
    secret = Audience(members=frozenset({beta.id}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], secret, value=NAME))
    world.sync_all()
    world.later(minutes=1)
    derived = world.release(
        "beta", world.draft(beta, ALL, derived_from=[item.id], value=f"www.{NAME}")
    )
    world.sync_all()
    assert WORDS in bodies(world.nodes["gamma"].vault)
    erase(world, "alpha", item)
    world.sync_all()
    with beta.vault.read() as view:
        assert ERASED in {each.kind for each in view.shared.flags(derived.id)}
    assert derived.id in world.flagged("gamma")
    erase(world, "beta", derived)
    world.sync_all()
    world.sync_all()
    for home in (*world.nodes.values(), world.exchange):
        assert WORDS not in bodies(home.vault)


# -- (c) the exchange's routes ---------------------------------------------------------------


def everything(world: World, name: str, item: StixObject, statuses: list[str]) -> Iterator[bytes]:
    """Yield all that a member can read: bodies, headers, of every route."""
    credential = membership_of(world.nodes[name]).credential
    headers = {
        "Authorization": f"Bearer {credential}",
        "Accept-Encoding": "identity",
        "Accept": "application/taxii+json;version=2.1",
    }
    paths = [
        f"{COLLECTION}objects/",
        f"{COLLECTION}objects/?match[version]=all",
        f"{COLLECTION}objects/{item.id}/",
        f"{COLLECTION}objects/{item.id}/?match[version]=all",
        f"{COLLECTION}objects/{item.id}/?match[version]={item.version}",
        f"{COLLECTION}objects/{item.id}/versions/",
        f"{COLLECTION}manifest/",
        f"{COLLECTION}manifest/?match[version]=all",
        f"{COLLECTION}manifest/?match[id]={item.id}&match[version]=first",
        f"/tocsin/v1/receipts/{item.id}",
        *(f"/taxii2/community/status/{each}/" for each in statuses),
    ]
    with world.connect(URL) as client:
        for path in paths:
            got: httpx.Response = client.get(path, headers=headers)
            yield got.content + str(dict(got.headers)).encode()


def statuses_of(world: World) -> list[str]:
    """Ids of the statuses that the exchange keeps, by what it told when they were made."""
    with world.exchange.vault.read() as view:
        kept: Any = view.settings.all("status:").values()
    return sorted(each["status"]["id"] for each in kept)


def test_no_route_shows_a_byte_or_a_version_of_what_was_erased(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    before = {name: list(everything(world, name, item, statuses_of(world))) for name in world.nodes}
    assert any(WORDS in each for each in before["beta"])
    assert any(b'"success_count":1' in each for each in before["alpha"])
    erase(world, "alpha", item)
    world.sync("alpha")
    for name in world.nodes:
        found = list(everything(world, name, item, statuses_of(world)))
        for each in found:
            assert WORDS not in each
        versions = found[5]
        assert item.version.encode() not in versions.replace(
            f'"created":"{item.version}"'.encode(), b""
        )


def test_to_a_newcomer_an_erased_object_is_as_if_it_had_never_been(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync("alpha")
    erase(world, "alpha", item)
    world.sync("alpha")
    world.member("delta")
    missing = world.draft(world.nodes["alpha"], ALL, value=NAME)
    theirs = list(everything(world, "delta", item, []))
    nothing = list(everything(world, "delta", missing, []))
    for one, other in zip(theirs, nothing, strict=True):
        assert one.replace(item.id.encode(), b"") == other.replace(missing.id.encode(), b"")


# -- (d) backups -----------------------------------------------------------------------------


def put_back(world: World, name: str, file: Path) -> Home:
    """Let a node go on from a backup."""
    place = world.folder.parent / f"{name}-again"
    world.nodes[name].close()
    restore(file, place)
    world.nodes[name] = Home.open(place, clock=world.clock, entropy=world.entropy)
    return world.nodes[name]


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED])
@pytest.mark.parametrize("authorship", list(Authorship))
@pytest.mark.parametrize("who", ["alpha", "beta"])
def test_a_node_put_back_to_before_the_erasure_erases_with_its_next_sync(
    world: World, who: str, tlp: Tlp, authorship: Authorship
) -> None:
    audience = Audience(members=frozenset({world.nodes["beta"].id}))
    draft = world.draft(world.nodes["alpha"], audience, value=NAME, tlp=tlp, authorship=authorship)
    item = world.release("alpha", draft)
    world.sync_all()
    file = world.folder.parent / "old.tar"
    backup(world.nodes[who].folder, file)
    erase(world, "alpha", item)
    world.sync_all()
    home = put_back(world, who, file)
    assert WORDS in bodies(home.vault)
    world.sync_all()
    world.sync_all()
    for each in (*world.nodes.values(), world.exchange):
        assert WORDS not in bodies(each.vault)
        assert verify_vault(place_of(each.folder)).ok


def test_an_exchange_put_back_to_before_the_erasure_erases_once_it_is_refilled(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    file = world.folder.parent / "old.tar"
    backup(world.exchange.folder, file)
    erase(world, "alpha", item)
    world.sync_all()
    place = world.folder.parent / "exchange-again"
    world.exchange.close()
    restore(file, place)
    world.exchange = Home.open(place, clock=world.clock, entropy=world.entropy)
    world.transport.app = build_app(world.exchange, world.clock, world.entropy)
    declare_restored(world.exchange, world.clock, by="convenor")
    assert WORDS in bodies(world.exchange.vault)
    world.later(minutes=1)
    world.sync_all()
    world.sync_all()
    for each in (*world.nodes.values(), world.exchange):
        assert WORDS not in bodies(each.vault)


def test_a_node_put_back_takes_its_own_withdrawal_from_the_exchange(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    file = world.folder.parent / "old.tar"
    backup(world.nodes["alpha"].folder, file)
    world.later(minutes=1)
    withdraw(world.nodes["alpha"], item.id, "an error", world.clock, by="ada")
    world.sync_all()
    home = put_back(world, "alpha", file)
    world.sync("alpha")
    with home.vault.read() as view:
        held = view.shared.get(item.id)
    assert held is not None
    assert held.revoked
