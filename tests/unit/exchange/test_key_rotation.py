"""Rotating a member's keys: announced under the old one, used once the exchange has them."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import (
    Rotation,
    community_of,
    join,
    membership_of,
    read_bundle,
    roster,
    rotate_keys,
    sync,
    write_bundle,
)
from tocsin.exchange.admission import (
    KEYS_PAYLOAD,
    change_keys,
    signed_by_both,
    signed_request,
)
from tocsin.exchange.directory import member_json, read_member
from tocsin.exchange.keys import warn_of_keys
from tocsin.exchange.membership import find_directory
from tocsin.foundation import JsonObject, RefusedError, canonical
from tocsin.records import Audience, MemberKind, Tlp
from tocsin.trust import KeyRing, VerifyKey
from tocsin.vault import Home

EVERYONE = Audience(community=True)


def _rotate(world: World, connect: Callable[[str], httpx.Client] | None = None) -> Rotation:
    alpha = world.nodes["alpha"]
    return rotate_keys(alpha, world.clock, connect=connect or world.connect, sleep=lambda _: None)


def _listed(world: World) -> list[str]:
    """Ids of the keys that the exchange lists for alpha, the current one last."""
    member = world.convenor.community().members[world.nodes["alpha"].id]
    return [VerifyKey.from_text(text).key_id for text in member.verify_keys]


def _key_changes(home: Home) -> int:
    with home.vault.read() as view:
        return sum(entry.kind == "keys-rotated" for entry in view.log.entries())


def _answering(
    world: World, change: Callable[[httpx.Request, httpx.Response], httpx.Response]
) -> Callable[[str], httpx.Client]:
    """Connect so that each answer of the exchange passes through `change`."""

    class Changed(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return change(request, world.transport.handle_request(request))

    return lambda url: httpx.Client(transport=Changed(), base_url=url)


def _lost(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    """The exchange does what it is asked, and the answer to an announcement is lost."""
    if request.method == "PUT":
        raise httpx.ReadError("reset", request=request)
    return answer


def test_new_keys_are_used_at_once_and_old_signatures_still_hold(world: World) -> None:
    alpha = world.nodes["alpha"]
    old = world.release("alpha", world.draft(alpha, EVERYONE))
    world.sync("alpha")
    retired = alpha.keyring.signing.key_id

    done = _rotate(world)
    new = world.release("alpha", world.draft(alpha, EVERYONE, value="b.example"))

    assert (done.retired, done.is_done, done.is_announced) == (retired, True, True)
    assert _listed(world) == [retired, done.keys.signing.key_id]
    assert alpha.keyring.public == done.keys
    assert not world.sync("alpha").refused
    report = world.sync("beta")
    assert set(report.received) == {old.id, new.id}
    assert not report.refused


def test_the_old_key_signs_until_the_exchange_has_acknowledged_the_new_one(world: World) -> None:
    alpha = world.nodes["alpha"]
    old = alpha.keyring.public
    world.transport.is_up = False
    done = _rotate(world)
    assert (done.is_done, alpha.keyring.public) == (False, old)
    world.transport.is_up = True

    item = world.release("alpha", world.draft(alpha, EVERYONE))
    assert world.sync("alpha").sent == (item.id,)

    assert alpha.keyring.public == done.keys
    assert world.sync("beta").received == (item.id,)


def test_a_file_written_while_a_rotation_waits_is_read_by_others(
    world: World, tmp_path: Path
) -> None:
    world.sync_all()
    world.transport.is_up = False
    _rotate(world)
    item = world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE, tlp=Tlp.CLEAR))
    write_bundle(world.nodes["alpha"], tmp_path / "file", world.clock, world.entropy)

    assert read_bundle(world.nodes["beta"], tmp_path / "file", world.clock).objects == (item.id,)


def test_a_second_rotation_completes_the_first_and_begins_no_other(world: World) -> None:
    world.transport.is_up = False
    first = _rotate(world)
    second = _rotate(world)
    assert (first.is_resumed, second.is_resumed) == (False, True)
    world.transport.is_up = True
    third = _rotate(world)

    assert first.keys == second.keys == third.keys
    assert (third.is_resumed, third.is_done) == (True, True)
    assert _listed(world)[-1] == first.keys.signing.key_id
    assert len(_listed(world)) == 2


def test_a_rotation_whose_acknowledgement_was_lost_is_completed_by_the_next_sync(
    world: World,
) -> None:
    alpha = world.nodes["alpha"]
    done = _rotate(world, _answering(world, _lost))
    assert not done.is_done
    assert _listed(world)[-1] == done.keys.signing.key_id

    world.sync("alpha")
    world.sync("alpha")

    assert alpha.keyring.public == done.keys
    assert len(_listed(world)) == 2
    assert _key_changes(alpha) == 1


def test_what_is_sealed_to_keys_that_lie_ready_opens(world: World) -> None:
    _rotate(world, _answering(world, _lost))
    to_alpha = Audience(members=frozenset({world.nodes["alpha"].id}))
    item = world.release("beta", world.draft(world.nodes["beta"], to_alpha, tlp=Tlp.RED))
    world.sync("beta")

    report = sync(
        world.nodes["alpha"], world.clock, connect=_answering(world, _lost), sleep=lambda _: None
    )
    assert report.received == (item.id,)


def test_without_a_community_new_keys_are_used_at_once(world: World) -> None:
    alone = world.node("alone")
    old = alone.keyring.public
    done = rotate_keys(alone, world.clock)

    assert (done.is_done, done.is_announced) == (True, False)
    assert alone.keyring.public == done.keys != old
    assert _key_changes(alone) == 1


def test_a_rotation_begun_alone_and_cut_off_is_settled_after_joining(world: World) -> None:
    alone = world.node("alone")
    ready = alone.prepare_keys(world.clock.now()).coming
    assert ready is not None
    join(alone, URL, world.convenor.invite(MemberKind.PLATFORM), connect=world.connect)

    world.sync("alone")

    assert alone.keyring.public == ready.public


def test_an_exchange_that_has_forgotten_new_keys_is_told_again(world: World) -> None:
    alpha = world.nodes["alpha"]
    before = world.convenor.community().members[alpha.id]
    for _ in range(2):
        _rotate(world)
    world.exchange.vault.write(lambda tx: roster.keep_member(tx, before, by="restored"))

    item = world.release("alpha", world.draft(alpha, EVERYONE))
    report = world.sync("alpha")

    assert (report.sent, report.refused, report.warnings) == ((item.id,), (), ())
    assert len(_listed(world)) == 3
    assert world.sync("beta").received == (item.id,)


def test_a_node_that_lacks_the_key_it_is_known_by_is_told_what_to_do(world: World) -> None:
    alpha = world.nodes["alpha"]
    keys = alpha.folder / "keys.json"
    yesterday = keys.read_bytes()
    _rotate(world)
    keys.write_bytes(yesterday)

    (warning,) = world.sync("alpha").warnings
    assert _listed(world)[-1] in warning
    assert "restore the later keys" in warning


def test_the_keys_of_an_exchange_are_not_rotated(world: World) -> None:
    with pytest.raises(RefusedError, match="know it by its key"):
        rotate_keys(world.exchange, world.clock)
    assert world.exchange.keyring.coming is None


def test_keys_are_announced_by_who_holds_the_present_and_the_new_one_only(world: World) -> None:
    alpha, beta = (world.nodes[name].keyring for name in ("alpha", "beta"))
    new = KeyRing.generate(world.clock.now())
    said: JsonObject = {"keys": new.public.to_json()}
    stolen: JsonObject = {"keys": beta.public.to_json()}
    for request in (
        signed_by_both(KEYS_PAYLOAD, said, beta.signing, new.signing),
        signed_by_both(KEYS_PAYLOAD, stolen, alpha.signing, alpha.signing),
    ):
        assert _put(world, request).status_code == 403
    assert _put(world, signed_request(KEYS_PAYLOAD, said, alpha.signing)).status_code == 422
    assert _listed(world) == [alpha.signing.key_id]


def _put(world: World, request: JsonObject) -> httpx.Response:
    credential = membership_of(world.nodes["alpha"]).credential
    return world.connect(URL).put(
        "/tocsin/v1/keys",
        content=canonical(request),
        headers={"Authorization": f"Bearer {credential}", "Content-Type": "application/json"},
    )


def test_new_keys_bring_no_revoked_member_back(world: World) -> None:
    alpha = world.nodes["alpha"]
    new = KeyRing.generate(world.clock.now())
    said: JsonObject = {"keys": new.public.to_json()}
    world.convenor.revoke("alpha")

    request = signed_by_both(KEYS_PAYLOAD, said, alpha.keyring.signing, new.signing)
    assert not change_keys(world.exchange, alpha.id, request).active
    assert not world.convenor.community().members[alpha.id].active


def test_what_its_author_released_after_rotating_is_not_refused_by_a_sync_under_way(
    world: World,
) -> None:
    """The author rotates and releases after the directory was fetched, before the pages are."""
    released: list[str] = []

    def meanwhile(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("/directory") and not released:
            released.append("")
            _rotate(world)
            item = world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE))
            world.sync("alpha")
            released[0] = item.id
        return answer

    report = sync(
        world.nodes["beta"], world.clock, connect=_answering(world, meanwhile), sleep=lambda _: None
    )

    assert (report.received, report.refused) == (tuple(released), ())


def test_what_a_stranger_signed_is_refused_all_the_same(world: World) -> None:
    """A directory fetched anew does not make a stranger a member."""
    alpha = world.nodes["alpha"]
    item = world.release("alpha", world.draft(alpha, EVERYONE))
    world.sync("alpha")
    stranger = KeyRing.generate(world.clock.now())
    member = world.convenor.community().members[alpha.id]
    forged = read_member(
        {**member_json(member), "verify_keys": [stranger.public.signing.to_text()]}
    )
    world.exchange.vault.write(lambda tx: roster.keep_member(tx, forged, by="forger"))

    report = world.sync("beta")

    assert report.received == ()
    assert [each.id for each in report.refused] == [item.id]
    assert community_of(world.nodes["beta"]).members[alpha.id] == forged


def test_a_ring_without_the_keys_meant_is_left_alone(world: World) -> None:
    alpha = world.nodes["alpha"]
    ready = alpha.prepare_keys(world.clock.now())
    assert alpha.adopt_keys("ed25519:other") == ready
    assert _key_changes(alpha) == 0


def test_later_news_by_another_process_make_no_alarm_of_an_answer_under_way(world: World) -> None:
    """Directory and checkpoint are on their way to one sync while another one sees later ones."""
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    late: list[str] = []

    def meanwhile(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        kind = request.url.path.rpartition("/")[2]
        if kind in ("directory", "checkpoint") and kind not in late:
            late.append(kind)
            world.member(f"new-{kind}")
            _rotate(world)
            world.sync("alpha")
        return answer

    report = sync(alpha, world.clock, connect=_answering(world, meanwhile), sleep=lambda _: None)

    assert sorted(late) == ["checkpoint", "directory"]
    assert report.warnings == ()
    newest = world.sync("alpha")
    assert newest.log_size is not None
    assert community_of(alpha).members.keys() == world.convenor.community().members.keys()


def test_a_directory_of_before_a_rotation_by_another_process_makes_no_alarm(world: World) -> None:
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    with alpha.vault.read() as view:
        before = find_directory(view)
    assert before is not None
    _rotate(world)

    assert warn_of_keys(alpha, before) == ()
